// SPDX-License-Identifier: Apache-2.0
// Nobody grants by a role or a binding what he may not do himself, unless he may escalate or bind.
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { resourceSubject } from "../kinds/resource-type.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { forbidden, notFound } from "../status-error.js";
import { ruleAllows } from "./authorizer.js";
import type { Attributes, Authorizer } from "./authorizer.js";
import type { Identity } from "./identity.js";

const group = "rbac.authorization.k8s.io";

/** A write of a role or of a binding. */
export interface Grant {
  readonly type: ResourceType;
  readonly user: Identity;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object: JsonObject;
}

const words = (rule: unknown, key: string): string[] => arrayAt(rule, key).map(String);

/** One thing that a rule allows: a verb on a resource (of a name) or on a path. */
type Right = Attributes;

/** The single rights of a rule; "*" stands for itself and must be held as such. */
function rightsOf(rule: unknown, namespace: string | undefined): Right[] {
  const rights: Right[] = [];
  const names = words(rule, "resourceNames");
  for (const verb of words(rule, "verbs")) {
    for (const path of words(rule, "nonResourceURLs")) {
      rights.push({ verb, group: "", resource: undefined, namespace, name: undefined, path });
    }
    for (const apiGroup of words(rule, "apiGroups")) {
      for (const resource of words(rule, "resources")) {
        for (const name of names.length === 0 ? [undefined] : names) {
          rights.push({ verb, group: apiGroup, resource, namespace, name, path: "" });
        }
      }
    }
  }
  return rights;
}

const quoted = (list: readonly string[]): string =>
  `[${list.map((text) => JSON.stringify(text)).join(" ")}]`;

/** A rule as the API server's messages show it. */
function ruleText(rule: unknown): string {
  const parts = [
    ["APIGroups", "apiGroups"],
    ["Resources", "resources"],
    ["NonResourceURLs", "nonResourceURLs"],
    ["ResourceNames", "resourceNames"],
    ["Verbs", "verbs"],
  ] as const;
  const shown = parts.flatMap(([name, key]) => {
    const list = words(rule, key);
    return list.length === 0 ? [] : [`${name}:${quoted(list)}`];
  });
  return `{${shown.join(", ")}}`;
}

/** The rules of a role that a user does not hold whole. */
function missingRules(
  authorizer: Authorizer,
  user: Identity,
  rules: readonly unknown[],
  namespace: string | undefined,
): unknown[] {
  const held = authorizer.rulesFor(user, namespace);
  return rules.filter((rule) =>
    rightsOf(rule, namespace).some((right) => !held.some((own) => ruleAllows(own, right))),
  );
}

function isRole({ kind }: ResourceType): boolean {
  return kind === "Role" || kind === "ClusterRole";
}

/** The rules that a write grants, unless the user may grant anything there. */
function grantedRules(authorizer: Authorizer, grant: Grant): readonly unknown[] {
  const { type, user, namespace, name, object } = grant;
  if (isRole(type)) {
    const escalates = { verb: "escalate", group, resource: type.plural, namespace, name, path: "" };
    return authorizer.allows(user, escalates) ? [] : arrayAt(object, "rules");
  }
  const roleRef = objectAt(object, "roleRef");
  const plural = stringAt(roleRef, "kind") === "Role" ? "roles" : "clusterroles";
  const role = stringAt(roleRef, "name") ?? "";
  const binds = { verb: "bind", group, resource: plural, namespace, name: role, path: "" };
  if (authorizer.allows(user, binds)) return [];
  const rules = authorizer.rulesOfRole(roleRef, namespace);
  if (rules === undefined) throw notFound({ group, word: plural }, role);
  return rules;
}

/**
 * Refuses a role or binding that grants more than its writer holds.
 *
 * @throws {@link StatusError} 403 with the rules that are missing; 404 for a role that is not there.
 */
export function refuseEscalation(authorizer: Authorizer, grant: Grant): void {
  const { type, user, namespace, name } = grant;
  if (!authorizer.isEnforcing || user.groups.includes("system:masters")) return;
  const missing = missingRules(authorizer, user, grantedRules(authorizer, grant), namespace);
  if (missing.length === 0) return;
  const texts = missing.map(ruleText).sort();
  const why =
    `user "${user.name}" (groups=${quoted(user.groups)}) is attempting to grant RBAC permissions ` +
    `not currently held:\n${texts.join("\n")}`;
  throw forbidden(resourceSubject(type), name, why);
}

/** The kinds whose writes grant rights. */
export function grantsRights(type: ResourceType): boolean {
  return type.group === group;
}

/** Whether an update leaves what is granted as it was. */
export function grantsTheSame(type: ResourceType, before: JsonObject, after: JsonObject): boolean {
  const keys = isRole(type) ? ["rules", "aggregationRule"] : ["roleRef", "subjects"];
  return keys.every((key) => JSON.stringify(own(before, key)) === JSON.stringify(own(after, key)));
}
