// SPDX-License-Identifier: Apache-2.0
// May a user do this: either every known user may do everything, or RBAC decides.
import { arrayAt, own, stringAt } from "../json.js";
import type { ObjectStore } from "../store/object-store.js";
import { keyOf } from "../store/object-store.js";
import { forbidden, StatusError } from "../status-error.js";
import type { Identity } from "./identity.js";

/** What is asked for. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  /** Resource with its subresource (`pods/status`); undefined for other paths. */
  readonly resource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly path: string;
}

const masters = "system:masters";

function matches(list: readonly unknown[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

function resourceMatches(list: readonly unknown[], resource: string): boolean {
  const [, subresource] = resource.split("/");
  return (
    matches(list, resource) || (subresource !== undefined && list.includes(`*/${subresource}`))
  );
}

function pathMatches(list: readonly unknown[], path: string): boolean {
  return list.some((pattern) => {
    const text = String(pattern);
    return text.endsWith("*") ? path.startsWith(text.slice(0, -1)) : text === path;
  });
}

/** Whether a rule allows something. */
export function ruleAllows(rule: unknown, attributes: Attributes): boolean {
  if (!matches(arrayAt(rule, "verbs"), attributes.verb)) return false;
  if (attributes.resource === undefined) {
    return pathMatches(arrayAt(rule, "nonResourceURLs"), attributes.path);
  }
  const names = arrayAt(rule, "resourceNames");
  return (
    matches(arrayAt(rule, "apiGroups"), attributes.group) &&
    resourceMatches(arrayAt(rule, "resources"), attributes.resource) &&
    (names.length === 0 || names.includes(attributes.name))
  );
}

function isSubject(subject: unknown, user: Identity, namespace: string): boolean {
  const name = stringAt(subject, "name") ?? "";
  const kind = stringAt(subject, "kind");
  if (kind === "User") return name === user.name;
  if (kind === "Group") return user.groups.includes(name);
  const home = stringAt(subject, "namespace") ?? namespace;
  return kind === "ServiceAccount" && user.name === `system:serviceaccount:${home}:${name}`;
}

/** Paths that every authenticated user may read. Source: the system:discovery role. */
const discoveryPaths = [
  "/api",
  "/api/*",
  "/apis",
  "/apis/*",
  "/healthz",
  "/livez",
  "/readyz",
  "/openapi",
  "/openapi/*",
  "/version",
  "/version/",
];

const selfReviews = new Set([
  "selfsubjectaccessreviews",
  "selfsubjectrulesreviews",
  "selfsubjectreviews",
]);

/** What one binding gives, and how messages name it. */
interface Granted {
  readonly rules: readonly unknown[];
  readonly source: string;
}

const quoted = (text: string | undefined): string => JSON.stringify(text ?? "");

/** `RoleBinding "r/ns" of Role "r" to User "jane"`. */
function sourceText(binding: unknown, home: string, subject: unknown): string {
  const name = stringAt(binding, "metadata", "name") ?? "";
  const what =
    home === "" ? `ClusterRoleBinding ${quoted(name)}` : `RoleBinding ${quoted(`${name}/${home}`)}`;
  const role = own(binding, "roleRef");
  const kind = stringAt(subject, "kind") ?? "";
  const who = stringAt(subject, "name") ?? "";
  const isAccount = kind === "ServiceAccount";
  const shown = isAccount ? `${who}/${stringAt(subject, "namespace") ?? home}` : who;
  return `${what} of ${stringAt(role, "kind")} ${quoted(stringAt(role, "name"))} to ${kind} ${quoted(shown)}`;
}

/** What everybody may do stands in roles that every cluster has. */
function publicReason({ resource, path }: Attributes, isKnown: boolean): string {
  const isHealth = /^\/(healthz|livez|readyz|version)/.test(path);
  const name =
    resource !== undefined
      ? "system:basic-user"
      : isKnown || !isHealth
        ? "system:discovery"
        : "system:public-info-viewer";
  const group = isKnown ? "system:authenticated" : "system:unauthenticated";
  return `RBAC: allowed by ClusterRoleBinding "${name}" of ClusterRole "${name}" to Group "${group}"`;
}

const missingText = (missing: readonly string[]): string =>
  missing.length === 0
    ? ""
    : `RBAC: ${missing.length === 1 ? missing[0] : `[${missing.join(", ")}]`}`;

/** Decides what users may do. */
export class Authorizer {
  readonly #store: ObjectStore;
  readonly #rbac: boolean;

  constructor(store: ObjectStore, rbac: boolean) {
    this.#store = store;
    this.#rbac = rbac;
  }

  /** Whether the user may. */
  allows(user: Identity, attributes: Attributes): boolean {
    if (user.groups.includes(masters)) return true;
    const isKnown = user.groups.includes("system:authenticated");
    if (!this.#rbac && isKnown) return true;
    if (this.#isPublic(isKnown, attributes)) return true;
    return (
      this.#rbac &&
      this.rulesFor(user, attributes.namespace).some((rule) => ruleAllows(rule, attributes))
    );
  }

  /** Why a user may or may not, as access reviews tell it; empty when there is nothing to tell. */
  reasonFor(user: Identity, attributes: Attributes): string {
    if (!this.#rbac || user.groups.includes(masters)) return "";
    const missing: string[] = [];
    const { namespace } = attributes;
    const granted = this.#granted(user, namespace, missing).find(({ rules }) =>
      rules.some((rule) => ruleAllows(rule, attributes)),
    );
    if (granted !== undefined) return `RBAC: allowed by ${granted.source}`;
    const isKnown = user.groups.includes("system:authenticated");
    if (this.#isPublic(isKnown, attributes)) return publicReason(attributes, isKnown);
    return missingText(missing);
  }

  #isPublic(isKnown: boolean, { resource, path, verb }: Attributes): boolean {
    // Everybody who is known may ask about himself. Source: the system:basic-user role.
    if (isKnown && verb === "create" && selfReviews.has(resource ?? "")) return true;
    if (resource !== undefined || verb !== "get") return false;
    const open = isKnown
      ? discoveryPaths
      : ["/healthz", "/livez", "/readyz", "/version", "/version/"];
    return pathMatches(open, path);
  }

  /** Whether RBAC objects decide. */
  get isEnforcing(): boolean {
    return this.#rbac;
  }

  /**
   * The rules that bindings give a user, cluster-wide and in a namespace.
   *
   * @param missing Receives what is told of roles that are bound and not there.
   */
  rulesFor(
    user: Identity,
    namespace: string | undefined,
    missing: string[] = [],
  ): readonly unknown[] {
    return this.#granted(user, namespace, missing).flatMap(({ rules }) => rules);
  }

  #granted(user: Identity, namespace: string | undefined, missing: string[]): Granted[] {
    const cluster = "clusterrolebindings.rbac.authorization.k8s.io";
    const granted = this.#bound(cluster, user, undefined, missing);
    if (namespace === undefined) return granted;
    const local = "rolebindings.rbac.authorization.k8s.io";
    return [...granted, ...this.#bound(local, user, namespace, missing)];
  }

  /** The rules of the role that a binding names; undefined when it is not there. */
  rulesOfRole(roleRef: unknown, namespace: string | undefined): readonly unknown[] | undefined {
    const isRole = stringAt(roleRef, "kind") === "Role";
    const shelf = `${isRole ? "roles" : "clusterroles"}.rbac.authorization.k8s.io`;
    const key = keyOf(isRole ? namespace : undefined, stringAt(roleRef, "name") ?? "");
    const role = this.#store.get(shelf, key)?.value;
    return role === undefined ? undefined : arrayAt(role, "rules");
  }

  #bound(
    bindings: string,
    user: Identity,
    namespace: string | undefined,
    missing: string[],
  ): Granted[] {
    return this.#store.list(bindings, namespace).flatMap(({ value }) => {
      const home = stringAt(value, "metadata", "namespace") ?? "";
      const subject = arrayAt(value, "subjects").find((one) => isSubject(one, user, home));
      if (subject === undefined) return [];
      const roleRef = own(value, "roleRef");
      const rules = this.rulesOfRole(roleRef, home);
      if (rules !== undefined) return [{ rules, source: sourceText(value, home, subject) }];
      const kind = stringAt(roleRef, "kind")?.toLowerCase() ?? "";
      const name = JSON.stringify(stringAt(roleRef, "name") ?? "");
      missing.push(`${kind}.rbac.authorization.k8s.io ${name} not found`);
      return [];
    });
  }

  /** @throws {@link StatusError} 403 with the API server's text when the user may not. */
  check(user: Identity, attributes: Attributes): void {
    if (this.allows(user, attributes)) return;
    const { verb, resource, group, namespace, name, path } = attributes;
    const who = `User "${user.name}" cannot ${verb}`;
    if (resource === undefined) {
      throw new StatusError(403, "Forbidden", `forbidden: ${who} path "${path}"`, {});
    }
    const where =
      namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
    const why = `${who} resource "${resource}" in API group "${group}" ${where}${this.#reason(user, namespace)}`;
    throw forbidden({ group, word: resource.split("/")[0] ?? resource }, name ?? "", why);
  }

  /** Roles that are bound and not there may be why something is not allowed. */
  #reason(user: Identity, namespace: string | undefined): string {
    const missing: string[] = [];
    if (this.#rbac) this.rulesFor(user, namespace, missing);
    return missing.length === 0 ? "" : `: ${missingText(missing)}`;
  }
}
