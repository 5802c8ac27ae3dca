// SPDX-License-Identifier: Apache-2.0
// Runs a scenario on a cluster of its own and says readably what went differently (stages 1 to 7).
import {
  refOf,
  type KubernetesObject,
  type ObjectKey,
  type ReconcileRequest,
  type Reconciles,
  type HasPrimary,
  type RunningReconciler,
} from "@haversack/core";
import { FakeClock } from "../clock/fake-clock.js";
import { startCluster, type TestCluster } from "../cluster/start-cluster.js";
import { checkExpectation } from "./check-expectation.js";
import { formatWrite } from "./expected-write.js";
import { recordPasses, startIfExpanded, type PassRecord } from "./pass-record.js";
import type { Scenario, ScenarioStep, ScenarioWorld } from "./scenario.js";
import { recordWrites, type RecordedClient } from "./write-record.js";

/** What a scenario did, for further assertions. */
export interface ScenarioOutcome {
  readonly passes: readonly PassRecord[];
  /** Requests by the code under test, one line each. */
  readonly requests: readonly string[];
}

/**
 * Runs one scenario: a fresh embedded cluster, a fresh reconciler, a fake clock.
 *
 * **Guarantees:** a write that is not expected fails the scenario; so does a thrown error that is
 * not expected, and a timer that is left when everything has been stopped.
 *
 * @throws Error that lists every difference and what happened.
 * @example
 * ```ts
 * await scenario({
 *   reconciler: () => new DatabaseReconciler(),
 *   given: { objects: [databaseDefinition, database] },
 *   expect: { writes: [applied(configMaps, "prod/db-config", { fieldManager: "db" })] },
 * });
 * ```
 */
export async function scenario<R extends object>(story: Scenario<R>): Promise<ScenarioOutcome> {
  const { time } = story.given ?? {};
  const clock = new FakeClock(time === undefined ? {} : { startTime: time });
  const cluster = await startCluster({ ...story.cluster, clock, backend: "embedded" });
  try {
    const run = new ScenarioRun(story, cluster, clock);
    return await run.run();
  } finally {
    await cluster.close();
  }
}

class ScenarioRun<R extends object> {
  readonly #story: Scenario<R>;
  readonly #cluster: TestCluster;
  readonly #clock: FakeClock;
  readonly #client: RecordedClient;
  #running: RunningReconciler | undefined;
  #hasWatches = false;

  constructor(story: Scenario<R>, cluster: TestCluster, clock: FakeClock) {
    this.#story = story;
    this.#cluster = cluster;
    this.#clock = clock;
    this.#client = recordWrites(cluster.client);
  }

  async run(): Promise<ScenarioOutcome> {
    const { given = {}, when = [] } = this.#story;
    await this.#prepare();
    const environment = { client: this.#client, clock: this.#clock };
    const reconciler = this.#story.reconciler(environment);
    const passes = recordPasses(reconciler, this.#clock);
    const world: ScenarioWorld<R> = { cluster: this.#cluster, clock: this.#clock, reconciler };
    this.#running = startIfExpanded(reconciler, environment);
    this.#hasWatches = this.#running !== undefined && "watches" in reconciler;
    await this.#cluster.settle();
    let seen = 0;
    if (given.isSettled === true) {
      await this.#clock.advance(settledMs);
      await this.#cluster.settle();
      this.#client.forget();
      seen = passes.length;
    }
    for (const step of [when].flat() as readonly ScenarioStep<R>[]) {
      await this.#take(step, world);
      await this.#cluster.settle();
    }
    await this.#running?.ready;
    const counted = passes.slice(seen);
    const problems = await checkExpectation(this.#story.expect, world, this.#client, counted);
    const leaks = await this.#stop();
    return this.#conclude([...problems, ...leaks], counted);
  }

  async #prepare(): Promise<void> {
    const { given = {} } = this.#story;
    if (given.objects !== undefined) await this.#cluster.apply(given.objects);
    for (const { of, key, status } of given.statuses ?? []) {
      await this.#cluster.applyStatus(of, key, status);
    }
    for (const rule of given.faults ?? []) this.#cluster.faults.add(rule);
    await this.#cluster.settle();
  }

  async #take(step: ScenarioStep<R>, world: ScenarioWorld<R>): Promise<void> {
    const cluster = this.#cluster;
    if (typeof step === "function") await step(world);
    else if ("request" in step) await this.#reconcile(step.request, world.reconciler);
    else if ("apply" in step) await cluster.apply(step.apply);
    else if ("status" in step) await cluster.applyStatus(step.of, step.key, step.status);
    else if ("remove" in step) await cluster.remove(step.of, step.remove);
    else if ("advanceMs" in step) await this.#clock.advance(step.advanceMs);
    else cluster.faults.add(step.fault);
  }

  async #reconcile(key: ObjectKey, reconciler: R): Promise<void> {
    if (this.#hasWatches) {
      const { watches } = reconciler as unknown as { watches: { enqueue(key: ObjectKey): void } };
      watches.enqueue(key);
      return;
    }
    await this.#running?.ready;
    const { primaryKind } = reconciler as unknown as Partial<HasPrimary>;
    if (primaryKind === undefined) {
      throw new Error(
        "cannot request a reconcile: the reconciler has no primaryKind. Extend Reconciler.of(kind), or call it in a step.",
      );
    }
    const primary = await this.#cluster.get<KubernetesObject>(primaryKind, key);
    if (primary === undefined) return; // Gone: a run loop would not call it either.
    const request: ReconcileRequest = {
      ref: refOf(primaryKind, primary),
      primary,
      signal: new AbortController().signal,
      attempt: 0,
      reasons: [{ source: "manual" }],
    };
    // What it throws is in the record of passes, where the expectation looks for it.
    await (reconciler as unknown as Reconciles).reconcile(request).catch(() => undefined);
  }

  async #stop(): Promise<readonly string[]> {
    const stopping = this.#running?.stop();
    await this.#clock.settle();
    // A drain may wait for time; what then still waits was forgotten.
    while (stopping !== undefined && !(await isOver(stopping))) {
      if (!(await this.#clock.advanceToNext())) break;
    }
    await this.#cluster.client.close();
    const own = this.#clock.pending.filter(({ setBy }) => !/apiserver/.test(setBy ?? ""));
    return own.map(({ inMs, setBy }) => `timer left after stop: in ${inMs} ms, set ${setBy ?? ""}`);
  }

  #conclude(problems: readonly string[], passes: readonly PassRecord[]): ScenarioOutcome {
    const requests = this.#client.records.map(formatWrite);
    if (problems.length === 0) return { passes, requests };
    const { name } = this.#story;
    const lines = [
      `scenario ${name === undefined ? "" : `"${name}" `}failed:`,
      ...problems.map((problem) => `  ${problem}`),
      "What happened:",
      ...requests.map((request) => `  ${request}`),
      ...passes.map(formatPass),
    ];
    throw new Error(lines.join("\n"));
  }
}

/** Virtual time in which a reconciler comes to rest before the story begins. */
const settledMs = 60_000;

async function isOver(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol("open");
  return (await Promise.race([promise, Promise.resolve(open)])) !== open;
}

function formatPass({ ref, atMs, result, error }: PassRecord): string {
  const end = error === undefined ? JSON.stringify(result) : `threw ${String(error)}`;
  return `  at ${atMs} ms: reconcile ${ref} ${end}`;
}
