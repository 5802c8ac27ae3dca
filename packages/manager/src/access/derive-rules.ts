// SPDX-License-Identifier: Apache-2.0
// From what packs declare to the rights a reconciler needs (stage 0: words).
import {
  accessOf,
  kindKey,
  leases,
  type DeclaredAccess,
  type HasPrimary,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";
import { mergeRules, type AccessRule } from "./access-rules.js";

/** What is needed besides what the packs declare. */
export interface DeriveRulesOptions {
  /** Further access, such as kinds that are written without being owned. */
  readonly also?: readonly Omit<DeclaredAccess, "declaredBy">[];
  /** Leases of a leader election, in this namespace. */
  readonly leaderElectionIn?: string;
  /** Leases of a ring, in this namespace. */
  readonly shardingIn?: string;
}

const watchVerbs = ["list", "watch"];
const writeVerbs = ["get", "create", "patch", "delete"];

/**
 * Works out the rights of one or several reconcilers from what their packs declare: watches, writes,
 * status, finalizers, Kubernetes Events, Leases.
 *
 * Kinds that are watched as owned count as written, unless writes are declared: by sub-reconcilers,
 * or by the option `writes` of `withApiObjects`.
 *
 * **API requests:** 0. **Guarantees:** needs no start and no cluster.
 * **Caveats:** what a reconcile does without declaring it is not in it; run your tests with the
 * manager's `access: "enforce"`, which makes such a call fail.
 *
 * @example
 * ```ts
 * deriveRules(new DatabaseReconciler()).map(({ resource, verbs }) => `${resource}: ${verbs}`);
 * ```
 */
export function deriveRules(
  reconcilers: object | readonly object[],
  options: DeriveRulesOptions = {},
): readonly AccessRule[] {
  const all = Array.isArray(reconcilers) ? (reconcilers as readonly object[]) : [reconcilers];
  const rules = all.flatMap((reconciler) => rulesOf(reconciler));
  for (const each of options.also ?? [])
    rules.push(...toRules({ ...each, declaredBy: "options" }, undefined));
  const { leaderElectionIn, shardingIn } = options;
  if (leaderElectionIn !== undefined)
    rules.push(leaseRule(leaderElectionIn, ["get", "create", "update"], "leader election"));
  if (shardingIn !== undefined) {
    const verbs = ["get", "list", "create", "update", "delete"];
    rules.push(leaseRule(shardingIn, verbs, "sharding"));
  }
  return mergeRules(rules);
}

function rulesOf(reconciler: object): AccessRule[] {
  const declared = accessOf(reconciler);
  const { primaryKind } = reconciler as Partial<HasPrimary>;
  const primaries = declared.find(
    ({ purpose, kind }) =>
      purpose === "watch" && primaryKind !== undefined && kindKey(kind) === kindKey(primaryKind),
  );
  // What is done to the secondaries of primaries is done where the primaries are.
  const home = primaries?.namespaces;
  const hasWrites = declared.some(
    ({ purpose, kind }) =>
      purpose === "write" && (primaryKind === undefined || kindKey(kind) !== kindKey(primaryKind)),
  );
  return declared.flatMap((each) => {
    const rules = toRules(each, home);
    if (each.purpose !== "own" || hasWrites) return rules;
    return [...rules, ...toRules({ ...each, purpose: "write" }, home)];
  });
}

function toRules(declared: DeclaredAccess, home: readonly string[] | undefined): AccessRule[] {
  const { kind, purpose, declaredBy, namespaces = home } = declared;
  const rule = (verbs: readonly string[], subresource = ""): AccessRule => ({
    ...resourceOf(kind, subresource),
    verbs,
    namespaces: kind.namespaced ? namespaces : undefined,
    because: [`${declaredBy}: ${purpose}`],
  });
  switch (purpose) {
    case "watch":
    case "own":
      return [rule(watchVerbs)];
    case "read":
      return [rule(["get", "list"])];
    case "write":
    case "lock":
      return [rule(writeVerbs)];
    case "status":
      return [rule(["get"]), rule(["patch"], "status")];
    case "metadata":
      // The second is for clusters that guard blockOwnerDeletion, such as OpenShift.
      return [rule(["get", "patch"]), rule(["update"], "finalizers")];
    case "event":
      return [rule(["get", "create", "patch"])];
  }
}

function resourceOf(
  { group, plural, namespaced }: Kind<KubernetesObject>,
  subresource: string,
): Pick<AccessRule, "group" | "resource" | "isNamespaced"> {
  const resource = subresource === "" ? plural : `${plural}/${subresource}`;
  return { group, resource, isNamespaced: namespaced };
}

function leaseRule(namespace: string, verbs: readonly string[], why: string): AccessRule {
  return {
    ...resourceOf(leases, ""),
    verbs,
    namespaces: [namespace],
    because: [`manager: ${why}`],
  };
}
