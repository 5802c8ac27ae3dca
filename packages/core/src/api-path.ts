// SPDX-License-Identifier: Apache-2.0
// Building API paths from validated segments (stage 1 and 6: the API server's edge).
import { InvalidNameError } from "./errors.js";
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { formatRef, type ObjectKey } from "./resource-ref.js";

/** Which object, list or subresource of a kind a path leads to. */
export interface PathTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/**
 * Builds the path of an object, a collection or a subresource.
 *
 * A name of `.` or `..` in a URL is folded away by HTTP clients, so that deleting the Pod `..`
 * would delete its namespace. Such segments, empty ones and those with `/`, `%` or a lone surrogate are refused
 * (the rule of client-go's `rest.IsValidPathSegmentName`).
 *
 * **API requests:** 0.
 *
 * @throws {@link InvalidNameError} for a hostile segment, or a missing namespace. Terminal.
 * @example
 * ```ts
 * resourcePath(statefulSets, { namespace: "prod", name: "db", subresource: "status" });
 * // => "/apis/apps/v1/namespaces/prod/statefulsets/db/status"
 * ```
 */
export function resourcePath(kind: Kind<KubernetesObject>, target: PathTarget = {}): string {
  const { namespace, name, subresource } = target;
  const parts = [kind.group === "" ? "/api" : `/apis/${kind.group}`, kind.version];
  if (kind.namespaced && namespace !== undefined) {
    parts.push("namespaces", segment(kind, target, "namespace", namespace));
  }
  if (kind.namespaced && namespace === undefined && name !== undefined) {
    throw new InvalidNameError(
      `cannot address ${kind.kind} "${name}": it is namespaced and no namespace was given. Set metadata.namespace.`,
    );
  }
  parts.push(kind.plural);
  if (name !== undefined) parts.push(segment(kind, target, "name", name));
  if (subresource !== undefined) parts.push(segment(kind, target, "subresource", subresource));
  return parts.join("/");
}

/** The path of an object that an {@link ObjectKey} names. **API requests:** 0. */
export function objectPath(
  kind: Kind<KubernetesObject>,
  key: ObjectKey,
  subresource?: string,
): string {
  return resourcePath(kind, { namespace: key.namespace, name: key.name, subresource });
}

function segment(
  kind: Kind<KubernetesObject>,
  target: PathTarget,
  what: string,
  value: string,
): string {
  if (value === "" || value === "." || value === ".." || /[/%\p{Surrogate}]/u.test(value)) {
    const ref = formatRef({
      group: kind.group,
      kind: kind.kind,
      ...target,
      name: target.name ?? "*",
    });
    throw new InvalidNameError(
      `cannot address ${ref}: the ${what} ${JSON.stringify(value)} may not be empty, "." or "..", ` +
        'nor contain "/", "%" or half a character. Use the name as it stands in metadata.',
    );
  }
  return encodeURIComponent(value);
}
