// SPDX-License-Identifier: Apache-2.0
// The measured table: what the packs must not do at all, and that the README says what was measured.
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { databaseCheckMs } from "../functions/replica-sets.js";
import type { OperatorMode } from "../operators/operator-cluster.js";
import { measure, type Measures } from "./measures.js";
import { podStartSeconds } from "./neighbours.js";
import { readmeModes, tableFor, tableInReadme } from "./readme.js";

const idleMs = 600_000;
const found = new Map<OperatorMode, Measures>();
const of = (mode: OperatorMode): Measures => {
  const measures = found.get(mode);
  if (measures === undefined) throw new Error(`${mode} was not measured`);
  return measures;
};

beforeAll(async () => {
  for (const mode of readmeModes)
    found.set(mode, await measure({ mode, clusters: 1, idleMs, patienceMs: 60_000, alone: true }));
}, 240_000);

describe("the packs", () => {
  it("ask and write nothing in ten idle minutes, and run only to look at the databases", () => {
    const { idle } = of("packs");
    expect([idle.reads, idle.writes]).toEqual([0, 0]);
    expect(idle.passes).toBe(idleMs / databaseCheckMs);
  });

  it("read nothing for a change, and write each object once and the status when it differs", () => {
    const { change } = of("packs");
    expect([change.reads, change.idleStatusWrites]).toEqual([0, 0]);
    expect(change.written.filter((write) => !write.includes("/status"))).toEqual([
      "apply secrets some-name-databaseadmin-conn-str",
      "apply statefulsets.apps some-name-rs0",
    ]);
  });

  it("put right in one reconcile what somebody else changed", () => {
    const { service, statefulSet } = of("packs");
    expect(service).toEqual({ passes: 1, writes: 1, seconds: 0 });
    // The second write is the status: the StatefulSet has a template to roll out, for a moment.
    expect(statefulSet).toEqual({ passes: 1, writes: 2, seconds: 0 });
  });

  it("let no cluster wait for another one's pods", () => {
    expect(of("packs").neighbourSeconds).toBe(0);
  });

  it("find a cluster's backups without a request, looking at nobody else's", () => {
    expect(of("packs").backups).toMatchObject({ found: 30, objectsLookedAt: 30, requests: 0 });
  });
});

describe("the monolith", () => {
  it.each(["monolith", "monolith-cached"] as const)("polls every five seconds (%s)", (mode) => {
    const { idle } = of(mode);
    expect([idle.passes, idle.idleStatusWrites]).toEqual([120, 120]);
  });

  it("reads everything each time, or nothing when reads are cached", () => {
    expect(of("monolith").idle.reads).toBeGreaterThan(120 * 50);
    expect(of("monolith-cached").idle.reads).toBe(0);
  });

  it("never sees drift, and looks through everybody's backups", () => {
    for (const mode of ["monolith", "monolith-cached"] as const) {
      expect(of(mode)).toMatchObject({ service: null, statefulSet: null });
      expect(of(mode).backups?.objectsLookedAt).toBe(2700);
    }
  });

  it("lets a change wait until another cluster's pod has started", () => {
    expect(of("monolith").neighbourSeconds).toBeGreaterThanOrEqual(podStartSeconds - 1);
  });
});

describe("the README", () => {
  it("of the whole project quotes the same numbers", async () => {
    const text = await readFile(new URL("../../../../README.md", import.meta.url), "utf8");
    const quoted = (row: RegExp): readonly string[] =>
      row
        .exec(text)
        ?.slice(1)
        .map((cell) => cell.trim()) ?? [];
    const [polling, packs] = [of("monolith").idle, of("packs").idle];
    expect(quoted(/reconciles \(packs[^|]*\|([^|]*)\|([^|]*)\|/)).toEqual([
      ...[String(polling.passes), String(packs.passes)],
    ]);
    expect(quoted(/API reads *\|([^|]*)\|([^|]*)\|/)).toEqual([
      ...[String(polling.reads), String(packs.reads)],
    ]);
    expect(quoted(/API writes *\|([^|]*)\|([^|]*)\|/)).toEqual([
      ...[String(polling.writes), String(packs.writes)],
    ]);
  });

  it("has the table that is measured", async () => {
    expect(await tableInReadme(1)).toBe(tableFor([...found.values()]));
  });
});
