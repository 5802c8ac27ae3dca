// SPDX-License-Identifier: Apache-2.0
// The JSON shape of a Kubernetes object, as the API server sends it (stage 0: words).

/** One entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** One entry of `metadata.managedFields`: which field manager owns which fields. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: "Apply" | "Update";
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

/**
 * The metadata every object has. Times are RFC 3339 text, as on the wire, never `Date`s, so that
 * an object from a list and the same object from a watch compare equal.
 */
export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** The least that every Kubernetes object is. Custom types extend it. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** One entry of `status.conditions`, as the Kubernetes API conventions describe it. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly observedGeneration?: number;
}

/** An object to be created: its name may be left to the server with `generateName`. */
export type Draft<T extends KubernetesObject> = Omit<T, "metadata"> & {
  readonly metadata: Partial<ObjectMeta>;
};

/**
 * The wire form of a type made for a typed client: `Date`s become text and `metadata` is present.
 *
 * @example
 * ```ts
 * import type { V1StatefulSet } from "@kubernetes/client-node";
 * const typed = statefulSets.as<Raw<V1StatefulSet> & KubernetesObject>();
 * ```
 */
export type Raw<T> = T extends Date
  ? string
  : T extends readonly (infer E)[]
    ? readonly Raw<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Raw<T[K]> }
      : T;
