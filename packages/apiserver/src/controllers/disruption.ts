// SPDX-License-Identifier: Apache-2.0
// The status of PodDisruptionBudgets: how many of the pods that they cover may go at this moment.
import { secondsTime } from "../clock.js";
import { getIn, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { keyOf } from "../store/object-store.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller } from "./controller.js";
import { controllerOf, isFinished, isHealthy } from "./owned-objects.js";
import { selects } from "./pod-selector.js";
import { withConditions } from "./namespace-lifecycle.js";

/** Shelf of PodDisruptionBudgets. */
export const budgetKey = "poddisruptionbudgets.policy";

const scaledKinds: Readonly<Record<string, string>> = {
  ReplicaSet: "replicasets.apps",
  StatefulSet: "statefulsets.apps",
};

/** The disruption controller. */
export class DisruptionController implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #queue = new Set<string>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kube-controller-manager");
  }

  observe(storageKey: string, { key, object, previous }: LogEntry): void {
    if (storageKey === budgetKey) this.#queue.add(key);
    if (storageKey !== "pods") return;
    for (const budget of this.#core.store.list(budgetKey, splitKey(key).namespace)) {
      const selector = getIn(budget.value, "spec", "selector");
      const isConcerned =
        selects(selector, object.value) ||
        (previous !== undefined && selects(selector, previous.value));
      if (isConcerned) this.#queue.add(budget.key);
    }
  }

  step(): boolean {
    let worked = false;
    for (const key of this.#queue) {
      this.#queue.delete(key);
      const budget = this.#client.get({ storageKey: budgetKey, key });
      if (budget === undefined) continue;
      worked = this.#report(key, budget) || worked;
    }
    return worked;
  }

  #report(key: string, budget: JsonObject): boolean {
    const { namespace = "" } = splitKey(key);
    const pods = this.#core.store
      .list("pods", namespace)
      .map(({ value }) => value)
      .filter((pod) => selects(getIn(budget, "spec", "selector"), pod) && !isFinished(pod));
    const expectedPods = this.#expected(namespace, pods);
    const desiredHealthy = desiredOf(budget, expectedPods);
    const currentHealthy = pods.filter(isHealthy).length;
    const spare = Math.max(0, currentHealthy - desiredHealthy);
    const disruptionsAllowed = expectedPods > 0 ? spare : 0;
    const condition: JsonObject = {
      type: "DisruptionAllowed",
      status: disruptionsAllowed > 0 ? "True" : "False",
      reason: disruptionsAllowed > 0 ? "SufficientPods" : "InsufficientPods",
      message: "",
      observedGeneration: getIn(budget, "metadata", "generation"),
      lastTransitionTime: secondsTime(this.#core.clock.nowMs()),
    };
    return this.#client.update({ storageKey: budgetKey, key }, "status", (live) => {
      const status = {
        ...objectAt(live, "status"),
        observedGeneration: getIn(live, "metadata", "generation"),
        disruptionsAllowed,
        currentHealthy,
        desiredHealthy,
        expectedPods,
      };
      return withConditions({ ...live, status }, [condition]);
    });
  }

  /** How many pods their controllers want; pods without one count themselves. */
  #expected(namespace: string, pods: readonly JsonObject[]): number {
    const owners = new Map<string, number>();
    let alone = 0;
    for (const pod of pods) {
      const owner = controllerOf(pod);
      const storageKey = scaledKinds[stringAt(owner, "kind") ?? ""];
      const uid = stringAt(owner, "uid");
      const found =
        storageKey === undefined
          ? undefined
          : this.#core.store.get(storageKey, keyOf(namespace, stringAt(owner, "name") ?? ""));
      if (found === undefined || uid === undefined) alone += 1;
      else owners.set(uid, Number(getIn(found.value, "spec", "replicas") ?? 1));
    }
    return [...owners.values()].reduce((sum, replicas) => sum + replicas, alone);
  }
}

/** How many pods have to be healthy. Percentages round up. */
function desiredOf(budget: JsonObject, expected: number): number {
  const amount = (value: unknown): number => {
    const percent = /^(\d+)%$/.exec(String(value))?.[1];
    return percent === undefined ? Number(value) : Math.ceil((Number(percent) * expected) / 100);
  };
  const maxUnavailable = getIn(budget, "spec", "maxUnavailable");
  if (maxUnavailable !== undefined) return Math.max(0, expected - amount(maxUnavailable));
  const minAvailable = getIn(budget, "spec", "minAvailable");
  // A budget that says nothing allows one pod to be away.
  return minAvailable === undefined ? Math.max(0, expected - 1) : amount(minAvailable);
}
