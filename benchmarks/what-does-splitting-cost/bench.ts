// SPDX-License-Identifier: Apache-2.0
// The Percona operator whole and in eight parts: what runs, what it costs, and who waits for whom.
import { answer, type Measures } from "../lib/question.js";
import { changeOfService, changeOfSize, idle, started, waitForSlowDatabase } from "./world.js";
import type { OperatorMode } from "@haversack-examples/percona-mongodb/dist/operators/operator-cluster.js";

/** How much of an hour is really lived through; the monolith's requests would take all day. */
const idleMinutes: Readonly<Record<number, Readonly<Partial<Record<OperatorMode, number>>>>> = {
  1: { monolith: 10, packs: 60, split: 60 },
  100: { monolith: 0.5, packs: 10, split: 10 },
};

/** Everything about one operator with so many clusters; with one it is told who waits, too. */
function variant(mode: OperatorMode, clusters: number): () => Promise<Measures> {
  return async () => {
    const world = await started(mode, clusters);
    const service = await changeOfService(world);
    const size = await changeOfSize(world);
    const hour = await idle(world, idleMinutes[clusters]?.[mode] ?? 10);
    await world.close();
    const waits = clusters === 1 ? await waitForSlowDatabase(mode) : {};
    return { ...service, ...size, ...hour, ...waits };
  };
}

await answer(import.meta.url, {
  question:
    "What does splitting cost? (Percona, whole and in eight instances, embedded API server)",
  rounds: 3,
  variants: {
    "monolith × 1": variant("monolith", 1),
    "packs × 1": variant("packs", 1),
    "split × 1": variant("split", 1),
    "monolith × 100": variant("monolith", 100),
    "packs × 100": variant("packs", 100),
    "split × 100": variant("split", 100),
  },
  targets: [
    { measure: "idleHourRequests", variant: "split × 1", atMost: 0, gates: true },
    { measure: "idleHourRequests", variant: "split × 100", atMost: 0, gates: true },
    // The Service and the status.
    { measure: "serviceChangeWrites", variant: "split × 1", atMost: 2, gates: true },
    { measure: "sizeChangeReads", variant: "split × 1", atMost: 0, gates: true },
    {
      measure: "serviceChangeFunctions",
      variant: "split × 1",
      against: "packs × 1",
      atMost: 0.7,
      gates: true,
    },
    {
      measure: "idleHourFunctions",
      variant: "split × 1",
      against: "packs × 1",
      atMost: 0.1,
      gates: true,
    },
    { measure: "secondsOthersWait", variant: "split × 1", atMost: 1, gates: true },
    { measure: "serviceChangeCpuMs", variant: "split × 1", against: "packs × 1", atMost: 1 },
    { measure: "idleHourCpuMs", variant: "split × 100", against: "packs × 100", atMost: 0.5 },
  ],
});
