// SPDX-License-Identifier: Apache-2.0
// The plain object behind withSplitReconcile: wakes lanes, makes passes (stages 4 to 5).
import {
  byFunction,
  compareVersions,
  ConfigurationError,
  kindKey,
  objectKey,
  refKey,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ObjectsApi,
  type PackHooks,
  type ReconcileRequest,
  type Relation,
  type ResourceRef,
  type Result,
  type Runtime,
  type Secondaries,
  type SecondaryKinds,
  type SubReconciler,
  type SubReconcilerHost,
  type Trigger,
  type Wake,
  type Watches,
} from "@haversack/core";
import { changedPaths, concerns } from "./access.js";
import { accessOfParts } from "./declared-access.js";
import { ExclusiveLocks } from "./exclusive.js";
import { explainPrimary, toMermaid } from "./explain.js";
import { inProcess } from "./in-process.js";
import { Pass } from "./pass.js";
import { makePlan, type Part, type Plan } from "./plan.js";
import { shownIn } from "./run.js";
import { PrimaryState, type RunRecord, type SplitContext } from "./primary-state.js";

/** Options of `withSplitReconcile`. */
export interface SplitReconcileOptions {
  /** First part of the field managers. Default: the field manager of the API objects. */
  readonly controller?: string;
  /** Whether undeclared writes fail (`"refuse"`, the default) or are counted and logged. */
  readonly undeclaredWrites?: "refuse" | "count";
  /** The same for reads. Names and fields are hidden only where they are refused. */
  readonly undeclaredReads?: "refuse" | "count";
  /** What reads of another's writes without an order are: a warning (default), or an error. */
  readonly unordered?: "warn" | "refuse";
  /** Whether status, its conditions and `Ready` are written. Default true. */
  readonly status?: boolean;
  /** Default `<group of the primary>/<controller>`; used only when something has a cleanup. */
  readonly finalizer?: string;
  /** Where a sub-reconciler runs, by name. Default: in this process. */
  readonly hosts?: Readonly<Record<string, SubReconcilerHost>>;
  /** Told about every run, with its causes. */
  readonly onRun?: (run: RunRecord) => void;
}

/** What the plain object works on; the mixin takes it from the reconciler. */
export interface SplitReconcileParts<P extends KubernetesObject> {
  readonly primaryKind: Kind<P>;
  readonly objects: ObjectsApi;
  readonly watches?: Watches<P> | undefined;
  readonly secondaries?: Secondaries<P, SecondaryKinds> | undefined;
  /** The name of the one whose declarations may be missing. */
  readonly undeclared?: string | undefined;
}

/** At most so many characters in the name part of a finalizer (API server, qualified names). */
const maxNameLength = 50;

/**
 * Runs sub-reconcilers: those that are due, in order, and no others.
 *
 * `withSplitReconcile` makes one and hangs it on the reconciler; it can be driven by hand too.
 *
 * **API requests:** those of the sub-reconcilers; 1 PATCH for a status that changed; 1 PATCH per
 * primary for the finalizer, if something has a cleanup. **Guarantees:** see {@link withSplitReconcile}.
 *
 * @throws ConfigurationError for declarations that race, loop or name what is not there. Terminal.
 * @example By hand, without a mixin
 * ```ts
 * const split = new SplitReconcile([configMap, workload], { primaryKind: databases, objects });
 * split.hooks.provide?.(createRuntime({ client }));
 * await split.reconcile(request);
 * ```
 */
export class SplitReconcile<P extends KubernetesObject> {
  readonly hooks: PackHooks;
  readonly plan: Plan<P>;
  readonly #of: SplitReconcileParts<P>;
  readonly #options: SplitReconcileOptions;
  readonly #states = new Map<string, PrimaryState<P>>();
  readonly #triggers = new Map<Trigger, Part<P>[]>();
  /** What the watches were given for a declaration; kinds are the same object for all who name them. */
  readonly #made = new Map<object, Trigger>();
  readonly #hasOwnPrimaryTrigger = new Set<Part<P>>();
  #context: SplitContext<P> | undefined;
  #isAttached = false;
  /** While one lane is woken by name, the queue's wake is no news for the others. */
  #isNaming = false;

  constructor(
    declared: readonly SubReconciler<P>[],
    of: SplitReconcileParts<P>,
    options: SplitReconcileOptions = {},
  ) {
    const controller = options.controller ?? of.objects.fieldManager;
    const { primaryKind, undeclared } = of;
    const { unordered } = options;
    this.#of = of;
    this.#options = { ...options, controller };
    this.plan = makePlan(declared, { controller, primaryKind, unordered, undeclared });
    this.hooks = {
      pack: "split-reconcile",
      provide: (runtime) => this.#provide(runtime),
      stop: () => this.#states.clear(),
      access: () => accessOfParts(this.plan.parts, primaryKind),
    };
  }

  /** Makes a pass. Without watches nobody tells what changed, so then everything is due. */
  async reconcile(request: ReconcileRequest<P>): Promise<Result> {
    const context = this.#running();
    const state = this.#stateOf(request.primary, context);
    if (context.watches === undefined) {
      const atMs = context.clock.monotonicMs();
      for (const lane of state.lanes.values()) lane.wake({ source: "reconcile", atMs });
    }
    return new Pass(context, state, request).make();
  }

  /** Forgets a primary that is gone. Its locks run out. */
  onGone(ref: ResourceRef): void {
    const key = objectKey(ref);
    const uid = this.#states.get(key)?.uid;
    if (uid === undefined || ref.uid === undefined || uid === ref.uid) this.#states.delete(key);
  }

  /** Wakes one sub-reconciler of a primary, or all of them. **API requests:** 0. */
  wake(key: ObjectKey, name?: string): void {
    const { clock, watches } = this.#running();
    if (name !== undefined && !this.plan.parts.some((part) => part.name === name))
      throw new ConfigurationError(
        `cannot wake "${name}": it is not in the list. Correct the name.`,
      );
    for (const [part, lane] of this.#states.get(objectKey(key))?.lanes ?? [])
      if (name === undefined || part.name === name)
        lane.wake({ source: "manual", atMs: clock.monotonicMs() }, "manual");
    this.#isNaming = true;
    try {
      watches?.enqueue(key);
    } finally {
      this.#isNaming = false;
    }
  }

  /** The graph with what each did last, why, and when it is due next. **API requests:** 0. */
  explain(key: ObjectKey): string {
    const { clock } = this.#running();
    return explainPrimary(objectKey(key), this.#states.get(objectKey(key)), clock);
  }

  /** The graph as a Mermaid diagram; with the state of one primary, if one is named. */
  mermaid(key?: ObjectKey): string {
    return toMermaid(this.plan, key && this.#states.get(objectKey(key)));
  }

  #stateOf(primary: P, context: SplitContext<P>): PrimaryState<P> {
    const key = objectKey(primary.metadata);
    const known = this.#states.get(key);
    if (known !== undefined && known.uid === primary.metadata.uid) return known;
    const state = new PrimaryState(context, primary);
    this.#states.set(key, state);
    return state;
  }

  #provide(runtime: Runtime): void {
    const { primaryKind, objects, secondaries, watches } = this.#of;
    const { options } = { options: this.#options };
    const { controller = "", status = true, hosts = {} } = options;
    const { undeclaredWrites = "refuse", undeclaredReads = "refuse" } = options;
    const { clock, logger, metrics, random } = runtime;
    const domain = primaryKind.group === "" ? "haversack.dev" : primaryKind.group;
    const ownName = controller.replace(/[^A-Za-z0-9_.-]/g, "-").slice(0, maxNameLength);
    const finalizer = options.finalizer ?? `${domain}/${ownName}`;
    this.#context = {
      ...{ plan: this.plan, controller, primaryKind, finalizer, objects, secondaries, watches },
      ...{ undeclaredWrites, undeclaredReads, writesStatus: status },
      ...{ clock, logger, metrics, random },
      inventoryAnnotation: `${domain}/${ownName}-inventory`,
      hostOf: ({ name }) => (Object.hasOwn(hosts, name) ? hosts[name] : undefined) ?? inProcess,
      locks: new ExclusiveLocks(clock),
      onRun: options.onRun,
      passes: runtime.passes,
    };
    this.#states.clear();
    if (this.#isAttached) return;
    this.#isAttached = true;
    for (const warning of this.plan.warnings) logger.warn(`split reconcile: ${warning}`);
    this.#attach(watches);
  }

  #attach(watches: Watches<P> | undefined): void {
    for (const part of this.plan.parts) {
      for (const declared of part.declared.triggers ?? []) this.#noteTrigger(part, declared);
    }
    if (watches === undefined) {
      if (this.#triggers.size === 0) return;
      throw new ConfigurationError(
        `cannot start the reconciler of ${this.#of.primaryKind.kind}: its sub-reconcilers have triggers ` +
          "and nothing watches for them. Apply withWatches(…) to it.",
      );
    }
    for (const trigger of this.#triggers.keys()) watches.add(trigger);
    watches.onWake((wake) => this.#onWake(wake));
  }

  /** One watch for all who name the same trigger object, or the same kind alone. */
  #noteTrigger(part: Part<P>, declared: Trigger | Kind<KubernetesObject>): void {
    const isBare = "plural" in declared;
    const kind = isBare ? declared : declared.kind;
    const isOwn = kindKey(kind) === kindKey(this.#of.primaryKind);
    if (isOwn) this.#hasOwnPrimaryTrigger.add(part);
    const made = { ...(isOwn ? { by: itself } : {}), ...(isBare ? { kind } : declared) };
    const trigger = this.#made.get(declared) ?? made;
    this.#made.set(declared, trigger);
    this.#triggers.set(trigger, [...(this.#triggers.get(trigger) ?? []), part]);
  }

  #onWake(wake: Wake): number | undefined {
    const state = this.#states.get(objectKey(wake.key));
    const isDeletion = wake.isPrimary && wake.event?.new?.metadata.deletionTimestamp !== undefined;
    if (isDeletion) state?.pass?.abort();
    if (this.#isNaming || this.#context === undefined) return undefined;
    const { event, reason, foreignChange } = wake;
    const isModified = event?.type === "modified";
    const paths = isModified && state !== undefined ? changedPaths(event.old, event.new) : [];
    const atMs = this.#context.clock.monotonicMs();
    const cause = { ...reason, atMs, ...(paths.length === 0 ? {} : { paths }) };
    let priority: number | undefined;
    for (const part of this.plan.parts) {
      const lane = state?.laneOf(part);
      if (this.#isAddressed(part, wake)) {
        priority = Math.max(priority ?? -Infinity, part.declared.priority ?? 0);
        lane?.wake(cause, foreignChange);
      } else if (state !== undefined && this.#isRead(part, wake, state.primary, cause.paths))
        lane?.overhear(reason.ref === undefined ? "" : refKey(reason.ref), cause, (shown) =>
          isShown(wake, shown),
        );
    }
    state?.pass?.offer();
    return priority;
  }

  #isAddressed(part: Part<P>, { trigger, event, isPrimary }: Wake): boolean {
    const addressed = trigger && this.#triggers.get(trigger);
    if (addressed !== undefined) return addressed.includes(part);
    if (event === undefined || part.declared.triggers === undefined)
      return !isPrimary || !this.#hasOwnPrimaryTrigger.has(part);
    return isPrimary && !this.#hasOwnPrimaryTrigger.has(part);
  }

  /**
   * Whether an event that others watch for tells of what a sub-reconciler reads. It needs no trigger
   * for that; one of its own for the kind decides alone.
   */
  #isRead(part: Part<P>, wake: Wake, primary: P, paths: readonly string[] | undefined): boolean {
    const { ref } = wake.reason;
    if (wake.event === undefined || ref === undefined || wake.isPrimary) return false;
    const kind = kindOf(wake);
    return !part.heard.has(kind) && concerns(part.reads, kind, ref.name, primary, paths);
  }

  #running(): SplitContext<P> {
    if (this.#context !== undefined) return this.#context;
    throw new ConfigurationError(
      "cannot reconcile: the reconciler has not started. Start it with startReconciler, or the manager.",
    );
  }
}

function kindOf({ reason: { ref } }: Wake): string {
  return ref === undefined ? "" : kindKey(ref);
}

/** Whether a snapshot has the state that an event tells of, or a later one. */
function isShown({ event, reason }: Wake, shown: Parameters<typeof shownIn>[0]): boolean {
  const object = event?.new ?? event?.old;
  if (shown === undefined || object === undefined || reason.ref === undefined) return false;
  const seen = shownIn(shown, object, reason.ref)?.metadata.resourceVersion;
  const told = event?.new?.metadata.resourceVersion;
  if (told === undefined || seen === undefined) return told === seen;
  const order = compareVersions(seen, told);
  return order === undefined ? seen === told : order >= 0;
}

/** The relation of a primary to itself. */
const itself: Relation = byFunction("itself", ({ metadata: { namespace, name } }) => [
  namespace === undefined ? { name } : { namespace, name },
]);
