// SPDX-License-Identifier: Apache-2.0
// `objects` inside a guest: each method is one call that the host checks and makes (runs in the guest).
import type { Kind, KubernetesObject, ObjectsApi, WriteOptions } from "@haversack/core";
import { call } from "./port.js";

/** What a kind is across the border; the host takes only kinds that its rules name. */
export interface PlainKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The parts of a kind that cross the border. */
export function plainKind({ group, version, kind }: Kind<KubernetesObject>): PlainKind {
  return { group, version, kind };
}

/**
 * Objects of one run, or of the guest itself (run 0).
 *
 * **API requests:** what the host's own `objects` says for each method.
 */
export function guestObjects(fieldManager: string, run: number): ObjectsApi {
  const ask = <T>(method: string, kind: Kind<KubernetesObject>, body: object): Promise<T> =>
    call<T>(`objects.${method}`, { fieldManager, kind: plainKind(kind), ...body }, run);
  const write = (options: WriteOptions | undefined): object => {
    if (options === undefined) return {};
    const { owner, force, resourceVersion } = options;
    return { options: { owner: ownerOf(owner), force, resourceVersion } };
  };
  const api: ObjectsApi = {
    fieldManager,
    as: (other) => guestObjects(other, run),
    get: async (kind, key) => (await ask<never>("get", kind, { key: keyOf(key) })) ?? undefined,
    mustGet: (kind, key) => ask("mustGet", kind, { key: keyOf(key) }),
    list: (kind, { signal: _signal, ...options } = {}) => ask("list", kind, { options }),
    apply: (kind, object, options) => ask("apply", kind, { object, ...write(options) }),
    applyStatus: (kind, object, status, options) =>
      ask("applyStatus", kind, { object: identityOf(object), status, ...write(options) }),
    create: (kind, object, options) => ask("create", kind, { object, ...write(options) }),
    mergePatch: (kind, object, patch, options) =>
      ask("mergePatch", kind, { object, patch, ...write(options) }),
    jsonPatch: (kind, object, changed, options) =>
      ask("jsonPatch", kind, { object, changed, ...write(options) }),
    delete: (kind, object, options) =>
      ask("delete", kind, { object: identityOf(object), options: options ?? {} }),
    addFinalizer: (kind, object, finalizer) => ask("addFinalizer", kind, { object, finalizer }),
    removeFinalizer: async (kind, object, finalizer) =>
      (await ask<never>("removeFinalizer", kind, { object, finalizer })) ?? undefined,
    event: (kind, object, note) => ask("event", kind, { object: identityOf(object), note }),
  };
  return Object.freeze(api);
}

function keyOf({
  name,
  namespace,
}: {
  readonly name: string;
  readonly namespace?: string | undefined;
}): object {
  return { name, namespace };
}

/** What names an object and its version; the rest need not travel. */
function identityOf(object: KubernetesObject): object {
  const { name, namespace, uid, resourceVersion, generation } = object.metadata;
  const { apiVersion, kind } = object;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, generation } };
}

function ownerOf(owner: KubernetesObject | undefined): object | undefined {
  return owner === undefined ? undefined : identityOf(owner);
}
