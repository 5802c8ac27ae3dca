// SPDX-License-Identifier: Apache-2.0
// Objects that were stored under an earlier schema of their custom kind, read under the present one.
import { clone } from "../json.js";
import type { JsonObject } from "../json.js";
import { builtinType } from "../kinds/parse-types.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { applyDefaults } from "./default.js";
import { prune } from "./prune.js";

/** Whether an object of this revision may have been stored before the present schema. */
export function isOlderThanSchema({ custom, since = 0 }: ResourceType, revision: number): boolean {
  return custom && revision < since;
}

/** The object without what the schema does not have, and with its defaults; the original stays. */
export function refreshed(value: JsonObject, type: ResourceType): JsonObject {
  const copy = clone(value);
  prune(copy, type.schema, builtinType("ObjectMeta"), []);
  applyDefaults(copy, type.schema);
  return copy;
}
