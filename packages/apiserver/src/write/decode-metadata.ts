// SPDX-License-Identifier: Apache-2.0
// Decodes the metadata of a custom object, which is typed like any built-in one.
import { isObject } from "../json.js";
import type { JsonObject } from "../json.js";
import { builtinType } from "../kinds/parse-types.js";
import { decodeBuiltin } from "../schema/decode-builtin.js";
import { badRequest } from "../status-error.js";

/** The metadata with wrong types refused and empty values left out. */
export function decodeMetadata(
  metadata: unknown,
  names: { readonly kind: string; readonly apiVersion: string },
): JsonObject {
  if (metadata === undefined || metadata === null) return {};
  if (!isObject(metadata)) {
    throw badRequest(`${names.kind} metadata must be an object, got ${JSON.stringify(metadata)}`);
  }
  return decodeBuiltin(metadata, builtinType("ObjectMeta"), names, []);
}
