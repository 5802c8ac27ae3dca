// SPDX-License-Identifier: Apache-2.0
// Kills a reconciler before and after each of its writes and compares how the world ends (stage 6).
import { silentLogger, type ApiClient, type Clock, type Logger } from "@haversack/core";
import { FakeClock } from "../clock/fake-clock.js";
import { startCluster, type ClusterOptions, type TestCluster } from "../cluster/start-cluster.js";
import { FaultScript } from "../faults/fault-script.js";
import { formatWriteTarget } from "../scenario/expected-write.js";
import { recordWrites, type RecordedClient } from "../scenario/write-record.js";
import { compareHistories, recordHistory, type History, type Lifetimes } from "./history.js";
import { comparableKinds, compareWorlds, worldState } from "./world-state.js";
import type { WorldOptions, WorldState } from "./world-state.js";

/** A reconciler that runs; {@link RunningReconciler} of core fits. */
export interface RunningProcess {
  stop(): Promise<void>;
}

/** What to run. */
export interface CrashScenario {
  /** Starts a new process of the reconciler: new objects, nothing kept from an earlier call. */
  readonly start: (environment: {
    readonly client: ApiClient;
    readonly clock: Clock;
    readonly cluster: TestCluster;
    /** Silent: what a dying process complains about is no news. */
    readonly logger: Logger;
  }) => RunningProcess | Promise<RunningProcess>;
  /** Before the reconciler starts: definitions, namespaces. */
  readonly given?: (cluster: TestCluster) => Promise<void>;
  /** What users do while it runs, each followed by {@link CrashScenario.settleMs} of time. */
  readonly steps: readonly ((cluster: TestCluster) => Promise<void>)[];
  /** Virtual time after each step, for retries and restarts. Default 60,000. */
  readonly settleMs?: number;
  /** Virtual time between a crash and the next start. Default 1,000. */
  readonly restartMs?: number;
  readonly cluster?: Omit<ClusterOptions, "clock" | "backend">;
  readonly compare?: WorldOptions;
}

/** One run with a crash. */
export interface CrashRun {
  /** Which write, from 1. */
  readonly write: number;
  readonly when: "before" | "after";
  /** The write, such as `apply configmaps prod/a`. */
  readonly what: string;
  /** Where it ended differently from the run without a crash; empty when it converged. */
  readonly differences: readonly string[];
}

/** What {@link crashAtEveryWrite} found. */
export interface CrashReport {
  /** Writes of the run without a crash. */
  readonly writes: number;
  readonly runs: readonly CrashRun[];
  /** The runs that did not converge. */
  readonly failures: readonly CrashRun[];
}

/**
 * Runs a scenario once undisturbed, then twice for each write: the process dies before the server
 * hears of it, and right after the server has acted. A new process takes over on the same cluster.
 * Each run must end in the state of the undisturbed one, with each object added and deleted as
 * often as there.
 *
 * **API requests:** those of the reconciler, on embedded servers of their own.
 *
 * @returns what was run; nothing differs.
 * @throws Error that names every crash that did not converge, and in what.
 * @see Sieve (OSDI 2022), intermediate states, here exhaustive.
 */
export async function crashAtEveryWrite(scenario: CrashScenario): Promise<CrashReport> {
  const report = await tryCrashAtEveryWrite(scenario);
  if (report.failures.length === 0) return report;
  const lines = report.failures.flatMap(({ write, when, what, differences }) => [
    `  killed ${when} write ${write} (${what}):`,
    ...differences.map((difference) => `    ${difference}`),
  ]);
  throw new Error(
    `the reconciler did not survive ${report.failures.length} of ${report.runs.length} crashes.\n${lines.join("\n")}`,
  );
}

/** {@link crashAtEveryWrite} that reports failures instead of throwing. */
export async function tryCrashAtEveryWrite(scenario: CrashScenario): Promise<CrashReport> {
  const reference = await runOnce(scenario, undefined);
  const runs: CrashRun[] = [];
  for (let write = 1; write <= reference.writes.length; write++) {
    for (const when of ["before", "after"] as const) {
      const run = await runOnce(scenario, { write, when });
      const differences = run.hasCrashed
        ? [
            ...compareWorlds(reference.state, run.state),
            ...compareHistories(reference.history, run.history),
          ]
        : [`the write never came: the run took another course before it`];
      runs.push({ write, when, what: reference.writes[write - 1] ?? "", differences });
    }
  }
  const failures = runs.filter(({ differences }) => differences.length > 0);
  return { writes: reference.writes.length, runs, failures };
}

interface Outcome {
  readonly writes: readonly string[];
  readonly state: WorldState;
  readonly history: ReadonlyMap<string, Lifetimes>;
  readonly hasCrashed: boolean;
}

interface Crash {
  readonly write: number;
  readonly when: "before" | "after";
}

async function runOnce(scenario: CrashScenario, crash: Crash | undefined): Promise<Outcome> {
  const clock = new FakeClock();
  const cluster = await startCluster({ ...scenario.cluster, clock, backend: "embedded" });
  let history: History | undefined;
  try {
    await scenario.given?.(cluster);
    await cluster.settle();
    const kinds = scenario.compare?.kinds ?? (await comparableKinds(cluster));
    history = await recordHistory(cluster.admin, kinds);
    const life = new Life(scenario, cluster, clock, crash);
    await life.run();
    const state = await worldState(cluster, { ...scenario.compare, kinds });
    const { hasCrashed } = life;
    return { writes: life.writes(), state, history: history.counts(), hasCrashed };
  } finally {
    history?.close();
    await cluster.close();
  }
}

/** The processes of one run, one after another. */
class Life {
  readonly #scenario: CrashScenario;
  readonly #cluster: TestCluster;
  readonly #clock: FakeClock;
  readonly #faults = new FaultScript();
  readonly #clients: RecordedClient[] = [];
  #running: RunningProcess | undefined;
  #hasRestarted = false;

  constructor(
    scenario: CrashScenario,
    cluster: TestCluster,
    clock: FakeClock,
    crash: Crash | undefined,
  ) {
    this.#scenario = scenario;
    this.#cluster = cluster;
    this.#clock = clock;
    if (crash === undefined) return;
    const { write, when } = crash;
    const fault = { type: "crash", when } as const;
    this.#faults.add({ match: { isWrite: true }, after: write - 1, times: 1, fault });
  }

  get hasCrashed(): boolean {
    return this.#faults.hasCrashed;
  }

  /** The writes of all processes, in order. */
  writes(): readonly string[] {
    return this.#clients.flatMap(({ writes }) => writes.map(formatWriteTarget));
  }

  async run(): Promise<void> {
    await this.#start(this.#faults);
    await this.#pass();
    for (const step of this.#scenario.steps) {
      await step(this.#cluster);
      await this.#pass();
    }
    await this.#running?.stop();
  }

  /** Lets time pass; a dead process is followed by a new one. */
  async #pass(): Promise<void> {
    const { settleMs = 60_000, restartMs = 1_000 } = this.#scenario;
    await this.#rest(settleMs);
    if (!this.#faults.hasCrashed || this.#hasRestarted) return;
    this.#hasRestarted = true;
    // A killed process is not asked to drain; its leftovers must not hold the test up either.
    this.#running?.stop().catch(() => undefined);
    await this.#rest(restartMs);
    await this.#start(new FaultScript());
    await this.#rest(settleMs);
  }

  async #rest(durationMs: number): Promise<void> {
    await this.#cluster.settle();
    await this.#clock.advance(durationMs);
    await this.#cluster.settle();
  }

  async #start(faults: FaultScript): Promise<void> {
    const client = recordWrites(this.#cluster.connect("reconciler", faults).client);
    this.#clients.push(client);
    const environment = {
      client,
      clock: this.#clock,
      cluster: this.#cluster,
      logger: silentLogger,
    };
    try {
      this.#running = await this.#scenario.start(environment);
    } catch (error) {
      if (!faults.hasCrashed) throw error; // It may die while it starts.
    }
  }
}
