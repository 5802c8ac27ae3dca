// SPDX-License-Identifier: Apache-2.0
// The forms in which an object is answered: as stored, in another version, metadata only, as a table row.
import { objectAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { apiVersionOf } from "../kinds/resource-type.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { isOlderThanSchema, refreshed } from "../schema/refresh.js";
import type { StoredObject } from "../store/stored-object.js";
import { clone } from "../json.js";
import { applyDefaults } from "../schema/default.js";
import { prune } from "../schema/prune.js";
import { builtinType } from "../kinds/parse-types.js";

/** Turns stored objects into the text of answers; texts are made once per object and view. */
export interface View {
  readonly name: string;
  text(object: StoredObject): string;
  /** The text as an item of a list. */
  itemText(object: StoredObject): string;
  /** The form of all but the first event of a watch, when it differs. */
  readonly rest?: View;
  /** Another value of the same kind (a selector transition), not cached. */
  make(value: JsonObject): unknown;
}

/** The object in the version that is asked for. */
function inVersion(value: JsonObject, type: ResourceType): JsonObject {
  if (type.conversion !== undefined) return type.conversion.fromStorage(value);
  if (type.version === type.storageVersion) {
    const revision = Number(objectAt(value, "metadata")?.["resourceVersion"] ?? 0);
    return isOlderThanSchema(type, revision) ? refreshed(value, type) : value;
  }
  const copy = clone(value);
  copy["apiVersion"] = apiVersionOf(type);
  prune(copy, type.schema, builtinType("ObjectMeta"), []);
  applyDefaults(copy, type.schema);
  return copy;
}

/** The whole object. */
export function objectView(type: ResourceType): View {
  const isStored = type.conversion === undefined && type.version === type.storageVersion;
  const name = `v:${apiVersionOf(type)}:${type.since ?? 0}`;
  const make = (value: JsonObject): JsonObject => inVersion(value, type);
  const text = (object: StoredObject): string =>
    isStored && !isOlderThanSchema(type, object.revision) ? object.text : object.view(name, make);
  return {
    name: isStored ? "" : name,
    text,
    // Items of built-in lists carry neither kind nor apiVersion.
    itemText: (object) => (type.custom || !isStored ? text(object) : object.itemText),
    make,
  };
}

/** PartialObjectMetadata. */
export function partialMetadata(value: JsonObject, version = "v1"): JsonObject {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: objectAt(value, "metadata") ?? {},
  };
}

/** Metadata only. */
export function metadataView(version: string): View {
  const name = `metadata:${version}`;
  const make = (value: JsonObject): JsonObject => partialMetadata(value, version);
  const text = (object: StoredObject): string => object.view(name, make);
  return { name, text, itemText: text, make };
}

/** The metadata of a list. */
export function listMetadata(
  revision: number,
  continueToken: string,
  remaining: number | undefined,
  custom: boolean,
): JsonObject {
  return {
    // Custom lists show an empty token, built-in ones leave it out.
    ...(continueToken === "" && !custom ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
    resourceVersion: String(revision),
  };
}
