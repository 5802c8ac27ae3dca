// SPDX-License-Identifier: Apache-2.0
// What becomes of pods, as data: which pods, which stages they go through, and how long each takes.
import { arrayAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { controllerOf } from "./owned-objects.js";
import { selects } from "./pod-selector.js";

/** Which pods a rule is for; everything left out matches. */
export interface PodMatch {
  readonly namespace?: string;
  readonly name?: string;
  /** Labels that the pod must have. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Kind of the controller that owns the pod. */
  readonly ownerKind?: string;
  /** Text that the image of one of its containers contains. */
  readonly image?: string;
}

/**
 * A state that a pod can be in: not yet scheduled, waiting on its node, running but not ready, ready,
 * or ended.
 */
export type PodState = "unscheduled" | "waiting" | "running" | "ready" | "succeeded" | "failed";

/** One stage of a pod's life; the pod stays in the last one. */
export interface PodStage {
  readonly become: PodState;
  /** Time by the server's clock that the pod spends in what it was before; 0 when left out. */
  readonly afterMs?: number;
  /** Reason of the container's state (`ImagePullBackOff`, `OOMKilled`); the state's usual one else. */
  readonly reason?: string;
  readonly message?: string;
  /** Exit code of an ended container; 0 for succeeded and 1 for failed when left out. */
  readonly exitCode?: number;
  /** Restarts that the pod's containers have had by then. */
  readonly restarts?: number;
}

/** What becomes of some pods. */
export interface PodRule {
  readonly match?: PodMatch;
  readonly stages: readonly PodStage[];
  /** Time that a deletion takes; `"never"` lets the pod hang in it. 0 when left out. */
  readonly terminationMs?: number | "never";
}

/** Pods of Jobs do their work and end well; all others become ready and stay. */
const builtinRules: readonly PodRule[] = [
  { match: { ownerKind: "Job" }, stages: [{ become: "ready" }, { become: "succeeded" }] },
  { stages: [{ become: "ready" }] },
];

function isFor(match: PodMatch, pod: JsonObject): boolean {
  const { namespace, name, labels, ownerKind, image } = match;
  return (
    (namespace === undefined || namespace === stringAt(pod, "metadata", "namespace")) &&
    (name === undefined || name === stringAt(pod, "metadata", "name")) &&
    (labels === undefined || selects({ matchLabels: labels }, pod)) &&
    (ownerKind === undefined || ownerKind === stringAt(controllerOf(pod), "kind")) &&
    (image === undefined ||
      arrayAt(pod, "spec", "containers").some((container) =>
        stringAt(container, "image")?.includes(image),
      ))
  );
}

/** The rules in force; the latest that matches decides. */
export class PodRules {
  readonly #rules: PodRule[] = [...builtinRules];
  readonly #listeners = new Set<() => void>();

  /**
   * Puts a rule into force, for pods that come and for those that are there. Returns the way back.
   *
   * @example Pods of one Deployment hang, all others become ready
   * ```ts
   * server.pods.add({ match: { labels: { app: "web" } }, stages: [{ become: "waiting" }] });
   * ```
   */
  add(rule: PodRule): () => void {
    this.#rules.unshift(rule);
    this.#tell();
    return () => {
      const index = this.#rules.indexOf(rule);
      if (index >= 0) this.#rules.splice(index, 1);
      this.#tell();
    };
  }

  /** Calls the listener when the rules change. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The rule of a pod. */
  ruleFor(pod: JsonObject): PodRule {
    const rule = this.#rules.find(({ match = {} }) => isFor(match, pod));
    return rule ?? { stages: [{ become: "ready" }] };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
