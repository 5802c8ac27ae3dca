// SPDX-License-Identifier: Apache-2.0
// What a sub-reconciler writes through: its own field manager, and only what it declared (stage 6: writes).
import {
  ConfigurationError,
  hasCode,
  refKey,
  refOf,
  type Draft,
  type EventNote,
  type Kind,
  type KubernetesObject,
  type ListOptions,
  type ObjectKey,
  type ObjectsApi,
  type ResourceRef,
  type WriteOptions,
  type WriteResult,
} from "@haversack/core";
import { changedPaths, leafPaths, uncovered } from "./access.js";
import { CreationRefusedError, UndeclaredWriteError } from "./errors.js";
import type { Part } from "./plan.js";

/** What the engine does before and after the writes of one run. @internal */
export interface WriteWatch<P extends KubernetesObject> {
  readonly primaryKind: Kind<P>;
  /** The finalizer that only the engine removes. */
  readonly finalizer: string;
  readonly signal: AbortSignal;
  /** The newest state known. */
  primary(): P;
  /** Version of an object in the snapshot that the run decides on. */
  snapshotVersion(kind: Kind<KubernetesObject>, key: ObjectKey): string | undefined;
  /** Keeps the run from ending before this has. */
  track<T>(act: () => Promise<T>): Promise<T>;
  /** @throws when the run may not write any more. */
  mayWrite(): void;
  /** Asks before something is read. @param name `undefined` for a list. @throws when it is refused. */
  mayRead(kind: Kind<KubernetesObject>, name: string | undefined): void;
  isReadable(kind: Kind<KubernetesObject>, object: KubernetesObject): boolean;
  /** An object with what was declared of it. */
  readable<T extends KubernetesObject>(kind: Kind<T>, object: T): T;
  /** A write outside the declaration. @throws when it is refused. */
  undeclared(error: UndeclaredWriteError): void;
  /** An object is about to be applied or created. */
  applying(kind: Kind<KubernetesObject>, key: ObjectKey): Promise<void>;
  /** Something was written that changed something. */
  written(kind: Kind<KubernetesObject>, object: KubernetesObject, paths: readonly string[]): void;
  /** A write that failed in a way that leaves open whether it happened. */
  maybeWritten(kind: Kind<KubernetesObject>, name: string, paths: readonly string[]): void;
  /** The server told the state of an object, which the snapshot may lack. */
  answered(): void;
  deleted(kind: Kind<KubernetesObject>, name: string): void;
  /** Takes a part of the primary's status; the pass writes it at its end. */
  setStatus(status: object): void;
}

/** Answers that say that nothing was written. */
const refusals = [
  ...["EXP_CONFLICT", "EXP_ALREADY_EXISTS", "EXP_NOT_FOUND", "EXP_INVALID", "EXP_FORBIDDEN"],
  ...["EXP_UNAUTHORIZED", "EXP_THROTTLED", "EXP_FIELD_FIGHT", "EXP_OWNERSHIP"],
];

/**
 * The objects API of one run.
 *
 * **Guarantees:** refuses (or counts) reads and writes outside the declaration; every write carries the
 * version of the object it was computed from, where the run has seen one; nothing is created once
 * the primary is being deleted. **API requests:** as the API it wraps; while the primary is being
 * deleted 1 GET more per apply.
 *
 * @internal
 */
export class GuardedObjects<P extends KubernetesObject> implements ObjectsApi {
  readonly fieldManager: string;
  readonly #api: ObjectsApi;
  readonly #part: Part<P>;
  readonly #watch: WriteWatch<P>;
  readonly #seen = new Map<string, string | undefined>();

  constructor(api: ObjectsApi, part: Part<P>, watch: WriteWatch<P>) {
    this.#api = api;
    this.#part = part;
    this.#watch = watch;
    this.fieldManager = api.fieldManager;
  }

  /** @throws {@link ConfigurationError}: a sub-reconciler has one field manager. */
  as(fieldManager: string): ObjectsApi {
    if (fieldManager === this.fieldManager) return this;
    throw new ConfigurationError(
      `"${this.#part.name}" cannot write as ${fieldManager}: it has a field manager of its own. ` +
        "Set fieldManager in its declaration.",
    );
  }

  async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined> {
    this.#watch.mayRead(kind, key.name);
    const object = await this.#api.get(kind, key);
    return object && this.#shown(kind, object);
  }

  async mustGet<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T> {
    this.#watch.mayRead(kind, key.name);
    return this.#shown(kind, await this.#api.mustGet(kind, key));
  }

  async list<T extends KubernetesObject>(
    kind: Kind<T>,
    options?: ListOptions,
  ): Promise<readonly T[]> {
    this.#watch.mayRead(kind, undefined);
    const objects = await this.#api.list(kind, options);
    return objects
      .filter((object) => this.#watch.isReadable(kind, object))
      .map((object) => this.#shown(kind, object));
  }

  #shown<T extends KubernetesObject>(kind: Kind<T>, object: T): T {
    this.#see(kind, object);
    return this.#watch.readable(kind, object);
  }

  apply<T extends KubernetesObject>(
    kind: Kind<T>,
    desired: T,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return this.#watch.track(async () => {
      const { metadata } = desired;
      const paths = this.#check(kind, metadata, () => leafPaths(desired));
      await this.#beforeCreation(kind, metadata, true);
      const guarded = this.#guard(kind, metadata, undefined, options);
      return this.#note(
        kind,
        paths,
        await this.#send(kind, metadata.name, paths, () => this.#api.apply(kind, desired, guarded)),
      );
    });
  }

  applyStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    status: unknown,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return this.#watch.track(async () => {
      if (this.#isPrimary(kind, object)) {
        this.#watch.setStatus(status as object);
        return { object, outcome: "unchanged", requests: 0 };
      }
      const paths = this.#check(kind, object.metadata, () => leafPaths({ status }));
      const guarded = this.#guard(kind, object.metadata, object, options);
      return this.#note(
        kind,
        paths,
        await this.#send(kind, object.metadata.name, paths, () =>
          this.#api.applyStatus(kind, object, status, guarded),
        ),
      );
    });
  }

  create<T extends KubernetesObject>(
    kind: Kind<T>,
    draft: Draft<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#watch.track(async () => {
      const { name = draft.metadata.generateName ?? "", namespace } = draft.metadata;
      const paths = this.#check(kind, { name, namespace }, undefined);
      await this.#beforeCreation(kind, { name, namespace }, false);
      const send = (): Promise<T> => this.#api.create(kind, draft, this.#withSignal(options));
      const object = await this.#send(kind, name, paths, send);
      return this.#note(kind, paths, { object, outcome: "created", requests: 1 }).object;
    });
  }

  mergePatch<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    patch: object,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return this.#watch.track(async () => {
      const paths = this.#check(kind, object.metadata, () => leafPaths(patch));
      const guarded = this.#guard(kind, object.metadata, object, options);
      return this.#note(
        kind,
        paths,
        await this.#send(kind, object.metadata.name, paths, () =>
          this.#api.mergePatch(kind, object, patch, guarded),
        ),
      );
    });
  }

  jsonPatch<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    changed: T,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return this.#watch.track(async () => {
      const paths = this.#check(kind, object.metadata, () =>
        changedPaths(object, changed, Infinity),
      );
      const guarded = this.#guard(kind, object.metadata, object, options);
      return this.#note(
        kind,
        paths,
        await this.#send(kind, object.metadata.name, paths, () =>
          this.#api.jsonPatch(kind, object, changed, guarded),
        ),
      );
    });
  }

  delete<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    options: Parameters<ObjectsApi["delete"]>[2] = {},
  ): Promise<void> {
    return this.#watch.track(async () => {
      this.#check(kind, object.metadata, undefined);
      const { resourceVersion } = this.#guard(kind, object.metadata, object, options);
      const guard = resourceVersion === undefined ? {} : { resourceVersion };
      const send = (): Promise<void> => this.#api.delete(kind, object, { ...options, ...guard });
      await this.#send(kind, object.metadata.name, [], send);
      this.#watch.deleted(kind, object.metadata.name);
    });
  }

  addFinalizer<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    finalizer: string,
  ): Promise<T> {
    const change = (): Promise<T> => this.#api.addFinalizer(kind, object, finalizer);
    return this.#watch.track(() => this.#changeFinalizer(kind, object, finalizer, change));
  }

  removeFinalizer<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    finalizer: string,
  ): Promise<T | undefined> {
    const change = (): Promise<T | undefined> => this.#api.removeFinalizer(kind, object, finalizer);
    return this.#watch.track(() => this.#changeFinalizer(kind, object, finalizer, change));
  }

  event(kind: Kind<KubernetesObject>, regarding: KubernetesObject, note: EventNote): Promise<void> {
    this.#watch.mayWrite();
    return this.#api.event(kind, regarding, note);
  }

  async #changeFinalizer<T extends KubernetesObject, R extends T | undefined>(
    kind: Kind<T>,
    object: T,
    finalizer: string,
    change: () => Promise<R>,
  ): Promise<R> {
    const paths = this.#check(kind, object.metadata, () => ["metadata.finalizers"]);
    if (finalizer === this.#watch.finalizer && this.#isPrimary(kind, object)) {
      const why = `its finalizer ${finalizer} goes when every cleanup is done`;
      throw new UndeclaredWriteError(this.#part.name, refOf(kind, object), why);
    }
    const after = await this.#send(kind, object.metadata.name, paths, change);
    if (after !== undefined && after.metadata.resourceVersion !== object.metadata.resourceVersion)
      this.#note(kind, paths, { object: after, outcome: "updated", requests: 1 });
    return after;
  }

  /** Sends a write. Whether one without an answer happened nobody knows: then it may have. */
  async #send<R>(
    kind: Kind<KubernetesObject>,
    name: string,
    paths: readonly string[],
    send: () => Promise<R>,
  ): Promise<R> {
    try {
      return await send();
    } catch (error) {
      if (!hasCode(error, ...refusals)) this.#watch.maybeWritten(kind, name, paths);
      throw error;
    }
  }

  /** @param pathsOf `undefined`: the object as such is created or deleted. */
  #check(
    kind: Kind<KubernetesObject>,
    key: ObjectKey,
    pathsOf: (() => readonly string[]) | undefined,
  ): readonly string[] {
    this.#watch.mayWrite();
    const { writes, name } = this.#part;
    const paths = pathsOf?.();
    const path = writes && uncovered(writes, kind, key.name, this.#watch.primary(), paths);
    if (path !== undefined) {
      const why = `${path} is not among its writes`;
      this.#watch.undeclared(new UndeclaredWriteError(name, this.#ref(kind, key), why));
    }
    return paths ?? [];
  }

  /** @param mayExist Whether it is an apply, which may be of something that is there already. */
  async #beforeCreation(
    kind: Kind<KubernetesObject>,
    key: ObjectKey,
    mayExist: boolean,
  ): Promise<void> {
    if (this.#watch.primary().metadata.deletionTimestamp === undefined) {
      await this.#watch.applying(kind, key);
      this.#watch.mayWrite(); // That may have taken a request's time, and the deletion have come.
      return;
    }
    // Its version goes into the apply, which then fails if the object goes in between.
    const live = mayExist ? await this.#api.get(kind, key) : undefined;
    if (live === undefined) throw new CreationRefusedError(this.#part.name, this.#ref(kind, key));
    this.#see(kind, live);
    this.#watch.mayWrite();
  }

  #guard<O extends { readonly resourceVersion?: string }>(
    kind: Kind<KubernetesObject>,
    key: ObjectKey,
    object: KubernetesObject | undefined,
    options: O,
  ): O & WriteOptions {
    const id = refKey(this.#ref(kind, key));
    const version = this.#seen.has(id)
      ? this.#seen.get(id)
      : (object?.metadata.resourceVersion ?? this.#watch.snapshotVersion(kind, key));
    return {
      ...(version === undefined ? {} : { resourceVersion: version }),
      ...this.#withSignal(options),
    };
  }

  #withSignal<O extends object>(options: O): O & WriteOptions {
    return { signal: this.#watch.signal, ...options };
  }

  #see(kind: Kind<KubernetesObject>, object: KubernetesObject): void {
    this.#seen.set(refKey(refOf(kind, object)), object.metadata.resourceVersion);
  }

  #note<T extends KubernetesObject>(
    kind: Kind<T>,
    paths: readonly string[],
    result: WriteResult<T>,
  ): WriteResult<T> {
    this.#see(kind, result.object);
    if (result.requests > 0) this.#watch.answered();
    if (result.outcome !== "unchanged") this.#watch.written(kind, result.object, paths);
    return result;
  }

  #isPrimary(kind: Kind<KubernetesObject>, object: KubernetesObject): boolean {
    const own = refOf(this.#watch.primaryKind, this.#watch.primary());
    return refKey(refOf(kind, object)) === refKey(own);
  }

  #ref(kind: Kind<KubernetesObject>, { namespace, name }: ObjectKey): ResourceRef {
    const at = namespace === undefined ? {} : { namespace };
    return { group: kind.group, kind: kind.kind, ...at, name };
  }
}
