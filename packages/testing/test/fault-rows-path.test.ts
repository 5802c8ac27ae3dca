// SPDX-License-Identifier: Apache-2.0
// The fault model, rows about writes, queue and life cycle: what the whole path does.
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  Reconciler,
  configMaps,
  expand,
  requeueAfter,
  secrets,
  services,
  silentLogger,
  sleep,
  startReconciler,
  withApiObjects,
  withWatches,
  type ReconcileRequest,
  type Result,
} from "haversack";
import {
  compareHistories,
  compareWorlds,
  expectQuiet,
  recordHistory,
  worldState,
  type Fault,
  type FaultRule,
} from "../src/index.js";
import { shop, shops, type Shop } from "./shop-operator.js";
import { Stage, type StageOptions } from "./stage.js";

const open: Stage[] = [];
const stage = async (options: StageOptions = {}): Promise<Stage> => {
  const made = new Stage(options);
  open.push(made);
  return made.open();
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const key = { namespace: "prod", name: "a" };

describe("Row 7: bursts of 5xx, and answers lost after the server acted", () => {
  /** End state and lifetimes of a small story under one rule of faults. */
  const story = async (rule?: FaultRule) => {
    const at = await stage({ given: [], isStarted: false });
    const history = await recordHistory(at.cluster.admin, [configMaps, secrets, services, shops]);
    await at.start();
    const handle = rule === undefined ? undefined : at.cluster.faults.add(rule);
    await at.cluster.apply(shop("a", { color: "red", shelves: 2 }));
    await at.advance(120_000);
    await at.cluster.apply(shop("a", { color: "blue", shelves: 1 }));
    await at.advance(120_000);
    const state = await worldState(at.cluster, { namespace: "prod" });
    const counts = history.counts();
    history.close();
    const writes = at.cluster.requests.writes;
    return { state, counts, writes, hits: handle?.hits ?? 0 };
  };
  const isWrite = true;

  it("ends as the undisturbed run, creating nothing twice, whichever write's answer is lost", async () => {
    const calm = await story();
    expect(calm.writes).toBe(8);
    for (let after = 0; after < calm.writes; after++) {
      const fault: Fault = { type: "lostAnswer" };
      const run = await story({ match: { isWrite }, after, times: 1, fault });
      expect({ after, hits: run.hits }).toEqual({ after, hits: 1 });
      expect(compareWorlds(calm.state, run.state)).toEqual([]);
      expect(compareHistories(calm.counts, run.counts)).toEqual([]);
    }
  });

  it.each([500, 503, 504, 409, 429])(
    "ends as the undisturbed run after 5 times %i",
    async (code) => {
      const calm = await story();
      const run = await story({ match: { isWrite }, times: 5, fault: { type: "status", code } });
      expect(run.hits).toBe(5);
      expect(compareWorlds(calm.state, run.state)).toEqual([]);
      expect(compareHistories(calm.counts, run.counts)).toEqual([]);
    },
  );
});

describe("Row 9: the cache lags behind own writes", () => {
  it("shows own writes and hides own deletes while the watches say nothing", async () => {
    const at = await stage({ shops: {} });
    const { secondaries } = at.reconciler as unknown as {
      secondaries: { of(ref: unknown): Record<string, { metadata: { name: string } }[]> };
    };
    const names = (): string[] =>
      secondaries
        .of({ group: "example.com", kind: "Shop", ...key })
        ["configMaps"]?.map(({ metadata }) => metadata.name) ?? [];
    for (const resource of ["configmaps", "secrets", "services"]) {
      at.cluster.faults.freezeStreams({ resource });
    }
    await at.cluster.apply(shop("a", { color: "red", shelves: 3 }));
    await at.cluster.settle();
    expect(names()).toEqual(["a-shelf-0", "a-shelf-1", "a-shelf-2"]);
    at.cluster.requests.reset();
    await at.cluster.apply(shop("a", { color: "red", shelves: 1 }));
    await at.cluster.settle();
    expect(names()).toEqual(["a-shelf-0"]);
    expect(at.cluster.requests.count({ verb: "delete" })).toBe(2);
    await at.advance(900_000); // The silent watches are replaced; nothing is done twice.
    expect(names()).toEqual(["a-shelf-0"]);
    expect(at.cluster.requests.count({ verb: ["delete", "create"] })).toBe(2);
  });
});

describe("Row 12: a secondary is seen before its owner", () => {
  it("wakes the owner when it appears, with the secondary in its index", async () => {
    const seen: (readonly string[])[] = [];
    const at: Stage = await stage({
      given: [],
      shops: {
        onPass: ({ primary }) => {
          const { secondaries } = at.reconciler as unknown as {
            secondaries: { of(of: Shop): { configMaps: { metadata: { name: string } }[] } };
          };
          seen.push(secondaries.of(primary).configMaps.map(({ metadata }) => metadata.name));
        },
      },
    });
    at.cluster.faults.add({
      match: { resource: "shops", verb: "watch" },
      fault: { type: "reorder", window: 1_000, holdMs: 5_000 },
    });
    at.cluster.faults.cutStreams({ resource: "shops" });
    await at.advance(2_000);
    await at.cluster.apply(shop("a"));
    const uid = (await at.cluster.get(shops, key))?.metadata.uid ?? "";
    const owner = { apiVersion: "example.com/v1", kind: "Shop", name: "a", uid, controller: true };
    await at.cluster.apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "prod", name: "a-shelf-7", ownerReferences: [owner] },
    });
    await at.advance(1_000);
    expect(seen).toEqual([]);
    await at.advance(10_000);
    expect(seen[0]).toEqual(["a-shelf-7"]);
    expect(await at.cluster.get(configMaps, { namespace: "prod", name: "a-shelf-7" })).toBe(
      undefined,
    );
  });
});

describe("Row 19: a poison object", () => {
  it("backs off alone; healthy primaries are all served meanwhile", async () => {
    const at: Stage = await stage({
      given: [],
      shops: {
        onPass: ({ primary }) => {
          if (primary.metadata.name === "poison") throw new RangeError("cannot digest this");
        },
      },
    });
    await at.cluster.apply(shop("poison"));
    await at.advance(10_000);
    const healthy = Array.from({ length: 20 }, (_, index) => `h${index}`);
    await at.cluster.apply(healthy.map((name) => shop(name)));
    await at.advance(1_000);
    for (const name of healthy) expect(await at.status(name)).toBeDefined();
    const mark = at.passes.length;
    await at.advance(600_000);
    const poisoned = at.passesSince(mark).filter((name) => name === "poison").length;
    expect(poisoned).toBeGreaterThanOrEqual(1);
    expect(poisoned).toBeLessThanOrEqual(10); // Doubling up to 1,000 s.
    expect(at.passesSince(mark).length).toBe(poisoned);
    expect(at.logged.at(-1)?.message).toMatch(/prod\/poison.*cannot digest this/);
  });
});

const finalizer = "example.com/clean-up";

/** An operator that cleans up outside the cluster before its primary goes. */
class Cleaner extends expand(
  Reconciler.of(shops),
  withApiObjects({ fieldManager: "cleaner" }),
  withWatches({}),
) {
  readonly cleaned: string[] = [];
  readonly gone: string[] = [];
  workMs = 0;
  failures = 0;
  #clock: Stage["clock"];

  constructor(clock: Stage["clock"]) {
    super();
    this.#clock = clock;
  }

  override async reconcile({ primary }: ReconcileRequest<Shop>): Promise<void> {
    const { name, deletionTimestamp, finalizers = [] } = primary.metadata;
    if (deletionTimestamp === undefined) {
      const marked = await this.objects.addFinalizer(shops, primary, finalizer);
      await sleep(this.#clock, this.workMs);
      await this.objects.applyStatus(shops, marked, { color: primary.spec.color });
      return;
    }
    if (!finalizers.includes(finalizer)) return;
    if (this.failures-- > 0) throw new Error("the other system does not answer");
    this.cleaned.push(name);
    await this.objects.removeFinalizer(shops, primary, finalizer);
  }

  onGone({ name }: { name: string }): void {
    this.gone.push(name);
  }
}

describe("Row 24: deletion with a finalizer", () => {
  const cleaning = async () => {
    const at = await stage({ given: [], isStarted: false });
    const cleaner = new Cleaner(at.clock);
    const { client } = at.cluster.connect("cleaner");
    const environment = { client, clock: at.clock, logger: silentLogger };
    at.running = startReconciler(cleaner, environment);
    await at.cluster.settle();
    return { at, cleaner };
  };
  const writesOf = (at: Stage): readonly string[] =>
    at.cluster.requests
      .select({ isWrite: true })
      .map(({ verb, resource }) => `${verb} ${resource}`);

  it("cleans up once, after the pass that ran meanwhile, and writes nothing afterwards", async () => {
    const { at, cleaner } = await cleaning();
    cleaner.workMs = 5_000;
    await at.cluster.apply(shop("a"));
    await at.advance(1_000); // In the middle of the pass.
    expect((await at.cluster.get(shops, key))?.metadata.finalizers).toEqual([finalizer]);
    await at.cluster.remove(shops, key);
    await at.advance(1_000);
    expect(cleaner.cleaned).toEqual([]);
    await at.advance(60_000);
    expect([cleaner.cleaned, cleaner.gone]).toEqual([["a"], ["a"]]);
    expect(await at.cluster.get(shops, key)).toBeUndefined();
    expect(writesOf(at).at(-1)).toMatch(/^patch shops.example.com$/);
    at.cluster.requests.reset();
    await expectQuiet(at.cluster, 60_000);
  });

  it("keeps the finalizer while the clean-up fails, and does it once in the end", async () => {
    const { at, cleaner } = await cleaning();
    cleaner.failures = 3;
    await at.cluster.apply(shop("a"));
    await at.cluster.settle();
    await at.cluster.remove(shops, key);
    await at.cluster.settle();
    expect((await at.cluster.get(shops, key))?.metadata.finalizers).toEqual([finalizer]);
    await at.advance(60_000);
    expect(cleaner.cleaned).toEqual(["a"]);
    expect(await at.cluster.get(shops, key)).toBeUndefined();
  });

  it("cleans up once when it is deleted during the own status write, and when the answer is lost", async () => {
    const { at, cleaner } = await cleaning();
    at.cluster.server?.faults.add({
      match: { resource: "shops.example.com/status" },
      times: 1,
      fault: { type: "delay", ms: 2_000 },
    });
    await at.cluster.apply(shop("a"));
    await at.advance(500);
    await at.cluster.remove(shops, key);
    at.cluster.server?.faults.add({
      match: { verb: "patch", resource: "shops.example.com", userAgent: "cleaner" },
      times: 1,
      fault: { type: "commitThenReset" },
    });
    await at.advance(60_000);
    expect(cleaner.cleaned).toEqual(["a"]);
    expect(await at.cluster.get(shops, key)).toBeUndefined();
  });
});

/** A reconciler that only takes time. */
class Slow extends expand(
  Reconciler.of(shops),
  withWatches({ primary: () => true, workers: 1, debounce: undefined }),
) {
  readonly started: string[] = [];
  readonly ended: string[] = [];
  readonly #clock: Stage["clock"];
  readonly #workMs: number;

  constructor(clock: Stage["clock"], workMs: number) {
    super();
    this.#clock = clock;
    this.#workMs = workMs;
  }

  override async reconcile({ primary }: ReconcileRequest<Shop>): Promise<Result | void> {
    const { name, resourceVersion = "" } = primary.metadata;
    this.started.push(name);
    await sleep(this.#clock, this.#workMs);
    this.ended.push(`${name}@${resourceVersion}`);
    if (primary.spec.pollMs !== undefined) return requeueAfter(primary.spec.pollMs);
  }
}

const slowly = async (given: readonly Shop[], workMs: number) => {
  const at = await stage({ given, isStarted: false });
  const slow = new Slow(at.clock, workMs);
  const { client } = at.cluster.connect("slow");
  at.running = startReconciler(slow, { client, clock: at.clock, logger: silentLogger });
  await at.cluster.settle();
  return { at, slow };
};

describe("Row 28: a burst that is faster than its handler", () => {
  it("coalesces: 2,000 events of 10 primaries end in the newest state after few passes", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
    const { at, slow } = await slowly(
      names.map((name) => shop(name)),
      1_000,
    );
    const { admin } = at.cluster;
    for (let event = 0; event < 2_000; event++) {
      const path = `/apis/example.com/v1/namespaces/prod/shops/s${event % 10}`;
      const body = JSON.stringify({ spec: { pollMs: 10_000_000 + event } });
      const contentType = "application/merge-patch+json";
      await admin.request({ method: "PATCH", path, body, contentType });
    }
    await at.advance(60_000);
    expect(slow.ended.length).toBeLessThanOrEqual(30);
    const last = new Map(slow.ended.map((pass) => pass.split("@") as [string, string]));
    for (const { metadata } of await at.cluster.list(shops)) {
      expect(last.get(metadata.name)).toBe(metadata.resourceVersion);
    }
  });
});

describe("Row 29: start-up with many primaries and one new one", () => {
  it("serves the new one before the old ones, and all of them in the end", async () => {
    const old = Array.from({ length: 300 }, (_, index) => shop(`old-${index}`));
    const { at, slow } = await slowly(old, 10);
    await at.advance(100);
    const before = slow.started.length;
    await at.cluster.apply(shop("new"));
    await at.advance(100);
    // The one under way ends first; the next is the new one.
    expect(slow.started.indexOf("new")).toBeLessThanOrEqual(before + 1);
    await at.advance(301 * 10);
    expect(new Set(slow.started).size).toBe(301);
  });
});

describe("Row 30: SIGTERM during work", () => {
  it("lets the running pass finish, starts no other, and leaves no watch and no timer", async () => {
    const { at, slow } = await slowly([shop("a"), shop("b")], 5_000);
    await at.advance(1_000);
    expect(slow.started).toHaveLength(1);
    let hasStopped = false;
    const stopped = at.running.stop().then(() => (hasStopped = true));
    await at.cluster.apply(shop("c"));
    await at.advance(3_900);
    expect([slow.ended.length, hasStopped]).toEqual([0, false]);
    await at.advance(200);
    await stopped;
    expect([slow.started.length, slow.ended.length]).toEqual([1, 1]);
    expect(at.cluster.server?.requests.activeWatches).toBe(0);
    at.clock.assertNoTimers();
    await expectQuiet(at.cluster, 600_000);
  });
});
