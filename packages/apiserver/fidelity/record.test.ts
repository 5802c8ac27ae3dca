// SPDX-License-Identifier: Apache-2.0
// Asks a real kube-apiserver and keeps its answers. Runs only when told to, see tools/fidelity.mjs.
import { describe, expect, it } from "@jest/globals";
import { startCluster } from "@haversack/testing";
import { sections } from "./probes/sections.js";
import { readSection, readServer, writeRecording, type SectionRecording } from "./recording.js";
import { ProbedServer } from "./run-section.js";

const whenAsked = process.env["HAVERSACK_FIDELITY"] === "record" ? it : it.skip;
const only = process.env["HAVERSACK_FIDELITY_ONLY"] ?? "";

describe("recording", () => {
  whenAsked(
    "keeps what the real server answers",
    async () => {
      const cluster = await startCluster({ backend: "envtest" });
      const server = new ProbedServer({ ...cluster.access, token: cluster.access.token ?? "" });
      try {
        await server.prepare();
        const { gitVersion, goVersion } = await server.version();
        const recordings = new Map<string, SectionRecording>();
        const failures: unknown[] = [];
        for (const section of sections) {
          const isWanted = only === "" || only.split(",").includes(section.id);
          try {
            const answers = isWanted
              ? await server.answerSection(section)
              : readSection(section.id);
            recordings.set(section.id, answers);
          } catch (error) {
            failures.push(error);
          }
        }
        expect(failures).toEqual([]);
        const recorded =
          only === "" ? new Date().toISOString().slice(0, 10) : readServer().recorded;
        writeRecording({ gitVersion, goVersion, recorded }, recordings);
        expect(recordings.size).toBe(sections.length);
      } finally {
        server.close();
        await cluster.close();
      }
    },
    600_000,
  );
});
