// SPDX-License-Identifier: Apache-2.0
// How long a change of one cluster waits while another one's pods are replaced (all stages).
import type { Manifest } from "../json.js";
import { kinds, psmdb } from "../operators/kinds.js";
import {
  startOperatorCluster,
  type OperatorCluster,
  type OperatorMode,
} from "../operators/operator-cluster.js";
import { readPrimary, withReplset, withSize } from "./fleet.js";
import { quickChance } from "./quick-chance.js";

/** How long a pod of the rolling cluster takes to start; a MongoDB with data takes a minute or more. */
export const podStartSeconds = 40;
/** The embedded server's node leaves pods with this annotation alone until it is taken away. */
const holdAnnotation = "haversack.dev/hold-pod";
const patienceSeconds = 600;

/**
 * Virtual seconds until a change of cluster B is in its StatefulSet, made while the first pod of A starts.
 */
export async function delayOfNeighbour(mode: OperatorMode): Promise<number> {
  const operators = await startOperatorCluster(mode, { sources: quickChance() });
  try {
    const slow = withReplset(await readPrimary("rolling"), {
      annotations: { [holdAnnotation]: "until it has started" },
    });
    const waiting = await readPrimary("waiting");
    for (const primary of [slow, waiting]) {
      await operators.createNamespace(primary.metadata.namespace ?? "");
      await operators.apply(primary);
    }
    const pods = new SlowPods(operators, "rolling");
    await pods.passUntil(() => areReady(operators, [slow, waiting]));
    await operators.apply({ ...slow, spec: { ...slow.spec, image: "mongod:next" } });
    await pods.passUntil(() => pods.hasReplaced());
    await operators.apply(withSize(waiting, 5));
    return await pods.passUntil(() => hasReplicas(operators, waiting, 5));
  } finally {
    await operators.close();
  }
}

/** Pods of a namespace that take their time to start. */
class SlowPods {
  readonly #operators: OperatorCluster;
  readonly #namespace: string;
  /** Virtual time at which a pod was first seen, by uid. */
  readonly #seenMs = new Map<string, number>();
  #beforeRollout: ReadonlySet<string> = new Set();

  constructor(operators: OperatorCluster, namespace: string) {
    this.#operators = operators;
    this.#namespace = namespace;
  }

  /** Lets time pass, a second at a time. @returns the seconds it took. */
  async passUntil(isDone: () => Promise<boolean>): Promise<number> {
    await this.#operators.start();
    this.#beforeRollout = new Set(this.#seenMs.keys());
    for (let seconds = 0; seconds <= patienceSeconds; seconds += 1) {
      await this.#operators.cluster.settle();
      await this.#release();
      await this.#operators.cluster.settle();
      if (await isDone()) return seconds;
      await this.#operators.clock.advance(1000);
    }
    throw new Error(`nothing came of a change within ${patienceSeconds} s.`);
  }

  /** Whether a pod has been made anew since the last wait began. */
  hasReplaced(): Promise<boolean> {
    const news = [...this.#seenMs.keys()].filter((uid) => !this.#beforeRollout.has(uid));
    return Promise.resolve(news.length > 0);
  }

  async #release(): Promise<void> {
    const { cluster, clock } = this.#operators;
    for (const { metadata } of await cluster.list(kinds.Pod, { namespace: this.#namespace })) {
      const { name, uid = "", annotations, deletionTimestamp } = metadata;
      const seenMs = this.#seenMs.get(uid) ?? clock.monotonicMs();
      this.#seenMs.set(uid, seenMs);
      const isStarted = clock.monotonicMs() - seenMs >= podStartSeconds * 1000;
      if (annotations?.[holdAnnotation] === undefined) continue;
      if (!isStarted && deletionTimestamp === undefined) continue;
      const patch = { metadata: { annotations: { [holdAnnotation]: null } } };
      await cluster.patch(kinds.Pod, { namespace: this.#namespace, name }, patch);
    }
  }
}

async function areReady(
  { cluster }: OperatorCluster,
  primaries: readonly Manifest[],
): Promise<boolean> {
  for (const { metadata } of primaries) {
    const { namespace = "", name } = metadata;
    const live = await cluster.get(psmdb, { namespace, name });
    if (live?.status?.state !== "ready") return false;
  }
  return true;
}

async function hasReplicas(
  { cluster }: OperatorCluster,
  { metadata: { namespace = "", name } }: Manifest,
  replicas: number,
): Promise<boolean> {
  const set = await cluster.get(kinds.StatefulSet, { namespace, name: `${name}-rs0` });
  return set?.spec?.["replicas"] === replicas;
}
