// SPDX-License-Identifier: Apache-2.0
// The newest state of an object that is known without asking, or else asked for (stage 6: writes).
import { compareVersions, type KubernetesObject, type ObjectKey, type Kind } from "@haversack/core";
import type { ApiCall } from "./api-call.js";
import { freezeDeep, without } from "./json-value.js";
import type { ObjectsContext } from "./objects-context.js";

/** What is known of an object at this moment. */
export interface Live<T extends KubernetesObject> {
  /** `undefined`: it does not exist. */
  readonly object: T | undefined;
  /** Whether it comes from a request of this very operation. */
  readonly isFresh: boolean;
}

/**
 * The newest state known from a synced cache and from own writes; `undefined` when no cache covers it.
 *
 * **API requests:** 0.
 */
export function knownLive<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  key: ObjectKey,
): Live<T> | undefined {
  const { informers, ownWrites } = context.runtime();
  const cached = informers?.peek(kind, key);
  if (cached === undefined || !cached.known) return undefined;
  return { object: ownWrites.newest(kind, key, cached.object), isFresh: false };
}

/** The newest state known, or else the server's. **API requests:** 0, or 1 GET without a cache. */
export async function liveObject<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
): Promise<Live<T>> {
  const { kind, ref } = call.target;
  const known = knownLive(context, kind, { namespace: ref.namespace, name: ref.name });
  return known ?? { object: await call.read(), isFresh: true };
}

/** Of an object that was handed in and what is known of it, the newer; another uid never counts. */
export function newestOf<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
): T {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const key = { name, namespace };
  const live = knownLive(context, kind, key);
  const known =
    live === undefined ? context.runtime().ownWrites.newest(kind, key, object) : live.object;
  if (known === undefined || (uid !== undefined && known.metadata.uid !== uid)) return object;
  const order = compareVersions(known.metadata.resourceVersion, resourceVersion);
  return resourceVersion === undefined || (order !== undefined && order > 0) ? known : object;
}

/**
 * Makes a write's answer visible to all packs: frozen, without managedFields, as caches hold it.
 *
 * **API requests:** 0. **Guarantees:** runs before the write's promise resolves.
 */
export function recordStored<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  answer: T,
): T {
  const stored = freezeDeep(withoutManagedFields(answer));
  context.runtime().ownWrites.record({ kind, stored });
  return stored;
}

/** Makes it visible to all packs that an object is gone. **API requests:** 0. */
export function recordDeleted(
  context: ObjectsContext,
  kind: Kind<KubernetesObject>,
  object: KubernetesObject,
): void {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  context.runtime().ownWrites.record({
    kind,
    deleted: { name, ...(namespace === undefined ? {} : { namespace }) },
    uid,
    resourceVersion,
  });
}

function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  return { ...object, metadata: without(object.metadata, "managedFields") };
}
