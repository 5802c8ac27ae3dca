// SPDX-License-Identifier: Apache-2.0
// One run of one sub-reconciler: what it is given, and what it does to the rest (stage 5).
import {
  ConfigurationError,
  decideWait,
  kindKey,
  objectKey,
  refKey,
  refOf,
  type Condition,
  type Exclusive,
  type ExclusiveOptions,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ReconcileRequest,
  type SecondaryKinds,
  type SecondarySnapshot,
  type SubRequest,
  type Wait,
  type WaitDeclaration,
  type WaitTimes,
} from "@haversack/core";
import { conditionPath, leafPaths, uncovered, type Written } from "./access.js";
import { RunEndedError, UndeclaredWriteError, type UndeclaredReadError } from "./errors.js";
import { GuardedObjects, type WriteWatch } from "./guarded-objects.js";
import { placeOf } from "./inventory.js";
import type { Lane } from "./lane.js";
import type { PrimaryState, SplitContext } from "./primary-state.js";
import {
  isReadable,
  mayRead,
  readableObject,
  readablePrimary,
  readableSnapshot,
  type Reader,
} from "./readable.js";
import { conditionsOf, mergeFields, statusOf, type Contribution } from "./status.js";

/** What a run is made of. @internal */
export interface RunOptions<P extends KubernetesObject> {
  readonly context: SplitContext<P>;
  readonly state: PrimaryState<P>;
  readonly lane: Lane<P>;
  readonly signal: AbortSignal;
  readonly request: ReconcileRequest<P>;
  /** The primary with the status that the pass is about to write. */
  readonly primary: P;
  readonly snapshot: SecondarySnapshot<SecondaryKinds> | undefined;
  readonly scheduledTime: string | undefined;
}

/**
 * A run: the request handed to a sub-reconciler, and an account of what it did.
 *
 * @internal
 */
export class Run<P extends KubernetesObject> implements WriteWatch<P> {
  readonly request: SubRequest<P>;
  readonly signal: AbortSignal;
  readonly said: Contribution = { fields: {}, conditions: new Map() };
  /** Whether the server told it something that the snapshot may lack. */
  hasAnswers = false;
  /** What it wrote, or may have written, so that those who read it can be found. */
  readonly writes: Written[] = [];
  readonly applied: Set<string> = new Set<string>();
  effectiveWrites = 0;
  hasSetStatus = false;
  isWaiting = false;
  readonly #options: RunOptions<P>;
  readonly #reader: Reader<P>;
  readonly #inFlight = new Set<Promise<unknown>>();
  #hasEnded = false;

  constructor(options: RunOptions<P>) {
    this.#options = options;
    this.signal = options.signal;
    const { context, lane, request, primary, snapshot, scheduledTime, signal } = options;
    const { part } = lane;
    const { plan, primaryKind, secondaries } = context;
    const isStrict = context.undeclaredReads === "refuse";
    const undeclared = (error: UndeclaredReadError): void => this.#undeclaredRead(error);
    const reader = { part, primary, isStrict, undeclared };
    this.#reader = reader;
    const shown = isStrict ? readablePrimary(primary, primaryKind, plan.parts, part) : primary;
    const view = snapshot && readableSnapshot(snapshot, secondaries?.kinds, reader);
    const objects = new GuardedObjects(context.objects.as(part.fieldManager), part, this);
    this.request = Object.freeze({
      ...{ ref: request.ref, primary: shown, signal },
      ...{ attempt: lane.failures, reasons: lane.lastCauses },
      ...{ name: part.name, objects, scheduledTime, waits: this.#waits() },
      get secondaries(): SecondarySnapshot<SecondaryKinds> {
        if (view !== undefined) return view;
        throw new ConfigurationError(
          `"${part.name}" has no secondaries: the reconciler has no secondary index. ` +
            "Apply withSecondaryIndex(…) to it.",
        );
      },
      setStatus: (status: object) => this.setStatus(status),
      setCondition: (condition: Condition) => this.#setCondition(condition),
      waitFor: (wait: WaitDeclaration) => this.#waitFor(wait),
      exclusive: (name: string, how?: ExclusiveOptions) =>
        this.track(() => this.#exclusive(name, how)),
    });
  }

  get primaryKind(): Kind<P> {
    return this.#options.context.primaryKind;
  }

  get finalizer(): string {
    return this.#options.context.finalizer;
  }

  /** The newest state known; what came meanwhile counts when it is the deletion. */
  primary(): P {
    const { context, state } = this.#options;
    const newest = context.watches?.primary(state.primary.metadata);
    const isDeleted = newest?.metadata.deletionTimestamp !== undefined;
    return isDeleted && newest?.metadata.uid === state.uid ? newest : state.primary;
  }

  snapshotVersion(kind: Kind<KubernetesObject>, key: ObjectKey): string | undefined {
    return shownIn(this.#options.snapshot, kind, key)?.metadata.resourceVersion;
  }

  /** Nothing more may be written; resolves when what was sent has been answered. Never rejects. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await Promise.allSettled(this.#inFlight);
  }

  async track<T>(act: () => Promise<T>): Promise<T> {
    const running = act();
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }

  mayWrite(): void {
    if (this.#hasEnded) throw new RunEndedError(this.#options.lane.part.name);
    this.signal.throwIfAborted();
    const { context, lane } = this.#options;
    context.locks.check(lane.part.name, this.#holder);
  }

  undeclared(error: UndeclaredWriteError): void {
    const { context, lane } = this.#options;
    const { controller, metrics, logger, undeclaredWrites } = context;
    lane.counts.undeclaredWrites += 1;
    const labels = { controller, sub_reconciler: lane.part.name };
    metrics.count("haversack_undeclared_writes_total", labels);
    if (undeclaredWrites === "refuse") throw error;
    if (lane.counts.undeclaredWrites === 1) logger.warn(error.message, labels);
  }

  mayRead(kind: Kind<KubernetesObject>, name: string | undefined): void {
    mayRead(kind, name, this.#reader);
  }

  isReadable(kind: Kind<KubernetesObject>, object: KubernetesObject): boolean {
    return isReadable(kind, object, this.#reader);
  }

  readable<T extends KubernetesObject>(kind: Kind<T>, object: T): T {
    return readableObject(kind, object, this.#reader);
  }

  #undeclaredRead(error: UndeclaredReadError): void {
    const { context, lane } = this.#options;
    const { controller, metrics, logger, undeclaredReads } = context;
    lane.counts.undeclaredReads += 1;
    const labels = { controller, sub_reconciler: lane.part.name };
    metrics.count("haversack_undeclared_reads_total", labels);
    if (undeclaredReads === "refuse") throw error;
    if (lane.counts.undeclaredReads === 1) logger.warn(error.message, labels);
  }

  async applying(kind: Kind<KubernetesObject>, key: ObjectKey): Promise<void> {
    const { state, lane } = this.#options;
    this.applied.add(placeOf(kindKey(kind), objectKey(key)));
    this.#checkRole(kind, key);
    if (lane.part.declared.prune === true) await state.inventory.include(lane.part.name, kind, key);
  }

  written(kind: Kind<KubernetesObject>, object: KubernetesObject, paths: readonly string[]): void {
    const { state, lane } = this.#options;
    lane.counts.writes += 1;
    this.effectiveWrites += 1;
    this.maybeWritten(kind, object.metadata.name, paths);
    if (kindKey(kind) === kindKey(this.primaryKind) && object.metadata.uid === state.uid)
      state.primary = object as P;
    state.breaker.note(refOf(kind, object), object, lane.part.fieldManager);
  }

  maybeWritten(kind: Kind<KubernetesObject>, name: string, paths: readonly string[]): void {
    this.hasAnswers = true;
    const whole = paths.length === 0 ? undefined : paths;
    this.writes.push({ kind: kindKey(kind), name, paths: whole });
  }

  /** What it said about the status is news for those that read it. */
  noteStatus(): void {
    const { fields, conditions } = this.said;
    const paths = [...leafPaths({ status: fields }), ...[...conditions.keys()].map(conditionPath)];
    const { name } = this.#options.primary.metadata;
    this.writes.push({ kind: kindKey(this.primaryKind), name, paths });
  }

  answered(): void {
    this.hasAnswers = true;
  }

  deleted(kind: Kind<KubernetesObject>, name: string): void {
    this.#options.lane.counts.writes += 1;
    this.effectiveWrites += 1;
    this.maybeWritten(kind, name, []);
  }

  setStatus(status: object): void {
    const { conditions, ...fields } = status as Record<string, unknown>;
    this.#checkStatus(leafPaths({ status: fields }));
    this.hasSetStatus = true;
    this.said.fields = mergeFields(this.said.fields, fields);
    for (const condition of conditionsOf({ conditions })) this.#setCondition(condition);
  }

  get #holder(): string {
    const { context, lane, request } = this.#options;
    return holderOf(context.controller, lane.part.name, request.primary);
  }

  #setCondition(condition: Condition): void {
    this.#checkStatus([conditionPath(condition.type)]);
    const { generation } = this.#options.primary.metadata;
    const observed = generation === undefined ? {} : { observedGeneration: generation };
    this.said.conditions.set(condition.type, { ...observed, ...condition });
  }

  #checkStatus(paths: readonly string[]): void {
    const { part } = this.#options.lane;
    const { primary } = this.#options;
    const path =
      part.writes &&
      uncovered(part.writes, this.primaryKind, primary.metadata.name, primary, paths);
    if (path === undefined) return;
    const ref = refOf(this.primaryKind, primary);
    this.undeclared(new UndeclaredWriteError(part.name, ref, `${path} is not among its writes`));
  }

  #waitFor(declared: WaitDeclaration): Wait {
    const { state, lane } = this.#options;
    const { wait, condition, sinceMs } = decideWait(declared, this.#waits());
    const id = `${lane.part.name} ${declared.condition}`;
    if (sinceMs === undefined) state.waits.delete(id);
    else state.waits.set(id, sinceMs);
    this.#setCondition(condition);
    if (wait.state === "waiting") this.isWaiting = true;
    return wait;
  }

  /** Times of what it waits for; those of an earlier process stand in the conditions. */
  #waits(): WaitTimes {
    const { state, lane, context, primary } = this.#options;
    const types = conditionsOf(statusOf(primary)).map(({ type }) => type);
    const prefix = `${lane.part.name} `;
    const known = [...state.waits].filter(([id]) => id.startsWith(prefix));
    const sinceMs = new Map(
      types.flatMap((type): [string, number][] => {
        const ms = waitingSince(primary, type);
        return ms === undefined ? [] : [[type, ms]];
      }),
    );
    for (const [id, ms] of known) sinceMs.set(id.slice(prefix.length), ms);
    return { nowMs: context.clock.now(), sinceMs: Object.fromEntries(sinceMs) };
  }

  async #exclusive(name: string, options: ExclusiveOptions = {}): Promise<Exclusive> {
    this.mayWrite();
    const { context, lane, request } = this.#options;
    const { namespace = request.primary.metadata.namespace, leaseSeconds = 60 } = options;
    const asking = {
      holder: this.#holder,
      objects: context.objects.as(lane.part.fieldManager),
      wake: (why: string) => {
        lane.wake({ source: why, atMs: context.clock.monotonicMs() });
        context.watches?.enqueue(request.ref, { source: why });
      },
    };
    const key = namespace === undefined ? { name } : { name, namespace };
    const lock = await context.locks.acquire(asking, key, leaseSeconds);
    if (!lock.isHeld) this.isWaiting = true;
    return lock;
  }

  /** Two roles whose names nobody declared must not turn out to be one object. */
  #checkRole(kind: Kind<KubernetesObject>, key: ObjectKey): void {
    const { state, lane } = this.#options;
    const own = lane.part.writes?.find(({ kind: claimed }) => claimed === kindKey(kind));
    if (own?.role === undefined || own.named !== undefined) return;
    const ref = { group: kind.group, kind: kind.kind, ...key };
    const first = state.roleWriters.get(refKey(ref)) ?? lane.part;
    state.roleWriters.set(refKey(ref), first);
    if (first === lane.part || lane.part.declared.overrides?.includes(first.name) === true) return;
    const why = `"${first.name}" writes the same object under another role`;
    this.undeclared(new UndeclaredWriteError(lane.part.name, ref, why));
  }
}

/** An object as a snapshot shows it. @internal */
export function shownIn(
  snapshot: SecondarySnapshot<SecondaryKinds> | undefined,
  { kind, apiVersion }: { readonly kind?: string; readonly apiVersion?: string },
  key: ObjectKey,
): KubernetesObject | undefined {
  const id = objectKey(key);
  for (const list of Object.values(snapshot ?? {})) {
    const found = list.find(
      (object) =>
        object.kind === kind &&
        object.apiVersion === apiVersion &&
        objectKey(object.metadata) === id,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Who a lock belongs to; the same after a restart. @internal */
export function holderOf(controller: string, name: string, primary: KubernetesObject): string {
  return `${controller}/${name} ${objectKey(primary.metadata)}@${primary.metadata.uid ?? ""}`;
}

/** Since when a condition has said that something is waited for. */
function waitingSince(primary: KubernetesObject, type: string): number | undefined {
  const standing = conditionsOf(statusOf(primary)).find((each) => each.type === type);
  const isWait = standing?.reason === "Waiting" || standing?.reason === "TimedOut";
  if (standing?.status !== "False" || !isWait) return undefined;
  const sinceMs = Date.parse(standing.lastTransitionTime ?? "");
  return Number.isNaN(sinceMs) ? undefined : sinceMs;
}
