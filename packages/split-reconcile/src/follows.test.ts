// SPDX-License-Identifier: Apache-2.0
// Soft order, wildcards in paths, and reads that are no reason to run (stage 5).
import { describe, expect, it } from "@jest/globals";
import { configMaps, services } from "@haversack/core";
import { dbs, named, noting, Rig, type Sub } from "../test/rig.js";
import { isWithin } from "./access.js";
import { makePlan } from "./plan.js";

const failing: Sub = {
  name: "failing",
  writes: [configMaps],
  reconcile: () => Promise.reject(new Error("not today")),
};

describe("follows", () => {
  it("runs after the one it follows, and sees what that wrote in the same pass", async () => {
    const seen: unknown[] = [];
    const rig = new Rig([
      {
        name: "reader",
        follows: ["writer"],
        reads: [configMaps],
        reconcile: ({ secondaries }) =>
          Promise.resolve(void seen.push(secondaries.configMaps.named("config")?.data)),
      },
      {
        name: "writer",
        writes: [configMaps],
        async reconcile({ primary, objects }) {
          const data = { size: String(primary.spec?.size) };
          await objects.apply(configMaps, named("config", { data }), { owner: primary });
        },
      },
    ]);
    await rig.user({ size: 3 });
    expect(seen).toEqual([{ size: "3" }]);
  });

  it("runs although the one it follows fails; after would hold it up", async () => {
    const runs: string[] = [];
    const rig = new Rig([
      failing,
      noting(runs, "soft", { follows: ["failing"] }),
      noting(runs, "hard", { after: ["failing"] }),
    ]);
    await rig.user({});
    expect(runs).toEqual(["soft"]);
  });

  it("is part of a cycle, and of unknown names, as after is", () => {
    const plan = (declared: readonly Sub[]): unknown =>
      makePlan(declared as never[], { controller: "op", primaryKind: dbs });
    const a = noting([], "a", { follows: ["b"] });
    expect(() => plan([a, noting([], "b", { after: ["a"] })])).toThrow(/is a cycle/);
    expect(() => plan([a])).toThrow(/"a" names "b"/);
  });

  it("orders a read of what another writes", () => {
    const writer = noting([], "writer", { writes: [configMaps] });
    const reader = noting([], "reader", { reads: [configMaps], follows: ["writer"] });
    const { warnings } = makePlan([writer, reader] as never[], {
      controller: "op",
      primaryKind: dbs,
    });
    expect(warnings).toEqual([]);
  });
});

describe("a * in a path", () => {
  it("stands for one key", () => {
    expect(isWithin("status.sets.rs0.size", "status.sets.*.size")).toBe(true);
    expect(isWithin("status.sets.rs0.size.now", "status.sets.*.size")).toBe(true);
    expect(isWithin("status.sets.rs0.ready", "status.sets.*.size")).toBe(false);
    expect(isWithin("status.sets.rs0", "status.sets.*.size")).toBe(false);
    expect(isWithin("status.sets.*.size", "status.sets.rs0")).toBe(true);
  });

  it("lets two write different fields of entries whose names nobody knows before", async () => {
    const counting: Sub = {
      name: "counting",
      writes: [{ kind: dbs, paths: ["status.sets.*.size"] }],
      reconcile: ({ setStatus, primary }) =>
        Promise.resolve(setStatus({ sets: { rs0: { size: primary.spec?.size ?? 0 } } })),
    };
    const probing: Sub = {
      name: "probing",
      writes: [{ kind: dbs, paths: ["status.sets.*.healthy"] }],
      reconcile: ({ setStatus }) =>
        Promise.resolve(setStatus({ sets: { rs0: { healthy: true } } })),
    };
    const rig = new Rig([counting, probing]);
    await rig.user({ size: 1 });
    expect(rig.primary.status).toMatchObject({ sets: { rs0: { size: 1, healthy: true } } });
    rig.restart([{ ...probing, reconcile: () => Promise.resolve() }, counting]);
    await rig.user({ size: 2 });
    expect(rig.primary.status).toMatchObject({ sets: { rs0: { size: 2, healthy: true } } });
  });

  it("meets the same path with a name in it, at construction", () => {
    const one = noting([], "one", { writes: [{ kind: dbs, paths: ["status.sets.*.size"] }] });
    const two = noting([], "two", { writes: [{ kind: dbs, paths: ["status.sets.rs0"] }] });
    expect(() => makePlan([one, two] as never[], { controller: "op", primaryKind: dbs })).toThrow(
      /"one" and "two" both write Db.example.com status.sets/,
    );
  });
});

describe("a read that does not wake", () => {
  it.each([
    [true, 2],
    [false, 1],
  ])("wakes: %s => %d runs when it changes", async (wakes, expected) => {
    const runs: string[] = [];
    const rig = new Rig([
      noting(runs, "first", { reads: [{ kind: services, wakes }], triggers: [] }),
      {
        name: "later",
        follows: ["first"],
        writes: [services],
        reconcile: async ({ primary, objects }) =>
          void (await objects.apply(services, named("db"), { owner: primary })),
      },
    ]);
    await rig.user({});
    expect(runs).toHaveLength(expected);
  });
});
