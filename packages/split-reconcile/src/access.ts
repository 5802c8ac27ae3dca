// SPDX-License-Identifier: Apache-2.0
// What sub-reconcilers say they read and write, and where two of them meet (stage 5: split reconcile).
import { kindKey, type Access, type Kind, type KubernetesObject } from "@haversack/core";

/** One declaration, ready to be compared. */
export interface Claim {
  readonly kind: string;
  readonly role: string | undefined;
  readonly named: ((name: string, primary: KubernetesObject) => boolean) | undefined;
  /** `undefined`: the whole object. */
  readonly paths: readonly string[] | undefined;
  /** Whether a change of it is news for who reads it. */
  readonly wakes: boolean;
}

/** What was written of one object. */
export interface Written {
  readonly kind: string;
  readonly name: string;
  /** `undefined`: the object as such. */
  readonly paths: readonly string[] | undefined;
}

/** Makes claims of declarations. A condition counts as the path `status.conditions[Type]`. */
export function toClaims(declared: readonly Access[] = []): readonly Claim[] {
  return declared.map((each) => {
    if ("plural" in each) {
      return claimOn(kindKey(each), undefined);
    }
    const conditions = each.conditions?.map(conditionPath) ?? [];
    const paths = [...(each.paths ?? []), ...conditions];
    const isWhole = each.paths === undefined && each.conditions === undefined;
    const { role, named, wakes = true } = each;
    return { kind: kindKey(each.kind), role, named, paths: isWhole ? undefined : paths, wakes };
  });
}

function claimOn(kind: string, paths: readonly string[] | undefined): Claim {
  return { kind, role: undefined, named: undefined, paths, wakes: true };
}

/** The path of a condition. */
export function conditionPath(type: string): string {
  return `status.conditions[${type}]`;
}

/** Says where two sets of claims meet, for people; `undefined` when they are disjoint. */
export function meetingPoint(ours: readonly Claim[], theirs: readonly Claim[]): string | undefined {
  for (const a of ours) {
    for (const b of theirs) {
      const isApart = a.role !== undefined && b.role !== undefined && a.role !== b.role;
      if (a.kind !== b.kind || isApart) continue;
      const role = a.role ?? b.role;
      const where = role === undefined ? a.kind : `${a.kind} (${role})`;
      const path = commonPath(a.paths, b.paths);
      if (path !== undefined) return path === "" ? where : `${where} ${path}`;
    }
  }
  return undefined;
}

/** The narrower of two paths that contain each other; `""` for whole objects. */
function commonPath(
  ours: readonly string[] | undefined,
  theirs: readonly string[] | undefined,
): string | undefined {
  if (ours === undefined) return theirs === undefined ? "" : theirs[0];
  if (theirs === undefined) return ours[0];
  for (const a of ours) {
    for (const b of theirs) {
      if (isWithin(a, b)) return a;
      if (isWithin(b, a)) return b;
    }
  }
  return undefined;
}

/** Whether a path is another one or lies below it; with a `*` in one of them: whether it may. */
export function isWithin(path: string, ancestor: string): boolean {
  if (path.includes("*") || ancestor.includes("*")) return mayBeWithin(path, ancestor);
  if (!path.startsWith(ancestor)) return false;
  return path.length === ancestor.length || ".[".includes(path[ancestor.length] ?? "");
}

function mayBeWithin(path: string, ancestor: string): boolean {
  const star = ancestor.indexOf("*");
  // Most paths differ before the first star; splitting them all would be half of a run's own cost.
  if (star >= 0 && !path.includes("*") && !path.startsWith(ancestor.slice(0, star))) return false;
  const steps = path.split(".");
  const above = ancestor.split(".");
  return (
    above.length <= steps.length &&
    above.every((step, at) => step === "*" || steps[at] === "*" || steps[at] === step)
  );
}

/**
 * The first of these paths of an object that no claim covers; `undefined` when all are covered.
 *
 * @param paths What is written; `undefined` for the object as such: creating or deleting it.
 */
export function uncovered(
  claims: readonly Claim[],
  kind: Kind<KubernetesObject>,
  name: string,
  primary: KubernetesObject,
  paths: readonly string[] | undefined,
): string | undefined {
  const key = kindKey(kind);
  const own = claims.filter(
    (claim) => claim.kind === key && (claim.named?.(name, primary) ?? true),
  );
  if (own.some((claim) => claim.paths === undefined)) return undefined;
  if (own.length === 0 || paths === undefined) return paths?.[0] ?? "the whole object";
  return paths.find(
    (path) => !own.some((claim) => claim.paths?.some((each) => isWithin(path, each)) === true),
  );
}

/** Whether claims hold anything of these paths of an object; `undefined`: of the object at all. */
export function concerns(
  claims: readonly Claim[],
  kind: string,
  name: string,
  primary: KubernetesObject,
  paths: readonly string[] | undefined,
): boolean {
  const written = [claimOn(kind, paths)];
  return claims.some(
    (claim) =>
      claim.wakes &&
      claim.named?.(name, primary) !== false &&
      meetingPoint([claim], written) !== undefined,
  );
}

/** Parts of an object that address it and are no content. */
const addressing = new Set([
  "apiVersion",
  "kind",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "metadata.resourceVersion",
  "metadata.generateName",
  "metadata.ownerReferences",
]);

/** Dotted paths of the leaves of a value; lists are leaves, but conditions go by type. */
export function leafPaths(value: unknown, at = ""): readonly string[] {
  const found: string[] = [];
  collect(value, at, found);
  return found.filter((path) => !addressing.has(path));
}

function collect(value: unknown, at: string, found: string[]): void {
  if (at === "status.conditions" && Array.isArray(value)) {
    for (const each of value as readonly { readonly type: string }[])
      found.push(conditionPath(each.type));
    return;
  }
  const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = isBranch ? Object.entries(value) : [];
  if (entries.length === 0) {
    if (at !== "") found.push(at);
    return;
  }
  for (const [key, below] of entries) collect(below, at === "" ? key : `${at}.${key}`, found);
}

/** Dotted paths at which two states differ, at most `limit` of them. */
export function changedPaths(before: unknown, after: unknown, limit = 8): readonly string[] {
  const found: string[] = [];
  const visit = (a: unknown, b: unknown, at: string): void => {
    if (found.length >= limit || Object.is(a, b)) return;
    if (isPlain(a) && isPlain(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        const path = at === "" ? key : `${at}.${key}`;
        if (!bookkeeping.has(path)) visit(a[key], b[key], path);
      }
      return;
    }
    if (JSON.stringify(a) !== JSON.stringify(b)) found.push(at);
  };
  visit(before, after, "");
  return found;
}

/** What the server changes with every write. */
const bookkeeping = new Set([
  "metadata.resourceVersion",
  "metadata.managedFields",
  "metadata.generation",
]);

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
