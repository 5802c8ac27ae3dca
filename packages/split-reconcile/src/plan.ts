// SPDX-License-Identifier: Apache-2.0
// The order of sub-reconcilers, and every check that can be made before anything runs (stage 0).
import {
  ConfigurationError,
  kindKey,
  type Kind,
  type KubernetesObject,
  type SubReconciler,
} from "@haversack/core";
import { isWithin, meetingPoint, toClaims, type Claim } from "./access.js";
import { checkSchedule, schedulesOf } from "./schedule.js";

/** A sub-reconciler with its place among the others. @internal */
export interface Part<P extends KubernetesObject = KubernetesObject> {
  readonly declared: SubReconciler<P>;
  readonly name: string;
  readonly reads: readonly Claim[];
  /** Those of its reads that it wakes for. */
  readonly heedful: readonly Claim[];
  /** Kinds of its triggers. */
  readonly heard: ReadonlySet<string>;
  /** `undefined`: nobody knows, so it runs alone. */
  readonly writes: readonly Claim[] | undefined;
  /** Paths of the primary's status among its writes. */
  readonly statusPaths: readonly string[];
  /** Those that must be done before it may run. */
  readonly after: readonly Part<P>[];
  /** Those it comes after, and all that these come after: they must be done. */
  readonly required: ReadonlySet<Part<P>>;
  /** Those whose turn comes before, whatever becomes of them. */
  readonly follows: readonly Part<P>[];
  /** All that have their turn before it: those it comes after or follows, and those before them. */
  readonly ancestors: ReadonlySet<Part<P>>;
  /** Earlier ones that must not run at the same time. */
  readonly apartFrom: readonly Part<P>[];
  readonly fieldManager: string;
}

/** Sub-reconcilers in an order that respects every `after`. @internal */
export interface Plan<P extends KubernetesObject> {
  readonly parts: readonly Part<P>[];
  /** Declared reads of what another one writes, without an order, and the like. */
  readonly warnings: readonly string[];
}

/** What a plan is made for. */
export interface PlanOptions {
  readonly controller: string;
  readonly primaryKind: Kind<KubernetesObject>;
  /** What becomes of warnings. Default `"warn"`: they are logged at the start. */
  readonly unordered?: "warn" | "refuse" | undefined;
  /** Names whose declarations are not known; see `rest` of `withSplitReconcile`. */
  readonly undeclared?: string | undefined;
}

const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const maxFieldManagerBytes = 128; // API server, `FieldManagerMaxLength`.

/**
 * Puts sub-reconcilers in order and refuses what could race, loop or never run.
 *
 * @throws {@link ConfigurationError} with every problem, each naming the sub-reconcilers and the path.
 * @internal
 */
export function makePlan<P extends KubernetesObject>(
  declared: readonly SubReconciler<P>[],
  options: PlanOptions,
): Plan<P> {
  const problems = namingProblems(declared, options);
  if (problems.length === 0) problems.push(...cycleProblems(declared));
  refuse(problems, options);
  const parts: Part<P>[] = [];
  for (const each of inOrder(declared)) parts.push(toPart(each, parts, options));
  problems.push(...parts.flatMap((part) => writeProblems(part, parts)));
  const warnings = parts.flatMap((part) => readWarnings(part, parts, options));
  refuse(options.unordered === "refuse" ? [...problems, ...warnings] : problems, options);
  return { parts, warnings };
}

/** Names of all that have their turn before, hard or soft. */
function before({
  after = [],
  follows = [],
}: Pick<SubReconciler<never>, "after" | "follows">): readonly string[] {
  return [...after, ...follows];
}

function refuse(problems: readonly string[], { primaryKind }: PlanOptions): void {
  if (problems.length === 0) return;
  const { kind } = primaryKind;
  throw new ConfigurationError(`cannot split the reconcile of ${kind}: ${problems.join("; ")}.`);
}

function namingProblems<P extends KubernetesObject>(
  declared: readonly SubReconciler<P>[],
  { controller }: PlanOptions,
): string[] {
  const problems: string[] = [];
  const names = new Set<string>();
  for (const { name } of declared) {
    if (!namePattern.test(name))
      problems.push(`"${name}" is no name: use lower-case letters, digits and dashes`);
    if (names.has(name)) problems.push(`two sub-reconcilers are named "${name}"; rename one`);
    names.add(name);
  }
  for (const each of declared) {
    const { name, overrides = [], finalizers, cleanup, untilGone } = each;
    for (const other of [...before(each), ...overrides]) {
      if (!names.has(other))
        problems.push(`"${name}" names "${other}", which is not in the list; add it or drop it`);
    }
    if (finalizers !== undefined && cleanup === undefined)
      problems.push(`"${name}" serves ${finalizers.join(", ")} and has no cleanup; add one`);
    if (untilGone === true && cleanup !== undefined)
      problems.push(`"${name}" cannot go on until the primary is gone and clean up; drop one`);
    const manager = each.fieldManager ?? `${controller}/${name}`;
    if (new TextEncoder().encode(manager).length > maxFieldManagerBytes)
      problems.push(`field manager "${manager}" of "${name}" is longer than 128 bytes; shorten it`);
    for (const schedule of schedulesOf(each)) {
      const problem = checkSchedule(schedule);
      if (problem !== undefined) problems.push(`the schedule of "${name}" cannot work: ${problem}`);
    }
  }
  return problems;
}

function cycleProblems<P extends KubernetesObject>(
  declared: readonly SubReconciler<P>[],
): string[] {
  const byName = new Map(declared.map((each) => [each.name, each]));
  const isClear = new Set<string>();
  const find = (name: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (isClear.has(name)) return undefined;
    for (const earlier of before(byName.get(name) ?? {})) {
      const cycle = find(earlier, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    isClear.add(name);
    return undefined;
  };
  for (const { name } of declared) {
    const cycle = find(name, []);
    if (cycle === undefined) continue;
    const chain = cycle.map((each) => `"${each}"`).join(" after ");
    return [`${chain} is a cycle; drop one of these`];
  }
  return [];
}

/** Topological; among those that may come next, the highest priority, then the first declared. */
function inOrder<P extends KubernetesObject>(
  declared: readonly SubReconciler<P>[],
): readonly SubReconciler<P>[] {
  const left = [...declared].sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
  const placed = new Set<string>();
  const order: SubReconciler<P>[] = [];
  while (left.length > 0) {
    const at = left.findIndex((each) => before(each).every((name) => placed.has(name)));
    for (const next of left.splice(at, 1)) {
      placed.add(next.name);
      order.push(next);
    }
  }
  return order;
}

function toPart<P extends KubernetesObject>(
  declared: SubReconciler<P>,
  earlier: readonly Part<P>[],
  { controller, primaryKind, undeclared }: PlanOptions,
): Part<P> {
  const { name } = declared;
  const isUnknown = name === undeclared && declared.writes === undefined;
  const reads = toClaims(declared.reads);
  const writes = isUnknown ? undefined : toClaims(declared.writes);
  const after = earlier.filter((part) => declared.after?.includes(part.name) === true);
  const required = new Set(after.flatMap((part) => [part, ...part.required]));
  const follows = earlier.filter((part) => declared.follows?.includes(part.name) === true);
  const ancestors = new Set([...after, ...follows].flatMap((part) => [part, ...part.ancestors]));
  const apartFrom = earlier.filter(
    (other) =>
      writes === undefined ||
      other.writes === undefined ||
      meetingPoint(writes, [...other.writes, ...other.reads]) !== undefined ||
      meetingPoint(reads, other.writes) !== undefined,
  );
  const fieldManager = declared.fieldManager ?? `${controller}/${name}`;
  const { triggers } = declared;
  const heard = new Set(triggers?.map((each) => kindKey("plural" in each ? each : each.kind)));
  const own = (writes ?? []).filter(({ kind }) => kind === kindKey(primaryKind));
  const statusPaths = own
    .flatMap(({ paths = ["status"] }) => paths)
    .filter((path) => isWithin(path, "status"));
  return {
    ...{ declared, name, reads, writes, statusPaths, heard },
    heedful: reads.filter(({ wakes }) => wakes),
    ...{ after, required, follows, ancestors, apartFrom, fieldManager },
  };
}

function writeProblems<P extends KubernetesObject>(
  part: Part<P>,
  parts: readonly Part<P>[],
): string[] {
  const earlier = parts.slice(0, parts.indexOf(part));
  return earlier.flatMap((other) => {
    const where = meetingPoint(part.writes ?? [], other.writes ?? []);
    if (where === undefined) return [];
    const mayOverride = part.declared.overrides?.includes(other.name) === true;
    if (mayOverride && part.ancestors.has(other)) return [];
    return [
      `"${other.name}" and "${part.name}" both write ${where}; let one of both write it, or give ` +
        `"${part.name}" after: ["${other.name}"] and overrides: ["${other.name}"]`,
    ];
  });
}

function readWarnings<P extends KubernetesObject>(
  part: Part<P>,
  parts: readonly Part<P>[],
  { primaryKind }: PlanOptions,
): string[] {
  const warnings = parts.flatMap((other) => {
    if (other === part || part.ancestors.has(other)) return [];
    const where = meetingPoint(part.reads, other.writes ?? []);
    if (where === undefined || other.ancestors.has(part)) return [];
    return [
      `"${part.name}" reads ${where}, which "${other.name}" writes, in no declared order; ` +
        `give "${part.name}" after or follows: ["${other.name}"], or the other way round`,
    ];
  });
  const { triggers } = part.declared;
  if (triggers === undefined) return warnings;
  const waking = new Set(parts.flatMap(({ heard }) => [...heard]));
  waking.add(kindKey(primaryKind));
  const deaf = part.heedful.find(({ kind }) => !waking.has(kind) && !isWrittenBy(kind, parts));
  if (deaf === undefined) return warnings;
  return [
    ...warnings,
    `"${part.name}" reads ${deaf.kind} and no trigger of its wakes it when that changes; add one`,
  ];
}

function isWrittenBy(kind: string, parts: readonly Part[] | readonly Part<never>[]): boolean {
  return parts.some((part) => part.writes?.some((claim) => claim.kind === kind) === true);
}
