// SPDX-License-Identifier: Apache-2.0
// From what an author declares to what is sent: server-owned fields go, hash and text are made (stage 6: writes).
import {
  kindKey,
  MalformedObjectError,
  objectKey,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ResourceRef,
} from "@haversack/core";
import { canonicalText, hashText, isJsonObject, without, type JsonObject } from "./json-value.js";
import { foldStringData } from "./normalise/secret-data.js";

/** Fields of `metadata` that only the API server writes. */
const serverOwnedMetadata: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
]);

/** A declared object, ready to be compared and sent. */
export interface Desired<T extends KubernetesObject = KubernetesObject> {
  readonly kind: Kind<T>;
  readonly key: ObjectKey;
  readonly ref: ResourceRef;
  /** `"status"` when it goes to the status subresource. */
  readonly subresource: "status" | undefined;
  /** What is sent, as a value. */
  readonly body: JsonObject;
  /** What is sent, as canonical text. */
  readonly text: string;
  /** Equal for equal bodies, whatever the order of their keys. */
  readonly hash: string;
}

/**
 * Prepares an object for server-side apply: `status` and server-owned metadata are left out,
 * `apiVersion` and `kind` come from the kind, a Secret's `stringData` is folded into `data`.
 *
 * **API requests:** 0.
 *
 * @throws MalformedObjectError for an object without a name, too deep, or not JSON. Terminal.
 */
export function desiredOf<T extends KubernetesObject>(kind: Kind<T>, object: unknown): Desired<T> {
  const ref = refOfUnknown(kind, object);
  const declared = without(object as Partial<JsonObject>, "status") as JsonObject;
  const content = isSecret(kind) ? foldStringData(declared) : declared;
  return finish(kind, ref, undefined, {
    ...content,
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: stripMetadata(content.metadata as JsonObject),
  });
}

/** Prepares a status for server-side apply to the status subresource. **API requests:** 0. */
export function desiredStatusOf<T extends KubernetesObject>(
  kind: Kind<T>,
  object: T,
  status: unknown,
): Desired<T> {
  const ref = refOfUnknown(kind, object);
  const { name, namespace } = object.metadata;
  return finish(kind, ref, "status", {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    status: status ?? {},
  });
}

/** Leaves out the metadata that only the API server writes. */
export function stripMetadata(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).filter(([field]) => !serverOwnedMetadata.has(field)),
  );
}

/** The reference of something that should be an object of a kind; the uid is left out. */
export function refOfUnknown(kind: Kind<KubernetesObject>, object: unknown): ResourceRef {
  const { group, kind: kindName } = kind;
  const metadata = isJsonObject(object) ? object.metadata : undefined;
  const { name, namespace } = isJsonObject(metadata) ? metadata : {};
  if (typeof name === "string" && name !== "") {
    const hasNamespace = kind.namespaced && typeof namespace === "string" && namespace !== "";
    return { group, kind: kindName, ...(hasNamespace ? { namespace } : {}), name };
  }
  throw new MalformedObjectError(
    `cannot write a ${kindKey(kind)}: it has no metadata.name. Set one; deterministicName() helps.`,
  );
}

/** Whether a kind's objects hold values that must not be shown. */
export function isSecret(kind: Kind<KubernetesObject>): boolean {
  return kind.group === "" && kind.kind === "Secret";
}

/** Text that is equal for the same target of a write: object and subresource. */
export function slotOf(desired: Pick<Desired, "kind" | "key" | "subresource">): string {
  return `${kindKey(desired.kind)} ${objectKey(desired.key)} ${desired.subresource ?? ""}`;
}

function finish<T extends KubernetesObject>(
  kind: Kind<T>,
  ref: ResourceRef,
  subresource: "status" | undefined,
  declared: Readonly<Record<string, unknown>>,
): Desired<T> {
  const text = canonicalText(declared, ref);
  let parsed: JsonObject | undefined;
  return {
    kind,
    key: { namespace: ref.namespace, name: ref.name },
    ref,
    subresource,
    text,
    hash: hashText(text),
    // On the first rung nobody needs it as a value.
    get body() {
      parsed ??= JSON.parse(text) as JsonObject;
      return parsed;
    },
  };
}
