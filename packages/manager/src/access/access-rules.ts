// SPDX-License-Identifier: Apache-2.0
// Rules of RBAC: merged, asked, and compared with what is needed (stage 0: words).
import type { RequestTarget } from "../client/request-target.js";

/** One right on one resource. */
export interface AccessRule {
  readonly group: string;
  /** With its subresource: `databases/status`. */
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly isNamespaced: boolean;
  /** Absent: in every namespace, or at the cluster scope. */
  readonly namespaces?: readonly string[] | undefined;
  /** Who needs it, for people. */
  readonly because: readonly string[];
}

/** A right somebody has, as a rules review tells it. */
export interface GrantedRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Order in which verbs are printed. */
const verbOrder = ["get", "list", "watch", "create", "update", "patch", "delete"];

/**
 * Merges rules on the same resource and the same namespaces; sorts all. **API requests:** 0.
 */
export function mergeRules(rules: readonly AccessRule[]): AccessRule[] {
  const merged = new Map<string, AccessRule>();
  for (const rule of rules) {
    const namespaces = rule.namespaces && [...new Set(rule.namespaces)].sort();
    const key = JSON.stringify([rule.group, rule.resource, namespaces ?? null]);
    const before = merged.get(key);
    merged.set(key, {
      ...rule,
      namespaces,
      verbs: inOrder([...(before?.verbs ?? []), ...rule.verbs]),
      because: [...new Set([...(before?.because ?? []), ...rule.because])].sort(),
    });
  }
  return [...merged.values()].filter((rule) => !isCovered(rule, merged)).sort(byResource);
}

/** Whether rules allow a request. Paths that are no resource are left to the server. */
export function allows(rules: readonly AccessRule[], target: RequestTarget): boolean {
  if (target.verb === "other") return true;
  const resource =
    target.subresource === "" ? target.plural : `${target.plural}/${target.subresource}`;
  return rules.some(
    (rule) =>
      rule.group === target.group &&
      rule.resource === resource &&
      rule.verbs.includes(target.verb) &&
      isWithin(rule, target.namespace),
  );
}

/** The verbs of a rule that nothing granted allows. */
export function missingVerbs(rule: AccessRule, granted: readonly GrantedRule[]): string[] {
  return rule.verbs.filter(
    (verb) =>
      !granted.some(
        ({ verbs = [], apiGroups = [], resources = [], resourceNames = [] }) =>
          resourceNames.length === 0 &&
          has(verbs, verb) &&
          has(apiGroups, rule.group) &&
          hasResource(resources, rule.resource),
      ),
  );
}

/** A rule for people: `get, list on configmaps (core group)`. */
export function formatRule({ group, resource }: AccessRule, verbs: readonly string[]): string {
  return `${verbs.join(", ")} on ${group === "" ? resource : `${resource}.${group}`}`;
}

function isWithin({ namespaces }: AccessRule, namespace: string | undefined): boolean {
  if (namespaces === undefined) return true;
  return namespace !== undefined && namespaces.includes(namespace);
}

/** A rule for some namespaces says nothing new beside one for all. */
function isCovered(rule: AccessRule, merged: ReadonlyMap<string, AccessRule>): boolean {
  if (rule.namespaces === undefined) return false;
  const everywhere = merged.get(JSON.stringify([rule.group, rule.resource, null]));
  return everywhere !== undefined && rule.verbs.every((verb) => everywhere.verbs.includes(verb));
}

function inOrder(verbs: readonly string[]): string[] {
  return [...new Set(verbs)].sort((a, b) => verbOrder.indexOf(a) - verbOrder.indexOf(b));
}

function byResource(a: AccessRule, b: AccessRule): number {
  const order = (rule: AccessRule): string =>
    `${rule.group} ${rule.resource} ${rule.namespaces?.join(",") ?? ""}`;
  return order(a) < order(b) ? -1 : 1;
}

function has(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

function hasResource(list: readonly string[], resource: string): boolean {
  const [, subresource] = resource.split("/");
  return has(list, resource) || (subresource !== undefined && list.includes(`*/${subresource}`));
}
