// SPDX-License-Identifier: Apache-2.0
// The measured tables in the README: written by the command, compared by a test.
import { readFile, writeFile } from "node:fs/promises";
import type { OperatorMode } from "../operators/operator-cluster.js";
import type { Measures } from "./measures.js";
import { markdownTable, rowsOf } from "./table.js";

/** The operators in the README's tables; what splitting costs has a benchmark of its own. */
export const readmeModes: readonly OperatorMode[] = ["monolith", "monolith-cached", "packs"];

const readme = new URL("../../README.md", import.meta.url);

/** The table of a number of clusters as the README has it; `undefined` when it has none. */
export async function tableInReadme(clusters: number): Promise<string | undefined> {
  return blockOf(await readFile(readme, "utf8"), clusters)?.table;
}

/** The table of measures as the README should have it. */
export function tableFor(measures: readonly Measures[]): string {
  const shown = measures.filter(({ mode }) => readmeModes.includes(mode));
  return markdownTable(rowsOf(shown)).join("\n");
}

/** Puts measures into the README, where it has a place for this number of clusters. */
export async function writeIntoReadme(measures: readonly Measures[]): Promise<void> {
  const text = await readFile(readme, "utf8");
  const block = blockOf(text, measures[0]?.clusters ?? 0);
  if (block === undefined) return;
  const { start, end } = block;
  await writeFile(readme, `${text.slice(0, start)}\n\n${tableFor(measures)}\n\n${text.slice(end)}`);
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly table: string;
}

function blockOf(text: string, clusters: number): Block | undefined {
  const open = `<!-- measured ${clusters} -->`;
  const at = text.indexOf(open);
  const end = text.indexOf("<!-- /measured -->", at);
  if (at < 0 || end < 0) return undefined;
  const start = at + open.length;
  return { start, end, table: text.slice(start, end).trim() };
}
