// SPDX-License-Identifier: Apache-2.0
// What is remembered of one primary between its passes (stage 4 to 5).
import type {
  Kind,
  KubernetesObject,
  Logger,
  Metrics,
  ObjectKey,
  ObjectsApi,
  PassInterceptor,
  Clock,
  Secondaries,
  SecondaryKinds,
  SubReconcilerHost,
  Watches,
} from "@haversack/core";
import { Breaker } from "./breaker.js";
import type { ExclusiveLocks } from "./exclusive.js";
import { Inventory } from "./inventory.js";
import { Lane, type Cause } from "./lane.js";
import type { Part, Plan } from "./plan.js";
import type { Contribution } from "./status.js";

/** What the passes of one reconciler share. @internal */
export interface SplitContext<P extends KubernetesObject> {
  readonly plan: Plan<P>;
  readonly controller: string;
  readonly primaryKind: Kind<P>;
  readonly finalizer: string;
  readonly inventoryAnnotation: string;
  /** The reconciler's own field manager; sub-reconcilers have theirs. */
  readonly objects: ObjectsApi;
  readonly secondaries: Secondaries<P, SecondaryKinds> | undefined;
  readonly watches: Watches<P> | undefined;
  readonly hostOf: (part: Part<P>) => SubReconcilerHost<P>;
  readonly undeclaredWrites: "refuse" | "count";
  readonly undeclaredReads: "refuse" | "count";
  readonly writesStatus: boolean;
  readonly locks: ExclusiveLocks;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly onRun: ((run: RunRecord) => void) | undefined;
  /** Stands around runs, if anybody does. */
  readonly passes?: PassInterceptor | undefined;
}

/** One run of a sub-reconciler, for traces and for whoever wants to foretell the next. */
export interface RunRecord {
  readonly primary: ObjectKey;
  readonly name: string;
  /** Monotonic. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly outcome: Lane["outcome"];
  readonly causes: readonly Cause[];
  /** Failures in a row before it. */
  readonly attempt: number;
  /** The cron or one-shot time it served: a known time, nothing to foretell. */
  readonly scheduledTime: string | undefined;
  readonly writes: number;
}

/** What may be told to a pass while it lasts. @internal */
export interface PassUnderWay {
  /** The primary is being deleted. */
  abort(): void;
  /** Lanes have been woken; those that disturb nobody may run at once. */
  offer(): void;
}

/**
 * The lanes of one primary, with its status, inventory and breaker. Made at its first pass, with
 * every lane due; dropped when the primary is gone.
 *
 * @internal
 */
export class PrimaryState<P extends KubernetesObject> {
  readonly uid: string | undefined;
  readonly lanes: ReadonlyMap<Part<P>, Lane<P>>;
  readonly contributions: Map<Part<P>, Contribution> = new Map<Part<P>, Contribution>();
  /** Wall time since when something is waited for, by sub-reconciler and condition. */
  readonly waits: Map<string, number> = new Map<string, number>();
  /** Who wrote an object of a role whose names are not declared. */
  readonly roleWriters: Map<string, Part<P>> = new Map<string, Part<P>>();
  readonly breaker: Breaker;
  readonly inventory: Inventory<P>;
  /** The newest state this process knows; moves within a pass. */
  primary: P;
  /** The pass under way. */
  pass: PassUnderWay | undefined;
  isDeleting = false;
  /** Failures in a row of pruning and status, and when they are tried again. */
  settleFailures = 0;
  settleUntilMs: number = -Infinity;

  constructor(context: SplitContext<P>, primary: P) {
    const { plan, clock, objects, primaryKind, logger } = context;
    this.uid = primary.metadata.uid;
    this.primary = primary;
    this.lanes = new Map(plan.parts.map((part) => [part, new Lane(part, clock)]));
    this.breaker = new Breaker(clock);
    this.inventory = new Inventory({
      objects,
      primaryKind,
      logger,
      annotation: context.inventoryAnnotation,
      primary: () => this.primary,
      update: (changed) => (this.primary = changed),
    });
  }

  laneOf(part: Part<P>): Lane<P> {
    const lane = this.lanes.get(part);
    if (lane === undefined) throw new TypeError(`no lane of "${part.name}"`);
    return lane;
  }

  /** Whether a state of the primary asks for nothing that the one known does not. */
  isSameWish(primary: P): boolean {
    return this.uid === primary.metadata.uid && wantedOf(primary) === wantedOf(this.primary);
  }

  /** Takes in the primary of a new pass. */
  observe(primary: P, clock: Clock): void {
    const before = wantedOf(this.primary);
    if (primary.metadata.generation !== this.primary.metadata.generation) this.breaker.reset();
    this.primary = primary;
    if (wantedOf(primary) === before) return;
    for (const { schedule } of this.lanes.values()) schedule.changedAtMs = clock.monotonicMs();
  }

  /** Every lane starts anew, as a cleanup; what held one back holds no longer. */
  beginDeletion(clock: Clock): void {
    if (this.isDeleting) return;
    this.isDeleting = true;
    for (const lane of this.lanes.values()) {
      lane.rest("never");
      lane.wakeWithin({ source: "deletion", atMs: clock.monotonicMs() });
      lane.untilMs = -Infinity;
    }
  }
}

/** What somebody wants of a primary: all but its status and what the server keeps for itself. */
function wantedOf({ metadata }: KubernetesObject): string {
  const { generation, resourceVersion, labels, annotations } = metadata;
  return JSON.stringify([generation ?? resourceVersion, labels, annotations]);
}
