// SPDX-License-Identifier: Apache-2.0
// A cluster small enough to be run ten thousand times: objects, owners of fields, versions, events.
import {
  ConflictError,
  AlreadyExistsError,
  NotFoundError,
  kindKey,
  objectKey,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type WatchEvent,
} from "@haversack/core";
import { leafPaths } from "../src/access.js";

/** One effective write, for oracles that do not believe the engine. */
export interface LoggedWrite {
  readonly op: "apply" | "create" | "patch" | "status" | "delete" | "finalizer";
  readonly kind: string;
  readonly key: string;
  readonly manager: string;
  readonly paths: readonly string[];
}

/** An event on its way to the cache. */
export interface Delivery {
  readonly kind: Kind<KubernetesObject>;
  readonly event: WatchEvent;
}

interface Stored {
  readonly kind: Kind<KubernetesObject>;
  object: KubernetesObject;
  readonly owners: Map<string, Set<string>>;
}

type Json = Record<string, unknown>;

/** Objects and what was done to them. Everything is synchronous: one call is one transaction. */
export class World {
  readonly stored = new Map<string, Stored>();
  readonly log: LoggedWrite[] = [];
  /** Told of every change, in order. */
  onEvent: (delivery: Delivery) => void = () => undefined;
  now: () => number = () => 0;
  #version = 100;
  #uids = 0;

  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): T | undefined {
    return this.stored.get(idOf(kind, key))?.object as T | undefined;
  }

  all(): readonly { readonly kind: Kind<KubernetesObject>; readonly object: KubernetesObject }[] {
    return [...this.stored.values()];
  }

  create(
    kind: Kind<KubernetesObject>,
    object: KubernetesObject,
    manager: string,
  ): KubernetesObject {
    const id = idOf(kind, object.metadata);
    if (this.stored.has(id))
      throw new AlreadyExistsError("EXP_ALREADY_EXISTS", `${id} exists`, "backoff", 409);
    const metadata = { ...object.metadata, uid: `u${++this.#uids}`, generation: 1 };
    const { apiVersion, kind: kindName } = kind;
    const entry: Stored = {
      kind,
      object: { ...object, apiVersion, kind: kindName },
      owners: new Map(),
    };
    entry.owners.set(manager, new Set(leafPaths(object)));
    this.stored.set(id, entry);
    const made = this.#commit(
      entry,
      { ...entry.object, metadata },
      undefined,
      "create",
      manager,
      [],
    );
    this.#collect(entry);
    return made;
  }

  /** As the garbage collector does with what names an owner that is not there. */
  #collect(entry: Stored): void {
    const uids = new Set([...this.stored.values()].map(({ object }) => object.metadata.uid));
    const owners = entry.object.metadata.ownerReferences ?? [];
    if (owners.length > 0 && !owners.some(({ uid }) => uids.has(uid)))
      this.#remove(entry, "garbage-collector");
  }

  /** Server-side apply, forced. */
  apply(
    kind: Kind<KubernetesObject>,
    desired: KubernetesObject,
    manager: string,
    version?: string,
    part?: "status",
  ): { object: KubernetesObject; outcome: "created" | "updated" | "unchanged" } {
    const entry = this.stored.get(idOf(kind, desired.metadata));
    if (entry === undefined) {
      if (version !== undefined || part !== undefined)
        throw new ConflictError("EXP_CONFLICT", "it is gone", "backoff", 409);
      return { object: this.create(kind, desired, manager), outcome: "created" };
    }
    this.#checkVersion(entry, version);
    const { uid } = desired.metadata;
    if (uid !== undefined && uid !== entry.object.metadata.uid)
      throw new ConflictError("EXP_CONFLICT", "it is another object by now", "backoff", 409);
    const slot = part === undefined ? manager : `${manager} ${part}`;
    const paths = new Set(leafPaths(desired));
    const before = entry.object;
    let after = before as unknown as Json;
    for (const path of entry.owners.get(slot) ?? []) {
      const isShared = [...entry.owners].some(([other, own]) => other !== slot && own.has(path));
      if (!paths.has(path) && !isShared) after = without(after, path.split("."));
    }
    for (const path of paths) after = withValue(after, split(path), at(desired, split(path)));
    entry.owners.set(slot, paths);
    const references = desired.metadata.ownerReferences;
    if (references !== undefined)
      after = withValue(after, ["metadata", "ownerReferences"], references);
    const op = part ?? "apply";
    const object = this.#commit(entry, after as never, before, op, manager, [...paths]);
    return { object, outcome: object === before ? "unchanged" : "updated" };
  }

  /** A merge patch. */
  patch(
    kind: Kind<KubernetesObject>,
    key: KubernetesObject["metadata"],
    patch: object,
    manager: string,
    version?: string,
    op: LoggedWrite["op"] = "patch",
  ): KubernetesObject {
    const entry = this.stored.get(idOf(kind, key));
    const isOther = key.uid !== undefined && entry?.object.metadata.uid !== key.uid;
    if (entry === undefined || isOther)
      throw new NotFoundError("EXP_NOT_FOUND", `${objectKey(key)} is gone`, "backoff", 404);
    this.#checkVersion(entry, version);
    const before = entry.object;
    const after = merged(before as unknown as Json, patch as Json) as unknown as KubernetesObject;
    return this.#commit(entry, after, before, op, manager, leafPaths(patch));
  }

  delete(
    kind: Kind<KubernetesObject>,
    key: KubernetesObject["metadata"],
    manager: string,
    version?: string,
  ): void {
    const entry = this.stored.get(idOf(kind, key));
    if (entry === undefined || (key.uid !== undefined && entry.object.metadata.uid !== key.uid))
      return;
    this.#checkVersion(entry, version);
    const { object } = entry;
    if ((object.metadata.finalizers ?? []).length > 0) {
      if (object.metadata.deletionTimestamp !== undefined) return;
      const deletionTimestamp = new Date(this.now()).toISOString();
      const generation = (object.metadata.generation ?? 0) + 1;
      const metadata = { ...object.metadata, deletionTimestamp, generation };
      this.#commit(entry, { ...object, metadata }, object, "delete", manager, []);
      return;
    }
    this.#remove(entry, manager);
  }

  #remove(entry: Stored, manager: string): void {
    const { kind, object } = entry;
    this.stored.delete(idOf(kind, object.metadata));
    this.#log("delete", kind, object.metadata, manager, []);
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: this.#next() } };
    this.#tell(kind, { type: "deleted", old: gone, new: undefined });
    for (const each of [...this.stored.values()])
      if (
        each.object.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid) ===
        true
      )
        this.#remove(each, "garbage-collector");
  }

  #commit(
    entry: Stored,
    after: KubernetesObject,
    before: KubernetesObject | undefined,
    op: LoggedWrite["op"],
    manager: string,
    paths: readonly string[],
  ): KubernetesObject {
    const { kind } = entry;
    if (before !== undefined && JSON.stringify(after) === JSON.stringify(before)) return before;
    const isSpec =
      before !== undefined &&
      JSON.stringify(at(before, ["spec"])) !== JSON.stringify(at(after, ["spec"]));
    const generation = (after.metadata.generation ?? 0) + (isSpec ? 1 : 0);
    const metadata = { ...after.metadata, generation, resourceVersion: this.#next() };
    entry.object = freeze({ ...after, metadata });
    this.#log(op, kind, metadata, manager, paths);
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
      this.#remove(entry, "server");
      return entry.object;
    }
    const type = before === undefined ? "added" : "modified";
    this.#tell(kind, { type, old: before, new: entry.object });
    return entry.object;
  }

  #checkVersion(entry: Stored, version: string | undefined): void {
    if (version === undefined || entry.object.metadata.resourceVersion === version) return;
    throw new ConflictError("EXP_CONFLICT", "the object has changed", "backoff", 409);
  }

  #log(
    op: LoggedWrite["op"],
    kind: Kind<KubernetesObject>,
    key: ObjectKey,
    manager: string,
    paths: readonly string[],
  ): void {
    this.log.push({ op, kind: kindKey(kind), key: objectKey(key), manager, paths });
  }

  #tell(kind: Kind<KubernetesObject>, event: Pick<WatchEvent, "type" | "old" | "new">): void {
    const flags = { isInitial: false, isRelist: false, isResync: false, synthetic: false };
    this.onEvent({ kind, event: { ...event, ...flags } });
  }

  #next(): string {
    return String(++this.#version);
  }
}

/** The key of an object among all kinds. */
export function idOf(kind: Kind<KubernetesObject>, key: ObjectKey): string {
  return `${kindKey(kind)} ${objectKey(key)}`;
}

/** Keys may hold dots: those of annotations do. */
function split(path: string): string[] {
  const [, fixed, rest] = /^(metadata\.(?:annotations|labels))\.(.*)$/.exec(path) ?? [];
  if (fixed !== undefined && rest !== undefined) return [...fixed.split("."), rest];
  return /^status\.conditions\[/.test(path) ? ["status", "conditions"] : path.split(".");
}

function at(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce((below: unknown, step) => (below as Json | undefined)?.[step], value);
}

function withValue(object: Json, [step = "", ...rest]: readonly string[], value: unknown): Json {
  const below = rest.length === 0 ? value : withValue((object[step] ?? {}) as Json, rest, value);
  return { ...object, [step]: below };
}

function without(object: Json, [step = "", ...rest]: readonly string[]): Json {
  if (object[step] === undefined) return object;
  if (rest.length > 0) return { ...object, [step]: without(object[step] as Json, rest) };
  const { [step]: _gone, ...left } = object;
  return left;
}

function merged(object: Json, patch: Json): Json {
  const result = { ...object };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (typeof value === "object" && !Array.isArray(value))
      result[key] = merged((object[key] ?? {}) as Json, value as Json);
    else result[key] = value;
  }
  return result;
}

function freeze<T extends object>(value: T): T {
  for (const below of Object.values(value))
    if (typeof below === "object" && below !== null && !Object.isFrozen(below))
      freeze(below as object);
  return Object.freeze(value);
}
