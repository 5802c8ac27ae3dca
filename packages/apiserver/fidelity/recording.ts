// SPDX-License-Identifier: Apache-2.0
// The real server's answers as data: read, written, and which server gave them.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StepAnswer } from "./run-probe.js";

/** The answers of one section's probes, by the probe's name. */
export type SectionRecording = Readonly<Record<string, readonly StepAnswer[]>>;

/** Which server answered. */
export interface RecordedServer {
  readonly gitVersion: string;
  readonly goVersion: string;
  readonly recorded: string;
}

/** The folder of this harness. */
export const fidelityFolder: string = dirname(fileURLToPath(import.meta.url));

const folder = join(fidelityFolder, "data");
const fileOf = (section: string): string => join(folder, `${section}.json`);

/** Reads what was recorded of a section. */
export function readSection(section: string): SectionRecording {
  return JSON.parse(readFileSync(fileOf(section), "utf8")) as SectionRecording;
}

/** Reads which server answered. */
export function readServer(): RecordedServer {
  return JSON.parse(readFileSync(fileOf("server"), "utf8")) as RecordedServer;
}

/** Writes one line for each probe, so that a change shows as the probes it concerns. */
export function writeRecording(
  server: RecordedServer,
  sections: ReadonlyMap<string, SectionRecording>,
): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  writeFileSync(fileOf("server"), `${JSON.stringify(server, null, 2)}\n`);
  for (const [section, probes] of sections) {
    const lines = Object.entries(probes).map(
      ([name, answers]) => `${JSON.stringify(name)}: ${JSON.stringify(answers)}`,
    );
    writeFileSync(fileOf(section), `{\n${lines.join(",\n")}\n}\n`);
  }
}
