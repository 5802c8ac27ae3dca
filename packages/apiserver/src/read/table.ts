// SPDX-License-Identifier: Apache-2.0
// Tables for `kubectl get`: columns of the kind, one row per object.
import { arrayAt, isObject, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { PrinterColumn, ResourceType } from "../kinds/resource-type.js";
import { shortDuration } from "./age.js";
import { builtinTable } from "./builtin-tables.js";
import { partialMetadata } from "./views.js";

/** What a row carries of its object. */
export type IncludeObject = "Metadata" | "Object" | "None";

/** How a table is wanted. */
export interface TableForm {
  readonly include: IncludeObject;
  readonly nowMs: number;
  /** Version of meta.k8s.io. */
  readonly version: string;
}

const nameColumn = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  priority: 0,
};
const ageColumn: PrinterColumn = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "When the object was created.",
};

function columnsOf(type: ResourceType): readonly PrinterColumn[] {
  return type.columns.length > 0 ? type.columns : [ageColumn];
}

/** Steps of a JSON path: `.a.b[0]`, `.a[*].b`, `.a[?(@.k=="v")].b`, `.metadata.annotations.x\.y`. */
function parsePath(path: string): string[] {
  const steps: string[] = [];
  const grammar =
    /\.((?:\\.|[^.[\\])+)|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]|\[([^\]]+)\]/g;
  for (const [, name, filterKey, filterValue, index] of path.matchAll(grammar)) {
    if (name !== undefined) steps.push(`.${name.replaceAll("\\.", ".")}`);
    else if (filterKey !== undefined) steps.push(`?${filterKey}=${filterValue}`);
    else if (index === "*") steps.push("*");
    else steps.push(`.${String(index).replaceAll(/^['"]|['"]$/g, "")}`);
  }
  return steps;
}

function stepInto(value: unknown, step: string): unknown[] {
  if (step === "*")
    return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if (step.startsWith("?")) {
    const [key = "", wanted] = step.slice(1).split("=");
    return arrayAt({ value }, "value").filter((item) => String(own(item, key)) === wanted);
  }
  const key = step.slice(1);
  const found = Array.isArray(value) ? (value as unknown[])[Number(key)] : own(value, key);
  return found === undefined ? [] : [found];
}

/** All values that a JSON path leads to. */
function evaluatePath(object: unknown, path: string): unknown[] {
  let values: unknown[] = [object];
  for (const step of parsePath(path)) values = values.flatMap((value) => stepInto(value, step));
  return values;
}

function cell(object: JsonObject, column: PrinterColumn, nowMs: number): unknown {
  const values = evaluatePath(object, column.jsonPath);
  if (values.length === 0) return column.type === "date" ? "<unknown>" : null;
  const [value] = values;
  if (column.type === "date") return shortDuration(value, nowMs);
  if (column.type === "integer" || column.type === "number") {
    return typeof value === "number" ? value : null;
  }
  if (column.type === "boolean") return typeof value === "boolean" ? value : null;
  const text = (item: unknown): string => (typeof item === "string" ? item : JSON.stringify(item));
  return values.map(text).join(",");
}

/** Column definitions; only the first table of a watch carries them. */
export function tableColumns(type: ResourceType): JsonObject[] {
  if (!type.custom) {
    return builtinTable(type.storageKey).map(({ name, type: shown, format = "", priority }) => {
      const description = format === "name" ? nameColumn.description : `${name} of the object.`;
      return { name, type: shown, format, description, priority };
    });
  }
  const definitions = columnsOf(type).map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description:
      column.description ??
      `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
  }));
  return [nameColumn, ...definitions];
}

/** The row of an object. */
export function tableRow(
  object: JsonObject,
  type: ResourceType,
  { include, nowMs, version }: TableForm,
): JsonObject {
  const cells = type.custom
    ? [
        stringAt(object, "metadata", "name") ?? "",
        ...columnsOf(type).map((column) => cell(object, column, nowMs)),
      ]
    : builtinTable(type.storageKey).map((column) => column.cell(object, nowMs));
  if (include === "None") return { cells, object: null };
  return { cells, object: include === "Object" ? object : partialMetadata(object, version) };
}

/** A table of objects. */
export function makeTable(
  objects: readonly JsonObject[],
  type: ResourceType,
  metadata: JsonObject,
  form: TableForm,
): JsonObject {
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata,
    columnDefinitions: tableColumns(type),
    rows: objects.map((object) => tableRow(object, type, form)),
  };
}
