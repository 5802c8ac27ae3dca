// SPDX-License-Identifier: Apache-2.0
// What a guest may ask for: rules like those of RBAC, checked on parsed values, never on paths (stage: host call).
import { kindKey, type Kind, type KubernetesObject } from "@haversack/core";
import { SandboxForbiddenError } from "../errors.js";
import { objectOf, optionalText, textOf, type Json } from "./texts.js";

/** What may be done; an apply needs `create` and `patch`, as on the server. */
export type Verb = "get" | "list" | "create" | "patch" | "delete";

/** One grant. Nothing is granted without one. */
export interface Rule {
  readonly kinds: readonly Kind<KubernetesObject>[];
  readonly verbs: readonly Verb[];
  /** Absent: the namespace of the run's primary alone. `"*"`: every one. */
  readonly namespaces?: readonly string[] | "*";
  /** Absent: every name. A rule with names grants no list. */
  readonly names?: readonly string[];
  /** Grants these subresources instead of the object itself. */
  readonly subresources?: readonly "status"[];
  /** Dotted paths that may be written, with all below them. Absent: every path. */
  readonly paths?: readonly string[];
  /** Dotted paths that are taken out of what the guest reads. */
  readonly hidden?: readonly string[];
}

/** Other things a guest may be given. */
export interface Capabilities {
  /** Timers, `sleep` and `setTimeout`. Default true. */
  readonly timer?: boolean;
  /** Log lines. Default true. */
  readonly log?: boolean;
  /** Kubernetes Events about its primary. Default false. */
  readonly events?: boolean;
  /** Another run of its own reconciler. Default true. */
  readonly enqueue?: boolean;
  /** Field managers it may write under besides its own. Default none. */
  readonly fieldManagers?: readonly string[];
  /** Named locks. Default false. */
  readonly exclusive?: boolean;
}

/** All that one guest may ask for. */
export interface Policy {
  readonly rules?: readonly Rule[];
  readonly capabilities?: Capabilities;
}

/** One request of a guest, in parsed form. */
export interface Asked {
  readonly verbs: readonly Verb[];
  readonly kind: Json;
  /** Absent: every namespace, or a cluster-scoped object. */
  readonly namespace: string | undefined;
  /** Absent: all names, or one that the server makes. */
  readonly name: string | undefined;
  readonly subresource?: "status";
  /** Paths it would write. */
  readonly paths?: readonly string[];
}

/** Answers whether a guest may do something. */
export class Grants {
  readonly #guest: string;
  readonly #rules: readonly Rule[];
  readonly #kinds = new Map<string, Kind<KubernetesObject>>();

  constructor(guest: string, rules: readonly Rule[] = []) {
    this.#guest = guest;
    this.#rules = rules;
    for (const kind of rules.flatMap(({ kinds }) => kinds))
      this.#kinds.set(versionedKey(kind), kind);
  }

  /**
   * Finds the rules for a request.
   *
   * The URL comes from the rule's own kind: what a guest says its plural is, nobody reads.
   *
   * @param homes Namespaces of the primaries that are being reconciled.
   * @throws SandboxForbiddenError when nothing grants it.
   */
  check(asked: Asked, homes: readonly string[] = []): Granted {
    const plain = objectOf(asked.kind, "a kind");
    const named = {
      group: textOf(plain, "group"),
      version: textOf(plain, "version"),
      kind: textOf(plain, "kind"),
    };
    const kind = this.#kinds.get(versionedKey(named));
    const fitting = asked.verbs.map((verb) =>
      this.#rules.filter((rule) => kind !== undefined && covers(rule, verb, kind, asked, homes)),
    );
    if (kind === undefined || fitting.some((rules) => rules.length === 0)) {
      throw new SandboxForbiddenError(this.#guest, describe(asked, named));
    }
    return { kind, hidden: hiddenIn(fitting) };
  }
}

/** What {@link Grants.check} found. */
export interface Granted {
  readonly kind: Kind<KubernetesObject>;
  readonly hidden: readonly string[];
}

function covers(
  rule: Rule,
  verb: Verb,
  kind: Kind<KubernetesObject>,
  { namespace, name, subresource, paths = [] }: Asked,
  homes: readonly string[],
): boolean {
  if (!rule.verbs.includes(verb)) return false;
  if (!rule.kinds.some((each) => versionedKey(each) === versionedKey(kind))) return false;
  if (
    subresource === undefined
      ? rule.subresources !== undefined
      : rule.subresources?.includes(subresource) !== true
  ) {
    return false;
  }
  if (rule.names !== undefined && (name === undefined || !rule.names.includes(name))) return false;
  if (kind.namespaced && !coversNamespace(rule, namespace, homes)) return false;
  if (!kind.namespaced && namespace !== undefined) return false;
  return rule.paths === undefined || paths.every((path) => isBelow(path, rule.paths ?? []));
}

function coversNamespace(
  { namespaces }: Rule,
  namespace: string | undefined,
  homes: readonly string[],
): boolean {
  if (namespaces === "*") return true;
  if (namespace === undefined) return false;
  return namespaces === undefined ? homes.includes(namespace) : namespaces.includes(namespace);
}

function isBelow(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}.`));
}

/** Hidden is only what every fitting rule hides: another rule may show it. */
function hiddenIn(fitting: readonly (readonly Rule[])[]): readonly string[] {
  const [first = [], ...others] = fitting.flat().map(({ hidden = [] }) => hidden);
  return first.filter((path) => others.every((hidden) => hidden.includes(path)));
}

function versionedKey(kind: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}): string {
  return `${kindKey(kind)} ${kind.version}`;
}

function describe(
  { verbs, namespace = "", name = "*", subresource }: Asked,
  kind: Parameters<typeof versionedKey>[0],
): string {
  const what = subresource === undefined ? kindKey(kind) : `${kindKey(kind)}/${subresource}`;
  return `${verbs.join(" and ")} ${what} ${namespace}/${name}`;
}

/** Namespace and name of an object that a guest wrote. */
export function placeOf(object: Json): { namespace: string | undefined; name: string | undefined } {
  const metadata = objectOf(object["metadata"], "metadata");
  return { namespace: optionalText(metadata, "namespace"), name: optionalText(metadata, "name") };
}

/** Dotted paths of the leaves of an object, without what only names it. */
export function writtenPaths(object: Json): readonly string[] {
  return leavesOf(object)
    .map(([path]) => path)
    .filter((path) => !namingPaths.has(path));
}

/** Dotted paths of the leaves in which two objects differ, in both directions. */
export function changedPaths(before: Json, after: Json): readonly string[] {
  const old = new Map(leavesOf(before));
  const now = new Map(leavesOf(after));
  const paths = new Set([...old.keys(), ...now.keys()]);
  return [...paths].filter((path) => old.get(path) !== now.get(path));
}

/** Path and JSON text of everything that is not an object with something in it. */
function leavesOf(object: Json): [string, string][] {
  const leaves: [string, string][] = [];
  const visit = (value: unknown, path: string): void => {
    const entries = isObject(value) && !Array.isArray(value) ? Object.entries(value) : [];
    if (entries.length === 0) leaves.push([path, JSON.stringify(value) ?? ""]);
    for (const [key, inner] of entries) visit(inner, path === "" ? key : `${path}.${key}`);
  };
  visit(object, "");
  return leaves;
}

const namingPaths = new Set([
  "apiVersion",
  "kind",
  ...["name", "namespace", "uid", "resourceVersion", "generation"].map(
    (name) => `metadata.${name}`,
  ),
]);

/** A copy of an object without some paths. */
export function without<T>(value: T, hidden: readonly string[]): T {
  if (hidden.length === 0 || typeof value !== "object" || value === null) return value;
  const copy = structuredClone(value);
  for (const path of hidden) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    const holder = names.reduce<unknown>(
      (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined),
      copy,
    );
    if (isObject(holder)) delete holder[last];
  }
  return copy;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
