// SPDX-License-Identifier: Apache-2.0
// Finds reconcilers in a module by their packs (before stage 1).
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { accessOf, ConfigurationError } from "@haversack/core";

/** A reconciler and the name it is exported by. */
export interface LoadedReconciler {
  readonly name: string;
  readonly reconciler: object;
}

/**
 * Loads the reconcilers of a module: exported classes whose constructor needs no argument, and
 * exported objects that were made with packs.
 *
 * @param target `path/to/module.js`, or `path/to/module.js#Name` for one of its exports.
 * @throws ConfigurationError when there are none. Terminal.
 */
export async function loadReconcilers(target: string): Promise<readonly LoadedReconciler[]> {
  const [path = "", wanted] = target.split("#");
  const exported = await importModule(path);
  const names = wanted === undefined ? Object.keys(exported) : [wanted];
  const found = names.flatMap((name) => {
    const reconciler = toReconciler(exported[name], wanted !== undefined);
    return reconciler === undefined ? [] : [{ name, reconciler }];
  });
  if (found.length > 0) return found;
  throw new ConfigurationError(
    `cannot find a reconciler in ${target}: it exports ${Object.keys(exported).join(", ") || "nothing"}. ` +
      "Export a class made with expand(…) whose constructor needs no argument, or an object of it.",
  );
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`cannot load ${path}: ${why}. Name a built module (.js).`, {
      cause: error,
    });
  }
}

/** @param isWanted Whether it was named; then what its constructor throws is told. */
function toReconciler(value: unknown, isWanted: boolean): object | undefined {
  if (typeof value === "object" && value !== null) return isMade(value) ? value : undefined;
  if (typeof value !== "function" || value.prototype === undefined) return undefined;
  try {
    const made: unknown = new (value as new () => object)();
    return typeof made === "object" && made !== null && isMade(made) ? made : undefined;
  } catch (error) {
    if (isWanted) throw error;
    return undefined; // Some other function or class of the module.
  }
}

function isMade(value: object): boolean {
  return accessOf(value).length > 0;
}
