// SPDX-License-Identifier: Apache-2.0
// The objects API on the small cluster: each request can be held back, before and after it happened.
import {
  kindKey,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ObjectsApi,
  type OwnWrites,
} from "@haversack/core";
import { idOf, type World } from "./world.js";

/** Lets a request happen, or not: the process may be dead by then. */
export type Gate = (what: string) => Promise<void>;

/** What the objects APIs of one process share. */
export interface ObjectsContext {
  readonly world: World;
  readonly primaryKind: Kind<KubernetesObject>;
  readonly ownWrites: OwnWrites;
  readonly managers: Map<string, ObjectsApi>;
  readonly gate: Gate;
  newest(kind: Kind<KubernetesObject>, key: ObjectKey): KubernetesObject | undefined;
}

/** The objects API under one field manager. */
export function objectsApi(fieldManager: string, context: ObjectsContext): ObjectsApi {
  const { world, gate, newest, primaryKind, managers, ownWrites: own } = context;
  const memory = new Map<string, string>();
  /** The request reaches the server, then its answer reaches us: either may never happen. */
  const send = async <T>(what: string, act: () => T): Promise<T> => {
    await gate(`${fieldManager} ${what}`);
    let answer: () => T;
    try {
      const value = act();
      answer = () => value;
    } catch (error) {
      answer = () => {
        throw error;
      };
    }
    await gate(`${fieldManager} hears of ${what}`);
    return answer();
  };
  const stored = <T extends KubernetesObject>(kind: Kind<T>, object: KubernetesObject): T => {
    own.record({ kind, stored: object });
    return object as T;
  };
  const gone = (
    kind: Kind<KubernetesObject>,
    { uid, resourceVersion, ...key }: KubernetesObject["metadata"],
  ): void => own.record({ kind, deleted: key, uid, resourceVersion });
  const apply = async (
    kind: Kind<KubernetesObject>,
    desired: KubernetesObject,
    version: string | undefined,
    part?: "status",
  ): Promise<never> => {
    const id = `${part ?? ""} ${idOf(kind, desired.metadata)}`;
    const text = JSON.stringify(desired);
    const live = newest(kind, desired.metadata);
    const verified = JSON.stringify([text, live?.metadata.uid, live?.metadata.resourceVersion]);
    if (live !== undefined && memory.get(id) === verified)
      return { object: live, outcome: "unchanged", requests: 0 } as never;
    const result = await send(`applies ${id.trim()}`, () =>
      world.apply(kind, desired, fieldManager, version, part),
    );
    const { uid, resourceVersion } = result.object.metadata;
    memory.set(id, JSON.stringify([text, uid, resourceVersion]));
    return { ...result, object: stored(kind, result.object), requests: 1 } as never;
  };
  return {
    fieldManager,
    as: (other) => {
      const known = managers.get(other) ?? objectsApi(other, context);
      managers.set(other, known);
      return known;
    },
    get: (kind, key) => send(`reads ${idOf(kind, key)}`, () => world.get(kind, key)),
    mustGet: (kind, key) => send("reads", () => world.get(kind, key) as never),
    list: (kind) =>
      send("lists", () =>
        world
          .all()
          .filter((each) => kindKey(each.kind) === kindKey(kind))
          .map(({ object }) => object as never),
      ),
    apply: (kind, desired, options = {}) => {
      const { owner, resourceVersion } = options;
      return apply(
        kind,
        owner === undefined ? desired : owned(desired, primaryKind, owner),
        resourceVersion,
      );
    },
    applyStatus: (kind, object, status, options = {}) => {
      const { name, namespace } = object.metadata;
      return apply(
        kind,
        { metadata: { name, namespace, uid: object.metadata.uid }, status } as never,
        options.resourceVersion,
        "status",
      );
    },
    create: async (kind, draft, options = {}) => {
      const object =
        options.owner === undefined ? draft : owned(draft as never, primaryKind, options.owner);
      return stored(
        kind,
        await send(`creates ${kind.kind}`, () => world.create(kind, object as never, fieldManager)),
      );
    },
    mergePatch: async (kind, object, patch, options = {}) => {
      const after = await send(`patches ${idOf(kind, object.metadata)}`, () =>
        world.patch(kind, object.metadata, patch, fieldManager, options.resourceVersion),
      );
      return { object: stored(kind, after), outcome: "updated", requests: 1 };
    },
    jsonPatch: () => Promise.reject(new Error("not in this world")),
    delete: async (kind, object, options = {}) => {
      await send(`deletes ${idOf(kind, object.metadata)}`, () =>
        world.delete(kind, object.metadata, fieldManager, options.resourceVersion),
      );
      gone(kind, object.metadata);
    },
    addFinalizer: async (kind, object, finalizer) => {
      const finalizers = [...(object.metadata.finalizers ?? []), finalizer];
      return stored(
        kind,
        await send("adds its finalizer", () =>
          world.patch(
            kind,
            object.metadata,
            { metadata: { finalizers } },
            fieldManager,
            undefined,
            "finalizer",
          ),
        ),
      );
    },
    removeFinalizer: async (kind, object, finalizer) => {
      const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
      await send("removes its finalizer", () => {
        const live = world.get(kind, object.metadata);
        if (live?.metadata.uid === object.metadata.uid)
          world.patch(
            kind,
            object.metadata,
            { metadata: { finalizers } },
            fieldManager,
            undefined,
            "finalizer",
          );
      });
      gone(kind, object.metadata);
      return undefined;
    },
    event: () => Promise.resolve(),
  };
}

function owned<T extends KubernetesObject>(
  object: T,
  kind: Kind<KubernetesObject>,
  owner: KubernetesObject,
): T {
  const { name, uid = "" } = owner.metadata;
  const reference = { apiVersion: kind.apiVersion, kind: kind.kind, name, uid, controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [reference] } };
}
