// SPDX-License-Identifier: Apache-2.0
// Objects and events that several tests of this package build (tests).
import {
  defineKind,
  type KubernetesObject,
  type OwnerReference,
  type ResourceRef,
  type WatchEvent,
} from "@haversack/core";

export interface Database extends KubernetesObject {
  readonly spec?: { readonly users?: readonly string[] };
}

export interface Backup extends KubernetesObject {
  readonly spec?: { readonly databaseName?: string };
}

export const databases = defineKind<Database>("example.com/v1", "Database");
export const backups = defineKind<Backup>("example.com/v1", "Backup");

/** The reference of a Database, with or without uid. */
export function databaseRef(name: string, uid?: string, namespace = "prod"): ResourceRef {
  return {
    group: "example.com",
    kind: "Database",
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
  };
}

export function database(name: string, uid: string, users: readonly string[] = []): Database {
  return { metadata: { namespace: "prod", name, uid, resourceVersion: "1" }, spec: { users } };
}

/** A reference to an owner, by default the controlling Database. */
export function ownerOf(name: string, uid: string, more: Partial<OwnerReference> = {}) {
  const reference: OwnerReference = {
    apiVersion: "example.com/v1",
    kind: "Database",
    name,
    uid,
    controller: true,
    ...more,
  };
  return reference;
}

interface Parts {
  readonly namespace?: string;
  readonly uid?: string;
  readonly version?: string;
  readonly owners?: readonly OwnerReference[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** Any namespaced object; its uid defaults to its name. */
export function secondary(name: string, parts: Parts = {}): KubernetesObject {
  const { namespace = "prod", uid = `uid-${name}`, version = "1", owners, labels } = parts;
  return {
    metadata: {
      namespace,
      name,
      uid,
      resourceVersion: version,
      ...(owners === undefined ? {} : { ownerReferences: owners }),
      ...(labels === undefined ? {} : { labels }),
    },
  };
}

const flags = { isInitial: false, isRelist: false, isResync: false, synthetic: false };

export function added<T extends KubernetesObject>(
  object: T,
  more: Partial<WatchEvent> = {},
): WatchEvent {
  return { type: "added", old: undefined, new: object, ...flags, ...more };
}

/** A modification without the old state, as some event sources send it. */
export function modified<T extends KubernetesObject>(
  object: T,
  more: Partial<WatchEvent> = {},
): WatchEvent {
  return { type: "modified", old: undefined, new: object, ...flags, ...more };
}

export function deleted<T extends KubernetesObject>(
  object: T,
  more: Partial<WatchEvent> = {},
): WatchEvent {
  return { type: "deleted", old: object, new: undefined, ...flags, ...more };
}

/** An object's next version, with changes to its metadata. */
export function changed<T extends KubernetesObject>(
  object: T,
  metadata: Partial<T["metadata"]> = {},
): T {
  const version = String(Number(object.metadata.resourceVersion ?? "0") + 1);
  return { ...object, metadata: { ...object.metadata, resourceVersion: version, ...metadata } };
}

export function namesIn(list: readonly KubernetesObject[]): string[] {
  return list.map(({ metadata }) => metadata.name);
}
