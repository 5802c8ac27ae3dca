// SPDX-License-Identifier: Apache-2.0
// Passes when what is wanted of an object changed, not when its status did (stage 2: predicate).
import { changed, type Predicate } from "../predicate.js";
import { isContentChanged, isEqualJson, isSpecChanged, valueAt } from "./content.js";

/**
 * Passes when `metadata.generation` changed, or deletion started.
 *
 * Kinds without a generation (Secret, ConfigMap, ServiceAccount …) are compared by content: all but
 * metadata and status.
 *
 * **API requests:** 0. **Caveats:** changes of labels and annotations do not pass; a Deployment's
 * generation also grows when an annotation changes.
 *
 * @see controller-runtime `GenerationChangedPredicate`, which drops every update of such kinds.
 */
export const generationChanged: Predicate = changed("generationChanged", isSpecChanged, {
  explain: ({ old: before, new: after }) =>
    `generation ${before?.metadata.generation ?? "none"} → ${after?.metadata.generation ?? "none"}`,
});

/**
 * Passes when the content or, with paths, one of these parts of the spec changed.
 *
 * @param paths Dotted paths below `spec`, such as `"replicas"`.
 * @example
 * ```ts
 * specChanged("replicas", "template.spec")
 * ```
 */
export function specChanged(...paths: string[]): Predicate {
  if (paths.length === 0) return changed("specChanged", isContentChanged);
  return changed(`specChanged(${paths.join(", ")})`, pathsChanged("spec", paths), {
    explain: explainPaths("spec", paths),
  });
}

/** Passes when the status or, with paths, one of these parts of it changed. */
export function statusChanged(...paths: string[]): Predicate {
  const name = paths.length === 0 ? "statusChanged" : `statusChanged(${paths.join(", ")})`;
  return changed(name, pathsChanged("status", paths), { explain: explainPaths("status", paths) });
}

function pathsChanged(
  root: string,
  paths: readonly string[],
): (before: object, after: object) => boolean {
  const full = fullPaths(root, paths);
  return (before, after) =>
    full.some((path) => !isEqualJson(valueAt(before, path), valueAt(after, path)));
}

function explainPaths(root: string, paths: readonly string[]): NonNullable<Predicate["explain"]> {
  return ({ old: before, new: after }) => {
    const different = fullPaths(root, paths).filter(
      (path) => !isEqualJson(valueAt(before, path), valueAt(after, path)),
    );
    return different.length === 0 ? "unchanged" : `changed: ${different.join(", ")}`;
  };
}

function fullPaths(root: string, paths: readonly string[]): readonly string[] {
  return paths.length === 0 ? [root] : paths.map((path) => `${root}.${path}`);
}
