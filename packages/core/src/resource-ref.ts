// SPDX-License-Identifier: Apache-2.0
// References to objects: group + kind + namespace + name (+ uid) (stage 0: words).
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";

/** Namespace and name: enough to address an object of a known kind. No namespace: cluster scope. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/**
 * Names one object. With `uid` it names this very object; without, whatever has the name now.
 * The version is not part of it: a reference survives a version bump of its kind.
 */
export interface ResourceRef extends ObjectKey {
  readonly group: string;
  readonly kind: string;
  readonly uid?: string | undefined;
}

/** Text that is equal for two kinds exactly when their group and kind are equal. */
export function kindKey(kind: { readonly group: string; readonly kind: string }): string {
  return kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
}

/** The reference of an object of a kind. */
export function refOf(kind: Kind<KubernetesObject>, object: KubernetesObject): ResourceRef {
  const { namespace, name, uid } = object.metadata;
  return {
    group: kind.group,
    kind: kind.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
  };
}

/** Text that is equal exactly when namespace and name are; for `Map` keys within one kind. */
export function objectKey(key: ObjectKey): string {
  return key.namespace === undefined || key.namespace === ""
    ? key.name
    : `${key.namespace}/${key.name}`;
}

/** Text that is equal exactly when group, kind, namespace and name are; the uid is left out. */
export function refKey(ref: ResourceRef): string {
  return `${kindKey(ref)} ${objectKey(ref)}`;
}

/** Names may hold a blank or `@`, as those of roles do, but never `%`: it can mark what was taken out. */
function escapeName(name: string): string {
  return name.replace(/[ @]/g, (character) => (character === " " ? "%20" : "%40"));
}

function unescapeName(text: string): string {
  return text.replace(/%20|%40/g, (mark) => (mark === "%20" ? " " : "@"));
}

/**
 * Writes a reference for people and for {@link parseRef}: `StatefulSet.apps prod/db-0@uid`.
 *
 * @example
 * ```ts
 * formatRef({ group: "apps", kind: "StatefulSet", namespace: "prod", name: "db" });
 * // => "StatefulSet.apps prod/db"
 * ```
 */
export function formatRef(ref: ResourceRef): string {
  const text = `${kindKey(ref)} ${escapeName(objectKey(ref))}`;
  return ref.uid === undefined ? text : `${text}@${escapeName(ref.uid)}`;
}

/** Reads what {@link formatRef} wrote; `undefined` for any other text. */
export function parseRef(text: string): ResourceRef | undefined {
  const match = /^([^ ./@]+)(?:\.([^ /@]+))? (?:([^ /@]+)\/)?([^ /@]+)(?:@([^ /@]+))?$/.exec(text);
  if (match === null) return undefined;
  const [, kind = "", group = "", namespace, name = "", uid] = match;
  return {
    group,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name: unescapeName(name),
    ...(uid === undefined ? {} : { uid: unescapeName(uid) }),
  };
}
