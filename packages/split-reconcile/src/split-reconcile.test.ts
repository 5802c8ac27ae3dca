// SPDX-License-Identifier: Apache-2.0
// Passes: what runs, in which order, over what, and what is remembered (stage 5: split reconcile).
import { describe, expect, it } from "@jest/globals";
import {
  ConfigurationError,
  configMaps,
  createRuntime,
  secrets,
  refOf,
  ServerError,
  services,
  silentLogger,
  type SubReconciler,
} from "@haversack/core";
import { db, dbs, HandClock, key, named, noting, Rig, type Db, type Sub } from "../test/rig.js";
import { SplitReconcile } from "./split-reconcile.js";

describe("a pass", () => {
  it("runs every sub-reconciler of a new primary once, those before first", async () => {
    const runs: string[] = [];
    const rig = new Rig([
      noting(runs, "last", { after: ["middle"] }),
      noting(runs, "middle", { after: ["first"] }),
      noting(runs, "first"),
    ]);
    await rig.user({ size: 1 });
    expect(runs).toEqual(["first", "middle", "last"]);
  });

  it("runs the highest priority first among those that may come next", async () => {
    const runs: string[] = [];
    const rig = new Rig([noting(runs, "a"), noting(runs, "b", { priority: 5 })]);
    await rig.user({});
    expect(runs).toEqual(["b", "a"]);
  });

  it("runs only what an event addresses", async () => {
    const runs: string[] = [];
    const rig = new Rig([
      noting(runs, "maps", { triggers: [configMaps] }),
      noting(runs, "services", { triggers: [services] }),
    ]);
    await rig.user({});
    runs.length = 0;
    const { uid = "" } = rig.primary.metadata;
    const owner = { apiVersion: "example.com/v1", kind: "Db", name: "db", uid, controller: true };
    const metadata = { name: "s", namespace: "prod", ownerReferences: [owner] };
    rig.world.create(services, { metadata }, "someone");
    await rig.settle();
    expect(runs).toEqual(["services"]);
    await rig.user({ size: 2 });
    expect(runs).toEqual(["services", "maps", "services"]);
  });

  it("lets a trigger on the primary's kind replace the reconciler's own predicate", async () => {
    const runs: string[] = [];
    const sizeChanged = (e: { old?: unknown; new?: unknown }): boolean =>
      (e.old as { spec?: { size?: number } }).spec?.size !==
      (e.new as { spec?: { size?: number } }).spec?.size;
    const rig = new Rig([
      noting(runs, "size", { triggers: [{ kind: dbs, when: sizeChanged }] }),
      noting(runs, "all"),
    ]);
    await rig.user({ size: 1 });
    runs.length = 0;
    await rig.user({ text: "x" });
    expect(runs).toEqual(["all"]);
    await rig.user({ size: 2 });
    expect(runs).toEqual(["all", "size", "all"]);
  });

  it("runs disjoint ones side by side, and never those that could meet", async () => {
    const log: string[] = [];
    const slow = (name: string, writes: Sub["writes"], reads: Sub["reads"] = []): Sub => ({
      name,
      ...(writes === undefined ? {} : { writes }),
      reads,
      async reconcile() {
        log.push(`${name} begins`);
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
        log.push(`${name} ends`);
      },
    });
    const rig = new Rig([
      slow("a", [configMaps]),
      slow("b", [services]),
      slow("c", [secrets], [configMaps]),
    ]);
    await rig.user({});
    expect(log.slice(0, 2)).toEqual(["a begins", "b begins"]);
    expect(log.indexOf("c begins")).toBeGreaterThan(log.indexOf("a ends"));
  });

  it("shows a sub-reconciler what those before it wrote in the same pass", async () => {
    const seen: unknown[] = [];
    const rig = new Rig([
      {
        name: "config",
        writes: [configMaps, { kind: dbs, paths: ["status.phase"] }],
        async reconcile({ primary, objects, setStatus }) {
          const desired = named("cfg", { data: { size: String(primary.spec?.size) } });
          await objects.apply(configMaps, desired, { owner: primary });
          setStatus({ phase: "configured" });
        },
      },
      {
        name: "reader",
        after: ["config"],
        reads: [configMaps, { kind: dbs, paths: ["status.phase"] }],
        reconcile({ primary, secondaries }) {
          seen.push(secondaries.configMaps.named("cfg")?.data, primary.status?.["phase"]);
          return Promise.resolve();
        },
      },
    ]);
    await rig.user({ size: 3 });
    expect(seen.slice(0, 2)).toEqual([{ size: "3" }, "configured"]);
  });

  it("wakes those that read what was written, in the same pass when they come after", async () => {
    const runs: string[] = [];
    let text = "a";
    const rig = new Rig([
      {
        name: "writer",
        triggers: [services],
        writes: [configMaps],
        async reconcile({ primary, objects }) {
          runs.push("writer");
          await objects.apply(configMaps, named("cfg", { data: { text } }), { owner: primary });
        },
      },
      noting(runs, "reader", { after: ["writer"], reads: [configMaps], triggers: [] }),
    ]);
    await rig.user({});
    runs.length = 0;
    text = "b";
    rig.process.split.wake(key, "writer");
    await rig.settle();
    expect(runs).toEqual(["writer", "reader"]);
  });

  it("wakes those that read what another one watches, once per state they have not seen", async () => {
    const runs: string[] = [];
    const config: Sub = {
      name: "config",
      triggers: [configMaps],
      writes: [{ kind: configMaps, paths: ["data.a"] }],
      async reconcile({ objects, primary }) {
        runs.push("config");
        await objects.apply(configMaps, named("cfg", { data: { a: "1" } }), { owner: primary });
      },
    };
    const reads = [{ kind: configMaps, paths: ["data"] }];
    const rig = new Rig([
      config,
      noting(runs, "reader", { after: ["config"], reads, triggers: [] }),
      noting(runs, "other", { triggers: [] }),
    ]);
    await rig.user({});
    expect(runs).toEqual(["config", "other", "reader", "config"]); // The echo is seen already.
    runs.length = 0;
    const { metadata } = named<Db>("cfg");
    rig.world.patch(configMaps, metadata, { data: { b: "2" } }, "somebody");
    await rig.settle();
    expect(runs).toEqual(["config", "reader"]);
    rig.world.patch(configMaps, metadata, { metadata: { labels: { x: "y" } } }, "somebody");
    await rig.settle();
    expect(runs).toEqual(["config", "reader", "config"]);
  });

  it("shows what a write told whose first answer was lost, and wakes for it", async () => {
    const seen: unknown[] = [];
    let hasFailed = false;
    const gate = (what: string): Promise<void> => {
      const isLost = !hasFailed && what === "op/config hears of applies ConfigMap prod/cfg";
      if (!isLost) return Promise.resolve();
      hasFailed = true;
      return Promise.reject(new ServerError("EXP_SERVER", "cut off", "backoff", 502));
    };
    const config: Sub = {
      name: "config",
      writes: [configMaps],
      async reconcile({ objects, primary }) {
        await objects.apply(configMaps, named("cfg"), { owner: primary });
      },
    };
    const reader: Sub = {
      name: "reader",
      after: ["config"],
      reads: [configMaps],
      triggers: [],
      reconcile: ({ secondaries }) =>
        Promise.resolve(void seen.push(secondaries.configMaps.length)),
    };
    const rig = new Rig([config, reader], {}, { gate });
    rig.world.create(dbs, db({}), "user");
    for (const delivery of rig.pending.splice(0)) rig.process.deliver(delivery);
    await rig.process.pass("prod/db"); // Stored, but nobody heard of it; its event is late, too.
    rig.clock.ms += 5;
    await rig.process.pass("prod/db");
    expect(seen).toEqual([1]);
  });

  it("sends nothing the second time", async () => {
    const rig = new Rig([
      {
        name: "config",
        writes: [configMaps],
        prune: true,
        cleanup: () => Promise.resolve(),
        async reconcile({ primary, objects }) {
          await objects.apply(configMaps, named("cfg"), { owner: primary });
        },
      },
    ]);
    await rig.user({});
    await rig.advance(1000);
    rig.writes();
    const { requests } = rig.process;
    rig.process.split.wake(key);
    await rig.settle();
    expect(rig.process.requests).toBe(requests);
    expect(rig.writes()).toEqual([]);
  });
});

describe("a sub-reconciler that is inactive", () => {
  it("does not run and holds nobody up; it runs when it becomes active", async () => {
    const runs: string[] = [];
    const rig = new Rig([
      noting(runs, "tls", { when: (p) => p.spec?.text === "tls", triggers: [secrets] }),
      noting(runs, "workload", { after: ["tls"] }),
    ]);
    await rig.user({});
    expect(runs).toEqual(["workload"]);
    await rig.user({ text: "tls" });
    expect(runs).toEqual(["workload", "tls", "workload"]);
  });
});

describe("a pass that is stopped", () => {
  it("throws, and what it did not finish is due again without counting as a failure", async () => {
    let isStuck = true;
    const rig = new Rig([
      {
        name: "long",
        async reconcile({ signal }) {
          if (isStuck) rig.process.abort("prod/db");
          isStuck = false;
          await Promise.resolve();
          signal.throwIfAborted();
        },
      },
    ]);
    await rig.user({});
    expect(rig.process.errors).toHaveLength(1);
    await rig.advance(1000);
    expect(rig.condition("Ready")).toMatchObject({ status: "True" });
    expect(rig.process.split.explain(key)).toContain("0 failures");
  });
});

describe("without watches", () => {
  const driven = (declared: readonly Sub[]): SplitReconcile<Db> => {
    const { objects } = new Rig([]).process;
    return new SplitReconcile(declared as readonly SubReconciler<Db>[], {
      primaryKind: dbs,
      objects,
    });
  };
  const runtime = createRuntime({ client: undefined as never, clock: new HandClock() });

  it("refuses triggers, for nobody would wake for them", () => {
    const split = driven([noting([], "a", { triggers: [configMaps] })]);
    expect(() => split.hooks.provide?.(runtime)).toThrow(ConfigurationError);
  });

  it("takes everything as due, and has no secondaries to give", async () => {
    const runs: string[] = [];
    const split = driven([
      noting(runs, "a"),
      { name: "b", reconcile: ({ secondaries }) => Promise.resolve(void secondaries) },
    ]);
    const lines: string[] = [];
    const logger = { ...silentLogger, error: (line: string) => void lines.push(line) };
    split.hooks.provide?.({ ...runtime, logger });
    const primary = { ...db({}), metadata: { ...key, uid: "u" } };
    const request = { ref: refOf(dbs, primary), primary, attempt: 0, reasons: [] };
    const { signal } = new AbortController();
    await split.reconcile({ ...request, signal });
    await split.reconcile({ ...request, signal });
    expect(runs).toEqual(["a", "a"]);
    expect(lines.join()).toContain("no secondary index");
  });

  it("refuses to reconcile before the start", async () => {
    const split = driven([noting([], "a")]);
    await expect(split.reconcile(undefined as never)).rejects.toThrow(ConfigurationError);
  });
});
