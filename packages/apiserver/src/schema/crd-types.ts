// SPDX-License-Identifier: Apache-2.0
// Turns a CustomResourceDefinition into the resource types it serves.
import { arrayAt, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { builtinType } from "../kinds/parse-types.js";
import type { PrinterColumn, ResourceType, ScalePaths } from "../kinds/resource-type.js";
import type { Schema } from "./schema.js";
import { anySchema } from "./schema.js";
import { parseStructural } from "./structural.js";

function columnsOf(version: JsonObject): PrinterColumn[] {
  return arrayAt(version, "additionalPrinterColumns")
    .filter(isObject)
    .map((column) => ({
      name: String(column["name"]),
      type: String(column["type"]),
      jsonPath: String(column["jsonPath"]),
      ...(typeof column["format"] === "string" ? { format: column["format"] } : {}),
      ...(typeof column["priority"] === "number" ? { priority: column["priority"] } : {}),
      ...(typeof column["description"] === "string" ? { description: column["description"] } : {}),
    }));
}

function scaleOf(version: JsonObject): ScalePaths | undefined {
  const scale = objectAt(version, "subresources", "scale");
  if (scale === undefined) return undefined;
  const labelSelectorPath = stringAt(scale, "labelSelectorPath");
  return {
    specReplicasPath: stringAt(scale, "specReplicasPath") ?? ".spec.replicas",
    statusReplicasPath: stringAt(scale, "statusReplicasPath") ?? ".status.replicas",
    ...(labelSelectorPath === undefined ? {} : { labelSelectorPath }),
  };
}

function fieldLabelsOf(version: JsonObject): string[] {
  return arrayAt(version, "selectableFields").map((field) =>
    (stringAt(field, "jsonPath") ?? "").replace(/^\./, ""),
  );
}

/** Metadata of custom objects has the same shape, and the same merge rules, as everybody's. */
function withTypeMeta(schema: Schema): Schema {
  const text: Schema = { type: "string" };
  const properties = new Map(schema.properties);
  properties.set("apiVersion", text);
  properties.set("kind", text);
  properties.set("metadata", builtinType("ObjectMeta"));
  return { ...schema, properties };
}

function deprecationOf(group: string, kind: string, version: JsonObject): { deprecation?: string } {
  if (own(version, "deprecated") !== true) return {};
  const text = `${group}/${String(version["name"])} ${kind} is deprecated`;
  return { deprecation: stringAt(version, "deprecationWarning") ?? text };
}

/** The type of one served version. */
function typeOf(
  spec: JsonObject,
  version: JsonObject,
  storageVersion: string,
  since: number,
): ResourceType {
  const names = objectAt(spec, "names") ?? {};
  const group = String(spec["group"]);
  const plural = String(names["plural"]);
  const kind = String(names["kind"]);
  const scale = scaleOf(version);
  const schema = objectAt(version, "schema", "openAPIV3Schema");
  const texts = (key: string): string[] => arrayAt(names, key).map(String);
  let parsed: Schema | undefined;
  return {
    group,
    version: String(version["name"]),
    kind,
    plural,
    singular: stringAt(names, "singular") ?? kind.toLowerCase(),
    listKind: stringAt(names, "listKind") ?? `${kind}List`,
    namespaced: spec["scope"] === "Namespaced",
    shortNames: texts("shortNames"),
    categories: texts("categories"),
    custom: true,
    storageKey: `${plural}.${group}`,
    storageVersion,
    // A schema can be large and its kind never used: it is read when it is first needed.
    get schema() {
      parsed ??= withTypeMeta(schema === undefined ? anySchema : parseStructural(schema));
      return parsed;
    },
    hasStatus: objectAt(version, "subresources", "status") !== undefined,
    ...(scale === undefined ? {} : { scale }),
    columns: columnsOf(version),
    rules: { fieldLabels: fieldLabelsOf(version) },
    since,
    ...deprecationOf(group, kind, version),
    source: { spec, version },
  };
}

/** The types of all served versions, in the order of the definition. */
export function typesOfCrd(crd: JsonObject): ResourceType[] {
  const spec = objectAt(crd, "spec") ?? {};
  const versions = arrayAt(spec, "versions").filter(isObject);
  const stored = versions.find((version) => own(version, "storage") === true);
  const storageVersion = stringAt(stored, "name") ?? "";
  const since = Number(stringAt(crd, "metadata", "resourceVersion") ?? 0);
  return versions
    .filter((version) => own(version, "served") === true)
    .map((version) => typeOf(spec, version, storageVersion, since));
}
