// SPDX-License-Identifier: Apache-2.0
// Owner references: setting ours, and refusing those that Kubernetes would not honour (stage 6: writes).
import {
  formatRef,
  groupOf,
  OwnershipError,
  type Kind,
  type KubernetesObject,
  type OwnerReference,
  type ResourceRef,
} from "@haversack/core";
import { refOfUnknown } from "./desired.js";
import { hashText } from "./json-value.js";

/** Options of {@link ensureOwner}. */
export interface OwnerOptions {
  /** `"controller"`: the one that manages it. `"owner"`: one of several. Default `"controller"`. */
  readonly mode?: "controller" | "owner";
  /** Kind of an owner that carries no `apiVersion` and `kind` itself, as items of lists. */
  readonly ownerKind?: Kind<KubernetesObject> | undefined;
}

/**
 * Returns the object with a reference to its owner, so that it goes when the owner goes.
 *
 * The same object comes back when the reference stands already; a reference to the same group, kind
 * and name with another uid or version is brought up to date, not doubled.
 *
 * **API requests:** 0. **Guarantees:** idempotent; other references are kept.
 * **RBAC:** `update` on the owner's `finalizers`, where OwnerReferencesPermissionEnforcement is on.
 *
 * @throws OwnershipError for an owner in another namespace, a namespaced owner of a cluster-scoped
 * object, another controller, or an owner without uid. Terminal.
 * @see controller-runtime's `controllerutil.SetControllerReference` for the rules.
 * @example
 * ```ts
 * const owned = ensureOwner(services, service, database);
 * ensureOwner(services, owned, database) === owned; // nothing to change: the same object
 * ```
 */
export function ensureOwner<T extends { readonly metadata: object }>(
  kind: Kind<KubernetesObject>,
  object: T,
  owner: KubernetesObject,
  options: OwnerOptions = {},
): T {
  const ref = refOfOwned(kind, object);
  const reference = referenceTo(owner, ref, options);
  refuseScope(kind, object, owner, ref);
  const before = referencesOf(object);
  const at = before.findIndex((each) => isSameOwner(each, reference));
  if (reference.controller === true) refuseSecondController(before, reference, ref);
  if (at >= 0 && isUpToDate(before[at] as OwnerReference, reference)) return object;
  const after = before.filter((each, index) => index === at || !isSameOwner(each, reference));
  const ownerReferences =
    at < 0 ? [...before, reference] : after.map((each) => (each === before[at] ? reference : each));
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}

/**
 * Refuses to take an object away from the controller that has it.
 *
 * **API requests:** 0. @throws OwnershipError when `live` has another controller. Terminal.
 */
export function refuseForeignController(
  declared: KubernetesObject,
  live: KubernetesObject | undefined,
  ref: ResourceRef,
): void {
  const ours = referencesOf(declared).find((each) => each.controller === true);
  if (ours !== undefined && live !== undefined) {
    refuseSecondController(referencesOf(live), ours, ref);
  }
}

/**
 * Makes a name for a secondary: the same for ever, different for every role, at most 63 characters.
 *
 * With it a create that is repeated after a lost answer finds the first one, where `generateName`
 * would leave two.
 *
 * **API requests:** 0.
 *
 * @param owner The owner, or its name.
 * @param role What the secondary is for, such as `"config"`.
 * @returns A valid label value and DNS label: `owner-role-` and 8 characters of a hash.
 * @example
 * ```ts
 * deterministicName("my-db", "config"); // => "my-db-config-25a6a169"
 * ```
 */
export function deterministicName(
  owner: string | { readonly metadata: { readonly name: string } },
  role: string,
): string {
  const name = typeof owner === "string" ? owner : owner.metadata.name;
  const suffix = hashText(JSON.stringify([name, role])).slice(0, 8);
  const readable = `${name}-${role}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, maxNameLength - suffix.length - 1)
    .replace(/-+$/, "");
  return readable === "" ? `x-${suffix}` : `${readable}-${suffix}`;
}

/** Longest label value and DNS label. @see RFC 1123; Kubernetes label syntax. */
const maxNameLength = 63;

function referenceTo(
  owner: KubernetesObject,
  ref: ResourceRef,
  { mode = "controller", ownerKind }: OwnerOptions,
): OwnerReference {
  const apiVersion = owner.apiVersion ?? ownerKind?.apiVersion;
  const kind = owner.kind ?? ownerKind?.kind;
  const { name, uid } = owner.metadata;
  if (apiVersion === undefined || kind === undefined || uid === undefined || uid === "") {
    throw refused(
      ref,
      `the owner "${name}" has no ${uid === undefined || uid === "" ? "uid" : "apiVersion and kind"}`,
      "Pass the object as it was read from the API server.",
    );
  }
  const reference = { apiVersion, kind, name, uid, blockOwnerDeletion: true };
  return mode === "controller" ? { ...reference, controller: true } : reference;
}

function refuseScope(
  kind: Kind<KubernetesObject>,
  object: { readonly metadata: { readonly namespace?: string } },
  owner: KubernetesObject,
  ref: ResourceRef,
): void {
  const { namespace, name } = owner.metadata;
  if (namespace === undefined || namespace === "") return;
  const instead =
    "Track it with a label or an annotation instead; see byLabel() and byAnnotation().";
  if (!kind.namespaced) {
    throw refused(ref, `it is cluster-scoped and its owner ${namespace}/${name} is not`, instead);
  }
  if (object.metadata.namespace !== namespace) {
    throw refused(ref, `its owner ${namespace}/${name} is in another namespace`, instead);
  }
}

function refuseSecondController(
  before: readonly OwnerReference[],
  reference: OwnerReference,
  ref: ResourceRef,
): void {
  const other = before.find((each) => each.controller === true && !isSameOwner(each, reference));
  if (other === undefined) return;
  throw refused(
    ref,
    `${other.kind} "${other.name}" controls it already`,
    'Use another name, or own it beside the controller with mode "owner".',
  );
}

function refused(ref: ResourceRef, why: string, advice: string): OwnershipError {
  return new OwnershipError(`cannot own ${formatRef(ref)}: ${why}. ${advice}`, { ref });
}

function isSameOwner(a: OwnerReference, b: OwnerReference): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    groupOf(a.apiVersion ?? "") === groupOf(b.apiVersion ?? "")
  );
}

function isUpToDate(before: OwnerReference, wanted: OwnerReference): boolean {
  return (
    before.uid === wanted.uid &&
    before.apiVersion === wanted.apiVersion &&
    before.blockOwnerDeletion === wanted.blockOwnerDeletion &&
    (before.controller ?? false) === (wanted.controller ?? false)
  );
}

function referencesOf(object: { readonly metadata: object }): readonly OwnerReference[] {
  return (object.metadata as { ownerReferences?: readonly OwnerReference[] }).ownerReferences ?? [];
}

/** A draft may leave its name to the server. */
function refOfOwned(
  kind: Kind<KubernetesObject>,
  object: { readonly metadata: object },
): ResourceRef {
  const { name, generateName } = object.metadata as { name?: string; generateName?: string };
  const named = { metadata: { ...object.metadata, name: name ?? generateName } };
  return refOfUnknown(kind, named);
}
