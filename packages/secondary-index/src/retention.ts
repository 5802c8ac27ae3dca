// SPDX-License-Identifier: Apache-2.0
// How much of an object the index keeps: whole objects, metadata, or chosen paths (stage 7: index).
import type { KubernetesObject, ObjectMeta, Projection } from "@haversack/core";

/** What the index keeps of each secondary: whole objects, or what refers to them. */
export type Retain = "objects" | "refs";

/**
 * The projection of a retention: `"refs"` keeps metadata and what the relations read.
 *
 * @param reads Dotted paths outside `metadata` that the relations of the kind look at.
 */
export function projectionOf(retain: Retain, reads: readonly string[]): Projection {
  if (retain === "objects") return { keep: "object" };
  return reads.length === 0 ? { keep: "metadata" } : { keep: "paths", paths: reads };
}

/**
 * Cuts an object, such as the server's answer to a write, to what a cache keeps of it.
 *
 * **Guarantees:** the given object is not changed; keys such as `__proto__` stay ordinary keys.
 */
export function project<T extends KubernetesObject>(object: T, projection: Projection): T {
  const metadata = withoutManagedFields(object.metadata);
  if (projection.keep === "object") return { ...object, metadata };
  const { apiVersion, kind } = object;
  const kept: Record<string, unknown> = {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata,
  };
  if (projection.keep === "paths") {
    for (const path of projection.paths) copyPath(object, kept, path.split("."));
  }
  return kept as unknown as T;
}

function withoutManagedFields(metadata: ObjectMeta): ObjectMeta {
  const kept: Partial<Record<keyof ObjectMeta, unknown>> = { ...metadata };
  delete kept.managedFields;
  return kept as ObjectMeta;
}

function copyPath(from: unknown, to: Record<string, unknown>, steps: readonly string[]): void {
  const [step = "", ...rest] = steps;
  if (typeof from !== "object" || from === null || !Object.hasOwn(from, step)) return;
  const value = (from as Record<string, unknown>)[step];
  if (rest.length === 0 || typeof value !== "object" || value === null || Array.isArray(value)) {
    if (rest.length === 0) define(to, step, value);
    return;
  }
  if (step === "metadata") return; // Kept as a whole already.
  const before = Object.hasOwn(to, step) ? (to[step] as Record<string, unknown>) : undefined;
  const inner = before ?? {};
  if (before === undefined) define(to, step, inner);
  copyPath(value, inner, rest);
}

function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** Freezes an object and all it holds. Iterative: depth is bounded by memory, not by the stack. */
export function freezeDeep<T extends object>(object: T): T {
  const open: object[] = [object];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const value of Object.values(next) as unknown[]) {
      if (typeof value === "object" && value !== null) open.push(value);
    }
  }
  return object;
}
