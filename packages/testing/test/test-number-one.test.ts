// SPDX-License-Identifier: Apache-2.0
// Test number one, over the whole path and real HTTP: events of one object are handled one after
// another, and the last one handled is the newest.
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  Reconciler,
  createClient,
  expand,
  resourceVersionChanged,
  silentLogger,
  startReconciler,
  withWatches,
  type ApiClient,
  type ReconcileRequest,
  type RunningReconciler,
} from "haversack";
import {
  FakeClock,
  FaultScript,
  pickFrom,
  randomFaults,
  seededRandom,
  startCluster,
  withFaults,
  type Fault,
  type TestCluster,
} from "../src/index.js";
import { prod, shop, shopDefinition, shops } from "./shop-operator.js";
import { TurnLog } from "./turn-log.js";

const names = ["a", "b", "c", "d"];

/** A cluster with a reconciler of ours on it, connected by a client of the real kind. */
class Stage {
  readonly clock = new FakeClock({ traceTimers: false });
  readonly random: () => number;
  readonly log: TurnLog;
  readonly faults = new FaultScript();
  /** Between two writes, at most. */
  pauseMs = 250;
  cluster!: TestCluster;
  client!: ApiClient;
  running!: RunningReconciler;
  #number = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.log = new TurnLog(this.clock, () => this.random() * 300);
  }

  async open(): Promise<void> {
    const { clock, random, log } = this;
    this.cluster = await startCluster({ clock, backend: "embedded", server: { watchWindow: 200 } });
    await this.cluster.apply([shopDefinition, prod]);
    const { url: server, token } = this.cluster.access;
    const http = createClient({ server, token: token ?? "", clock, random, logger: silentLogger });
    this.client = withFaults(http, this.faults, { clock });
    class Handler extends expand(
      Reconciler.of(shops),
      withWatches({ primary: resourceVersionChanged, workers: 4 }),
    ) {
      override reconcile(request: ReconcileRequest): Promise<void> {
        return log.take(request);
      }
    }
    const environment = { client: this.client, clock, random, logger: silentLogger };
    this.running = startReconciler(new Handler(), environment);
    await this.cluster.settle();
  }

  /** Somebody writes: creates, changes, deletes, recreates. */
  async write(): Promise<void> {
    const name = pickFrom(names, this.random) ?? "a";
    const chance = this.random();
    this.#number += 1;
    if (chance < 0.15) await this.cluster.remove(shops, { namespace: "prod", name });
    else await this.cluster.apply(shop(name, { color: "red", pollMs: this.#number }));
    if (chance > 0.97) this.cluster.server?.compact();
    await this.clock.advance(this.random() * this.pauseMs);
  }

  /** Each primary that exists was handled last in its newest state. */
  async check(): Promise<void> {
    expect(this.log.problems).toEqual([]);
    const last = this.log.last();
    for (const { metadata } of await this.cluster.list(shops)) {
      expect([metadata.name, last.get(metadata.name)]).toEqual([
        metadata.name,
        metadata.resourceVersion,
      ]);
    }
  }

  async close(): Promise<void> {
    await this.running.stop();
    await this.client.close();
    await this.cluster.close();
  }
}

const open: Stage[] = [];
const stage = async (seed: number): Promise<Stage> => {
  const made = new Stage(seed);
  open.push(made);
  await made.open();
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

// More by HAVERSACK_SEEDS=500; a failing seed stands in the test's name.
const seedCount = Number(process.env["HAVERSACK_SEEDS"] ?? 6);
const anySeeds = Array.from({ length: seedCount }, (_, index) => index + 1);

describe("Test number one", () => {
  it.each(anySeeds)(
    "holds under cut, repeated, half-open, expired and refused streams (seed %i)",
    async (seed) => {
      const made = await stage(seed);
      const { clock, cluster, faults, log, random } = made;
      const harm = (faultsOfKind: readonly Fault[], rate: number): void => {
        const match = { resource: "shops" };
        faults.add(randomFaults({ random, rate, match, faults: faultsOfKind, times: 60 }));
      };
      // Longer than the pauses after failures, so that many streams are opened and harmed.
      made.pauseMs = 4_000;
      harm(
        [
          { type: "eof", afterLines: 3, inLine: true },
          { type: "cut", afterLines: 2 },
          { type: "cut", afterLines: 1, inLine: true },
          { type: "duplicate" },
          { type: "halfOpen", afterLines: 4 },
          { type: "expired", afterLines: 2 },
          { type: "expired", afterLines: 1, staysOpen: true },
          { type: "status", code: 429, retryAfterSeconds: 2 },
          { type: "status", code: 500 },
          { type: "status", code: 410 },
          { type: "reset" },
          { type: "delay", ms: 1_500 },
        ],
        0.8,
      );
      cluster.server?.faults.add({
        match: { verb: "watch", resource: "shops", userAgent: "haversack" },
        after: 1,
        times: 4,
        fault: { type: "eof", afterBytes: 1_500 },
      });
      // Each primary is to be handled again and again, so that there is an order to get wrong.
      const isRich = (): boolean => names.every((name) => log.of(name).length > 1);
      for (let write = 0; write < 120 || (!isRich() && write < 1_000); write++) {
        await made.write();
        if (random() < 0.2) faults.cutStreams(); // Also ends what is half-open.
      }
      expect(faults.hits.length).toBeGreaterThan(5);
      faults.clear();
      cluster.server?.faults.clear();
      // A half-open watch is noticed at the latest when its time is up: 10 minutes and 15 s.
      await clock.advance(700_000);
      await made.check();
      expect(isRich()).toBe(true);
    },
  );

  it.each(anySeeds)("holds under reordered and repeated events (seed %i)", async (seed) => {
    const made = await stage(seed);
    const { clock, faults } = made;
    // Put into force before the first watch of the kind is replaced, so it strikes every later one.
    faults.add({
      match: { verb: "watch", resource: "shops" },
      fault: { type: "reorder", window: 5, holdMs: 400 },
    });
    faults.cutStreams();
    for (let write = 0; write < 120; write++) await made.write();
    await clock.advance(700_000);
    await made.check();
  });

  it("holds when one object changes 500 times while its handler is slow", async () => {
    const made = await stage(99);
    const { clock, cluster, log } = made;
    for (let number = 1; number <= 500; number++) {
      await cluster.apply(shop("a", { color: "red", pollMs: number }));
      if (number % 50 === 0) await clock.advance(40);
    }
    await clock.advance(10_000);
    await made.check();
    // Coalesced: far fewer passes than changes.
    expect(log.of("a").length).toBeLessThan(30);
  });
});
