// SPDX-License-Identifier: Apache-2.0
// How much of an object an informer keeps: what is asked for and what is picked (stage 1).
import { ConfigurationError, type Projection } from "@haversack/core";

const metadataAccept = (type: string): string =>
  `application/json;as=${type};g=meta.k8s.io;v=v1,application/json`;

/**
 * The `Accept` header of a list or a watch. A server that does not know the metadata form answers
 * with whole objects, which are then cut down here.
 */
export function acceptOf(projection: Projection, verb: "list" | "watch"): string {
  if (projection.keep !== "metadata") return "application/json";
  return metadataAccept(verb === "list" ? "PartialObjectMetadataList" : "PartialObjectMetadata");
}

/** Text that is equal exactly when two projections keep the same. */
export function projectionKey(projection: Projection): string {
  if (projection.keep !== "paths") return projection.keep;
  return `paths ${JSON.stringify([...projection.paths].sort())}`;
}

/**
 * Dotted paths, split. An element of an array needs no index: a path goes through all of them.
 *
 * @throws {@link ConfigurationError} for an empty path or an empty part. Terminal.
 */
export function splitPaths(paths: readonly string[]): readonly (readonly string[])[] {
  const split = paths.map((path) => path.replace(/^\./, "").split("."));
  const wrong = split.findIndex((parts) => parts.some((part) => part === ""));
  if (wrong >= 0) {
    throw new ConfigurationError(
      `cannot keep the path ${JSON.stringify(paths[wrong])}: a part of it is empty. ` +
        'Write dotted paths such as "spec.replicas".',
    );
  }
  return split;
}

type Json = Readonly<Record<string, unknown>>;

/** A copy of the chosen paths. Keys such as `__proto__` stay what they are: keys. */
export function pickPaths(source: Json, paths: readonly (readonly string[])[]): Json {
  const picked = new Map<string, unknown>();
  const byHead = new Map<string, string[][]>();
  for (const [head = "", ...rest] of paths) {
    const tails = byHead.get(head) ?? [];
    tails.push(rest);
    byHead.set(head, tails);
  }
  for (const [head, tails] of byHead) {
    if (!Object.hasOwn(source, head)) continue;
    const value = source[head];
    const isWhole = tails.some((tail) => tail.length === 0);
    picked.set(head, isWhole ? value : pickValue(value, tails));
  }
  return Object.fromEntries(picked); // Defines own properties; assigning could reach a setter.
}

function pickValue(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => pickValue(item, paths));
  return typeof value === "object" && value !== null ? pickPaths(value as Json, paths) : value;
}
