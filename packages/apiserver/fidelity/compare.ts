// SPDX-License-Identifier: Apache-2.0
// Finds where two normalised answers differ, and which of that is known.
import { isObject } from "../src/json.js";
import type { StepAnswer } from "./run-probe.js";

/** One place where the embedded server answers differently. */
export interface Difference {
  /** `section/probe #step`, steps from 1. */
  readonly step: string;
  /** Dotted path into the answer: `status`, `body.message`, `events.0.object.spec`. */
  readonly at: string;
  readonly real: unknown;
  readonly ours: unknown;
}

/** A difference that is known, with its reason. */
export interface KnownDifference {
  /** Steps: `*` stands for any run of characters. */
  readonly step: string;
  /** Paths, in the same form. */
  readonly at: string;
  /** The real value as JSON, or `(absent)`, in the same form; default any. */
  readonly real?: string;
  /** `newer`: Kubernetes changed after the recorded version; `open`: to be done; `chosen`: meant so. */
  readonly why: "newer" | "open" | "chosen";
  readonly reason: string;
}

/** What a comparison found. */
export interface Comparison {
  readonly unknown: readonly Difference[];
  /** Steps that differ in known ways only, with the weakest reason: open before chosen before newer. */
  readonly known: ReadonlyMap<string, KnownDifference["why"]>;
  /** Entries of the list that explain nothing any more. */
  readonly stale: readonly KnownDifference[];
}

const absent = Symbol("absent");

/** What an absent value is compared as, so that the parts of the other one are told one by one. */
function emptyLike(value: unknown, other: unknown): unknown {
  if (value !== absent) return value;
  if (Array.isArray(other) && other.length > 0) return [];
  return isObject(other) && Object.keys(other).length > 0 ? {} : value;
}

/** Every leaf at which two values differ. */
export function differences(real: unknown, ours: unknown, step: string): Difference[] {
  const found: Difference[] = [];
  const shown = (value: unknown): unknown => (value === absent ? "(absent)" : value);
  const walk = (one: unknown, other: unknown, at: string): void => {
    const left = emptyLike(one, other);
    const right = emptyLike(other, one);
    const below = (key: string): string => (at === "" ? key : `${at}.${key}`);
    if (Array.isArray(left) && Array.isArray(right)) {
      for (let index = 0; index < Math.max(left.length, right.length); index++) {
        const item = index < left.length ? (left[index] as unknown) : absent;
        const match = index < right.length ? (right[index] as unknown) : absent;
        walk(item, match, below(String(index)));
      }
    } else if (isObject(left) && isObject(right)) {
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
        const item = Object.hasOwn(left, key) ? left[key] : absent;
        const match = Object.hasOwn(right, key) ? right[key] : absent;
        walk(item, match, below(key));
      }
    } else if (left !== right) {
      found.push({ step, at, real: shown(left), ours: shown(right) });
    }
  };
  walk(real, ours, "");
  return found;
}

/** The name of a probe's step in lists and messages. */
export const stepName = (probe: string, index: number): string => `${probe} #${index + 1}`;

/** The differences of all steps of a probe. */
export function probeDifferences(
  probe: string,
  real: readonly StepAnswer[],
  ours: readonly StepAnswer[],
): Difference[] {
  const count = Math.max(real.length, ours.length);
  return Array.from({ length: count }, (_, index) =>
    differences(real[index], ours[index], stepName(probe, index)),
  ).flat();
}

const patterns = new Map<string, RegExp>();

function matches(text: string, pattern: string): boolean {
  let regExp = patterns.get(pattern);
  if (regExp === undefined) {
    const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    regExp = new RegExp(`^${parts.join(".*")}$`, "s");
    patterns.set(pattern, regExp);
  }
  return regExp.test(text);
}

function explains(entry: KnownDifference, { step, at, real }: Difference): boolean {
  if (!matches(step, entry.step) || !matches(at, entry.at)) return false;
  if (entry.real === undefined) return true;
  return matches(real === "(absent)" ? "(absent)" : JSON.stringify(real), entry.real);
}

const weight = { newer: 0, chosen: 1, open: 2 } as const;

/** Separates what is known from what is new, and finds entries that are no longer needed. */
export function sortOut(
  found: readonly Difference[],
  list: readonly KnownDifference[],
): Comparison {
  const unknown: Difference[] = [];
  const known = new Map<string, KnownDifference["why"]>();
  const used = new Set<KnownDifference>();
  for (const difference of found) {
    const fitting = list.filter((entry) => explains(entry, difference));
    for (const entry of fitting) used.add(entry);
    const [first] = fitting;
    if (first === undefined) {
      unknown.push(difference);
      continue;
    }
    const before = known.get(difference.step);
    if (before === undefined || weight[first.why] > weight[before]) {
      known.set(difference.step, first.why);
    }
  }
  return { unknown, known, stale: list.filter((entry) => !used.has(entry)) };
}

/** A difference as lines for a person. */
export function differenceText({ step, at, real, ours }: Difference): string {
  return `${step}  ${at}\n    real: ${JSON.stringify(real)}\n    ours: ${JSON.stringify(ours)}`;
}
