// SPDX-License-Identifier: Apache-2.0
// The difference of two objects as lines, values of Secrets left out (stage 6: writes).
import type { KubernetesObject } from "@haversack/core";

/** One path that differs. */
export interface Difference {
  readonly sign: "+" | "-" | "~";
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Set by the server on every write: no news. */
const serverOwned = new Set([
  "metadata.managedFields",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.uid",
  "metadata.creationTimestamp",
]);

const hidden = "(hidden)";

/**
 * What changes between two states, in the order of the paths. **API requests:** 0.
 *
 * **Guarantees:** no value of a Secret's `data` or `stringData` is in it, nor of the annotation in
 * which kubectl keeps what was last applied.
 */
export function diffObjects(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
): readonly Difference[] {
  const found: Difference[] = [];
  const isSecret = (after ?? before)?.kind === "Secret";
  walk([], before, after, (path, old, now) => {
    const name = path.join(".");
    if (serverOwned.has(name)) return;
    const isHidden =
      (isSecret && (path[0] === "data" || path[0] === "stringData")) ||
      path[2] === "kubectl.kubernetes.io/last-applied-configuration";
    const shown = (value: unknown): unknown => (isHidden && value !== undefined ? hidden : value);
    const sign = old === undefined ? "+" : now === undefined ? "-" : "~";
    found.push({ sign, path: formatPath(path), before: shown(old), after: shown(now) });
  });
  return found;
}

/** A line per difference. */
export function formatDifference({ sign, path, before, after }: Difference): string {
  const text = (value: unknown): string => JSON.stringify(value) ?? "";
  if (sign === "+") return `  + ${path}: ${text(after)}`;
  if (sign === "-") return `  - ${path}: ${text(before)}`;
  return `  ~ ${path}: ${text(before)} → ${text(after)}`;
}

type Tell = (path: readonly string[], before: unknown, after: unknown) => void;

function walk(path: readonly string[], before: unknown, after: unknown, tell: Tell): void {
  if (isPlain(before) && isPlain(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of [...keys].sort())
      walk([...path, key], ownOf(before, key), ownOf(after, key), tell);
    return;
  }
  // What is new or goes is told leaf by leaf, so that parts of it can be hidden.
  if (isPlain(before) && after === undefined && Object.keys(before).length > 0) {
    for (const key of Object.keys(before).sort())
      walk([...path, key], before[key], undefined, tell);
    return;
  }
  if (before === undefined && isPlain(after) && Object.keys(after).length > 0) {
    for (const key of Object.keys(after).sort()) walk([...path, key], undefined, after[key], tell);
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) tell(path, before, after);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ownOf(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function formatPath(path: readonly string[]): string {
  return path.map((part) => (/[.\s]/.test(part) ? JSON.stringify(part) : part)).join(".");
}
