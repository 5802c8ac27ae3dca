// SPDX-License-Identifier: Apache-2.0
// What people are told: causes, outcomes, the graph, and runs for whoever wants to foretell (stage 5).
import { describe, expect, it } from "@jest/globals";
import { configMaps, ConfigurationError, requeueAfter } from "@haversack/core";
import { dbs, key, named, noting, Rig, type Sub } from "../test/rig.js";
import type { RunRecord } from "./index.js";

describe("explain()", () => {
  it("tells what each did last, why, and what comes next", async () => {
    const rig = new Rig([
      { name: "probe", reconcile: () => Promise.resolve(requeueAfter(30_000)) },
      {
        name: "broken",
        reconcile: () => Promise.reject(new Error("no disk")),
        retry: { initialMs: 9000 },
      },
      noting([], "last", { after: ["broken"] }),
    ]);
    await rig.user({ size: 1 });
    rig.clock.ms += 2000;
    expect(rig.process.split.explain(key).split("\n")).toEqual([
      "prod/db",
      "  probe: done, ran 2 s ago for start; due in 28 s [1 runs, 0 writes, 0 failures]",
      "  broken: failed (no disk), ran 2 s ago for start; due in 7 s for start [1 runs, 0 writes, 1 failures]",
      '  last after broken: blocked ("broken" is failed); waiting for start [0 runs, 0 writes, 0 failures]',
    ]);
  });

  it("names the object, the event and the paths that changed, of all causes of a pass", async () => {
    const rig = new Rig([noting([], "a")]);
    await rig.user({ size: 1 });
    rig.world.patch(dbs, key, { spec: { size: 2 } }, "user");
    rig.world.patch(dbs, key, { spec: { text: "x" } }, "user");
    await rig.settle();
    expect(rig.process.split.explain(key)).toContain(
      "for Db.example.com prod/db modified at spec.size · Db.example.com prod/db modified at spec.text",
    );
  });

  it("says so when there was no pass yet, and refuses to wake a name that is not there", async () => {
    const rig = new Rig([noting([], "a")]);
    expect(rig.process.split.explain(key)).toBe("prod/db: no pass yet");
    expect(() => rig.process.split.wake(key, "b")).toThrow(ConfigurationError);
  });
});

describe("mermaid()", () => {
  it("draws the graph, with the state of a primary", async () => {
    const rig = new Rig([noting([], "tls-secrets"), noting([], "end", { after: ["tls-secrets"] })]);
    expect(rig.process.split.mermaid()).toBe(
      [
        "flowchart LR",
        '  part_tls_secrets["tls-secrets"]',
        '  part_end["end"]',
        "  part_tls_secrets --> part_end",
      ].join("\n"),
    );
    await rig.user({});
    expect(rig.process.split.mermaid(key)).toContain('part_end["end<br/>done"]');
  });
});

describe("onRun", () => {
  it("is told every run: when, why, how it ended, and whether its time was known", async () => {
    const runs: RunRecord[] = [];
    const timed: Sub = {
      name: "timed",
      writes: [configMaps],
      schedule: { cron: "0 * * * *" },
      async reconcile({ objects, primary }) {
        await objects.apply(configMaps, named("a"), { owner: primary });
      },
    };
    const rig = new Rig([timed], { onRun: (run) => void runs.push(run) });
    await rig.user({});
    await rig.advance(3_600_000);
    expect(runs).toMatchObject([
      { name: "timed", primary: key, startedAtMs: 0, outcome: "done", writes: 1 },
      { startedAtMs: 3_600_000, scheduledTime: "2026-01-01T01:00:00.000Z", writes: 0 },
    ]);
    expect(runs[1]?.causes).toEqual([{ source: "schedule", atMs: 3_600_000 }]);
  });
});

describe("hosts", () => {
  it("run a sub-reconciler elsewhere, under the same rules", async () => {
    const hosted: string[] = [];
    const rig = new Rig([noting([], "far"), noting([], "near")], {
      hosts: {
        far: {
          run(declared, phase, request) {
            hosted.push(`${declared.name} ${phase} ${request.objects.fieldManager}`);
            return Promise.resolve();
          },
        },
      },
    });
    await rig.user({});
    expect(hosted).toEqual(["far reconcile op/far"]);
  });
});
