// SPDX-License-Identifier: Apache-2.0
// JSON Merge Patch (RFC 7396): null deletes, objects merge, everything else replaces.
import { isObject, own, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";

/** The target with the patch laid over it; neither is changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete result[key];
    else setOwn(result, key, applyMergePatch(own(result, key), patch[key]));
  }
  return result;
}
