// SPDX-License-Identifier: Apache-2.0
// Whether a cluster and its reconcilers have come to rest, and stay there (after stage 7).
import type { RequestEntry } from "../client/request-log.js";
import { FakeClock } from "../clock/fake-clock.js";
import type { TestCluster } from "../cluster/start-cluster.js";
import { isWrite } from "../client/request-target.js";
import { compareWorlds, worldState, type WorldOptions } from "./world-state.js";

/** What may still happen in quiet times. */
export interface QuietOptions {
  /**
   * `requests` (default): nothing but watches being renewed. `writes`: reads are allowed, such as
   * those of a reconciler without watches.
   */
  readonly no?: "requests" | "writes";
}

/**
 * Lets time pass and fails when the code under test sends anything: the second half of "converged",
 * which finds hot loops and objects that are fought over.
 *
 * **API requests:** 0 of its own.
 *
 * @throws Error that lists what was sent, most frequent first.
 * @example Ten idle minutes
 * ```ts
 * await expectQuiet(cluster, 600_000);
 * ```
 */
export async function expectQuiet(
  cluster: TestCluster,
  durationMs: number,
  options: QuietOptions = {},
): Promise<void> {
  const sent: RequestEntry[] = [];
  await cluster.settle();
  const unsubscribe = cluster.requests.subscribe((entry) => {
    const counts = options.no === "writes" ? isWrite(entry) : entry.verb !== "watch";
    if (counts) sent.push(entry);
  });
  try {
    await clockOf(cluster).advance(durationMs);
    await cluster.settle();
  } finally {
    unsubscribe();
  }
  if (sent.length === 0) return;
  throw new Error(
    `the cluster did not stay quiet: ${sent.length} requests in ${durationMs} ms.\n${summary(sent)}\n` +
      "Find out what wakes the reconciler, and why its second pass is not empty.",
  );
}

/** What {@link converges} waits for. */
export interface ConvergeOptions {
  /** Virtual time in which it must come to rest. Default 300,000. */
  readonly withinMs?: number;
  /** Virtual time for which it must then stay as it is. Default 60,000. */
  readonly forMs?: number;
  /** What must hold at rest, and still at the end; it throws, or answers false. */
  readonly until?: () => boolean | void | Promise<boolean | void>;
  readonly world?: WorldOptions;
}

/** When a cluster came to rest. */
export interface Convergence {
  /** Virtual time from the call until nothing was written any more. */
  readonly afterMs: number;
  /** Writes of the code under test until then. */
  readonly writes: number;
}

/**
 * Waits until the code under test writes nothing more, then until time has shown that the world
 * stays as it is: *eventually stable reconciliation*, within bounds.
 *
 * **API requests:** 2 LIST per kind, as the administrator.
 *
 * @throws Error when it does not come to rest, or does not stay there.
 * @see Anvil (OSDI 2024) for the property.
 */
export async function converges(
  cluster: TestCluster,
  options: ConvergeOptions = {},
): Promise<Convergence> {
  const { withinMs = 300_000, forMs = 60_000, until = () => true, world } = options;
  const clock = clockOf(cluster);
  const startMs = clock.monotonicMs();
  const endMs = startMs + withinMs;
  const firstWrites = cluster.requests.writes;
  let lastWriteMs = startMs;
  const unsubscribe = cluster.requests.subscribe((entry) => {
    if (isWrite(entry)) lastWriteMs = clock.monotonicMs();
  });
  try {
    await cluster.settle();
    while (!(await holds(until)) || clock.monotonicMs() - lastWriteMs < quietStepMs) {
      if (clock.monotonicMs() >= endMs) throw await notConverged(cluster, withinMs, until);
      await clock.advance(Math.min(quietStepMs, Math.max(1, endMs - clock.monotonicMs())));
      await cluster.settle();
    }
    const writes = cluster.requests.writes - firstWrites;
    const before = await worldState(cluster, world);
    await expectQuiet(cluster, forMs, { no: "writes" });
    const differences = compareWorlds(before, await worldState(cluster, world));
    if (differences.length > 0) {
      throw new Error(`the world did not stay as it was.\n  ${differences.join("\n  ")}`);
    }
    await until();
    return { afterMs: lastWriteMs - startMs, writes };
  } finally {
    unsubscribe();
  }
}

/** At rest is: no write for this long. */
const quietStepMs = 1_000;

async function holds(until: NonNullable<ConvergeOptions["until"]>): Promise<boolean> {
  try {
    return (await until()) !== false;
  } catch {
    return false; // It is asked again; the last failure is shown when time is up.
  }
}

async function notConverged(
  cluster: TestCluster,
  withinMs: number,
  until: NonNullable<ConvergeOptions["until"]>,
): Promise<Error> {
  let why = "";
  try {
    why = (await until()) === false ? "the condition does not hold" : "it goes on writing";
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  const last = cluster.requests.entries.slice(-10);
  return new Error(
    `the cluster did not converge within ${withinMs} ms: ${why}.\nThe last requests:\n${summary(last)}`,
  );
}

function summary(entries: readonly RequestEntry[]): string {
  const counts = new Map<string, number>();
  for (const { client, verb, resource, namespace, name, status } of entries) {
    const path = [namespace, name].filter((part) => part !== undefined).join("/");
    const line = `${client} ${verb} ${resource} ${path} → ${status}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, 20);
  return sorted.map(([line, count]) => `  ${count} × ${line}`).join("\n");
}

function clockOf(cluster: TestCluster): FakeClock {
  if (cluster.clock instanceof FakeClock) return cluster.clock;
  throw new Error(
    "cannot let time pass: the cluster runs on the machine's clock. Start it with { clock: new FakeClock() }.",
  );
}
