// SPDX-License-Identifier: Apache-2.0
// A kind: where its objects live in the API and what TypeScript type they have (stage 0: words).
import type { KubernetesObject } from "./kubernetes-object.js";
import { ConfigurationError } from "./errors.js";

/**
 * A resource kind of the Kubernetes API together with the TypeScript type of its objects.
 *
 * Identity is group + kind; the version only chooses the URL. `objectType` never exists at run
 * time: it carries the type.
 */
export interface Kind<T extends KubernetesObject = KubernetesObject> {
  /** API group; `""` for the core group. */
  readonly group: string;
  readonly version: string;
  /** `group/version`, or the version alone for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  /** The resource name in URLs, lower case. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly objectType?: T;
  /** The same kind with another TypeScript type for its objects. */
  as<U extends KubernetesObject>(): Kind<U>;
}

/** The type of the objects of a kind. */
export type ObjectOf<K> = K extends Kind<infer T> ? T : never;

/** What {@link defineKind} cannot know from the apiVersion and the kind. */
export interface KindOptions {
  /** Resource name in URLs; the default is the English plural (`Policy` → `policies`). */
  readonly plural?: string;
  /** Default `"Namespaced"`. */
  readonly scope?: "Namespaced" | "Cluster";
}

const groupPattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const kindPattern = /^[A-Za-z][A-Za-z0-9-]*$/;

/**
 * Defines a kind in one line.
 *
 * **API requests:** 0.
 *
 * @throws {@link ConfigurationError} when a part could not stand in an API path. Terminal.
 * @example A custom resource
 * ```ts
 * const databases = defineKind<Database>("example.com/v1", "Database");
 * databases.plural; // => "databases"
 * ```
 */
export function defineKind<T extends KubernetesObject = KubernetesObject>(
  apiVersion: string,
  kind: string,
  options: KindOptions = {},
): Kind<T> {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const plural = options.plural ?? guessPlural(kind);
  const isValid =
    kindPattern.test(kind) &&
    labelPattern.test(version) &&
    labelPattern.test(plural) &&
    (slash < 0 || groupPattern.test(group));
  if (!isValid) {
    throw new ConfigurationError(
      `cannot define kind "${kind}" of "${apiVersion}" (plural "${plural}"): ` +
        "a group is dot-separated lower-case labels, a version and a plural are one such label, a kind is letters and digits. " +
        'Write it as defineKind("example.com/v1", "Database", { plural: "databases" }).',
    );
  }
  const defined: Kind<T> = {
    group,
    version,
    apiVersion,
    kind,
    plural,
    namespaced: options.scope !== "Cluster",
    as: <U extends KubernetesObject>() => defined as unknown as Kind<U>,
  };
  return Object.freeze(defined);
}

/** The API group of an `apiVersion` text, or `undefined` when it is malformed. */
export function groupOf(apiVersion: string): string | undefined {
  const slash = apiVersion.indexOf("/");
  if (slash < 0) return apiVersion === "" ? undefined : "";
  const isWhole =
    slash > 0 && slash < apiVersion.length - 1 && !apiVersion.includes("/", slash + 1);
  return isWhole ? apiVersion.slice(0, slash) : undefined;
}

function guessPlural(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith("s") || lower.endsWith("x") || lower.endsWith("ch")) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}
