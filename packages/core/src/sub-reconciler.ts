// SPDX-License-Identifier: Apache-2.0
// What one part of a split reconcile declares, is given and returns (stage 5: split reconcile).
import type { ObjectsApi, SecondaryKinds, SecondarySnapshot } from "./capabilities.js";
import type { InformerOptions } from "./informers.js";
import type { Kind } from "./kind.js";
import type { Condition, KubernetesObject } from "./kubernetes-object.js";
import type { ReconcileRequest, Result } from "./reconcile.js";
import type { Relation } from "./relation.js";

/** A part of the world that a sub-reconciler reads or writes. A kind alone means all of it. */
export interface AccessDeclaration {
  readonly kind: Kind<KubernetesObject>;
  /** Which of several objects of the kind, such as `"config"`; absent means all. */
  readonly role?: string;
  /** Which names belong to the role; without it the role is trusted until two writers meet. */
  readonly named?: (name: string, primary: KubernetesObject) => boolean;
  /** Dotted field paths, such as `spec.replicas`; `*` is any one key; absent: the whole object. */
  readonly paths?: readonly string[];
  /** Types of `status.conditions`; they count as paths. */
  readonly conditions?: readonly string[];
  /** Among `reads`, false: it is looked at, and a change of it is no reason to run. Default true. */
  readonly wakes?: boolean;
}

/** What may stand in `reads` and `writes`. */
export type Access = AccessDeclaration | Kind<KubernetesObject>;

/** One kind whose events wake a sub-reconciler; what `watch(kind, …)` of the watches pack returns. */
export interface Trigger extends Omit<InformerOptions, "wantedBy"> {
  readonly kind: Kind<KubernetesObject>;
  /** How an object leads to its primaries. Default: its controller reference; itself for a primary. */
  readonly by?: Relation | readonly Relation[] | undefined;
  /** A predicate of the watches pack, or a function of the event. Default: every event. */
  readonly when?: { readonly name: string } | undefined;
}

/** When a sub-reconciler is due although nothing happened. Known times are never predicted. */
export type Schedule<P extends KubernetesObject = KubernetesObject> =
  /** Again and again, counted from the end of the last run. */
  | {
      readonly everyMs: number;
      /** Part of the interval that is random, 0 to 1, so that restarts spread. Default 0.05. */
      readonly jitter?: number;
    }
  /** At the times of a cron expression. */
  | {
      readonly cron: string;
      /** IANA name. Default `UTC`. */
      readonly timeZone?: string;
      /** What becomes of times missed while nothing ran: all of them once, or none. Default `"one"`. */
      readonly catchUp?: "one" | "skip";
      /**
       * The last time that was served, as RFC 3339 text, read from the world; so that times missed
       * during a restart are known; `undefined` counts from the primary's creation on. Without this
       * function times count from the first pass of this process on.
       */
      lastTime?(primary: P): string | undefined;
    }
  /** Once, when the primary has not changed for so long. */
  | { readonly idleMs: number }
  /** Once, at a time worked out from the primary, as RFC 3339 text. */
  | { atTime(primary: P): string | undefined };

/** Delays after failures of one sub-reconciler. */
export interface RetryDeclaration {
  /** Default 5 ms. */
  readonly initialMs?: number;
  /** Default 1,000,000 ms. */
  readonly maxMs?: number;
}

/** What a sub-reconciler waits for; it returns instead of holding a worker. */
export interface WaitDeclaration {
  /** Type of the condition that shows the wait, such as `PodsReady`. */
  readonly condition: string;
  readonly isMet: boolean;
  /** Counted from the first time it was not met; survives a restart. */
  readonly timeoutMs: number;
  /** What is missing, for people. */
  readonly message?: string;
}

/** Where a wait stands. */
export interface Wait {
  readonly state: "met" | "waiting" | "timed-out";
  /** To be returned while waiting: wakes on the event or on the timeout, whichever is first. */
  readonly result: Result;
}

/** What a wait is decided by: the same in this process and elsewhere. */
export interface WaitTimes {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Since when each condition has been waited for, by its type. */
  readonly sinceMs: Readonly<Record<string, number>>;
}

/** How an exclusive lock is taken. */
export interface ExclusiveOptions {
  /** Where its Lease lives. Default: the primary's namespace. */
  readonly namespace?: string;
  /** How long it stays held without being renewed. Default 60; renewed by itself while held. */
  readonly leaseSeconds?: number;
}

/** The outcome of asking for an exclusive lock. */
export interface Exclusive {
  readonly isHeld: boolean;
  /** Who has it, for people. */
  readonly holder: string;
  /** To be returned while another holds it. */
  readonly result: Result;
  /** Gives it back. **API requests:** 1 DELETE, or 0 when it was not held. Idempotent. */
  release(): Promise<void>;
}

/** One run of one sub-reconciler. */
export interface SubRequest<
  P extends KubernetesObject = KubernetesObject,
  K extends SecondaryKinds = SecondaryKinds,
> extends ReconcileRequest<P> {
  /** Its own name. */
  readonly name: string;
  /** Writes under its own field manager, and only what it declared. */
  readonly objects: ObjectsApi;
  /**
   * The secondaries as of the start of the pass, with the writes of those it comes after.
   *
   * @throws ConfigurationError without a secondary index.
   */
  readonly secondaries: SecondarySnapshot<K>;
  /** The time of a cron or one-shot schedule that this run serves, as RFC 3339 text. */
  readonly scheduledTime: string | undefined;
  readonly waits: WaitTimes;
  /** Adds to the status that the pass writes at its end. Only declared paths. **API requests:** 0. */
  setStatus(status: object): void;
  /** Sets a condition it declared. **API requests:** 0. */
  setCondition(condition: Condition): void;
  /** Shows a wait as a condition and says how it stands. **API requests:** 0. */
  waitFor(wait: WaitDeclaration): Wait;
  /** Takes a named lock that one holder has at a time. **API requests:** 1 GET and 1 write; 0 while held. */
  exclusive(name: string, options?: ExclusiveOptions): Promise<Exclusive>;
}

/** One part of a split reconcile, with its own triggers, backoff and schedule. */
export interface SubReconciler<
  P extends KubernetesObject = KubernetesObject,
  K extends SecondaryKinds = SecondaryKinds,
> {
  /** Lower-case letters, digits and dashes; part of its field manager. */
  readonly name: string;
  /**
   * What wakes it besides the primary. Absent: whatever wakes the reconciler. A trigger on the
   * primary's kind replaces the reconciler's own predicate for it.
   */
  readonly triggers?: readonly (Trigger | Kind<KubernetesObject>)[];
  readonly reads?: readonly Access[];
  readonly writes?: readonly Access[];
  /** Names of the sub-reconcilers that must have run before, and be ready. */
  readonly after?: readonly string[];
  /**
   * Names of those that have their turn before it: it sees what they wrote, and runs whatever became
   * of them. For what gates itself on what it reads, and for what reports on the others.
   */
  readonly follows?: readonly string[];
  /** Names of those before it whose writes it may write over. */
  readonly overrides?: readonly string[];
  readonly schedule?: Schedule<P> | readonly Schedule<P>[];
  readonly retry?: RetryDeclaration;
  /** Rank among those that are due, and in the work queue. Default 0; higher is sooner. */
  readonly priority?: number;
  /** Default `<controller>/<name>`; another one keeps ownership when a part moves here. */
  readonly fieldManager?: string;
  /** Whether what it once applied and no longer applies is deleted. Default false. */
  readonly prune?: boolean;
  /** What becomes of its pruned secondaries while `when` says no. Default `"remove"`. */
  readonly inactive?: "keep" | "remove";
  /**
   * Finalizers that users put on the primary and that its cleanup serves; without one of them on the
   * primary there is nothing to clean up. Each goes when every cleanup that serves it is done.
   */
  readonly finalizers?: readonly string[];
  /** Whether `reconcile` goes on while the primary is being deleted, to report on it. */
  readonly untilGone?: boolean;
  /** Whether it takes part for this primary. */
  when?(primary: P): boolean;
  /** Whether those after it may run. Default: when its last run succeeded. */
  ready?(request: Pick<SubRequest<P, K>, "primary" | "secondaries">): boolean;
  reconcile(request: SubRequest<P, K>): Promise<Result | void>;
  /** Undoes what `reconcile` did, before the primary goes; `requeue` means: not finished. */
  cleanup?(request: SubRequest<P, K>): Promise<Result | void>;
}

/**
 * Runs sub-reconcilers somewhere: in this process, in a sandbox, elsewhere. Where each runs is
 * configuration; what it may do is the same everywhere, for it acts through the request alone.
 *
 * A host in another process, or in a sandbox, sends the run as messages: see `openRun`.
 */
export interface SubReconcilerHost<P extends KubernetesObject = KubernetesObject> {
  run(
    subReconciler: SubReconciler<P>,
    phase: "reconcile" | "cleanup",
    request: SubRequest<P>,
  ): Promise<Result | void>;
}
