// SPDX-License-Identifier: Apache-2.0
// Tables for `kubectl get`: columns of the kind, one row per object.
import { arrayAt, isObject, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { PrinterColumn, ResourceType } from "../kinds/resource-type.js";
import { computedCell } from "./computed-cells.js";
import { partialMetadata } from "./views.js";

/** What a row carries of its object. */
export type IncludeObject = "Metadata" | "Object" | "None";

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

function age(time: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(time)) / 1000));
  if (Number.isNaN(seconds)) return "<unknown>";
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return `${minutes}m${seconds % 60 === 0 ? "" : `${seconds % 60}s`}`;
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return `${hours}h${minutes % 60 === 0 ? "" : `${minutes % 60}m`}`;
  if (hours < 48) return `${hours}h`;
  if (days < 8) return `${days}d${hours % 24 === 0 ? "" : `${hours % 24}h`}`;
  if (days < 730) return `${days}d`;
  return `${Math.floor(days / 365)}y`;
}

function cell(object: JsonObject, column: PrinterColumn, nowMs: number): unknown {
  if (column.compute !== undefined) return computedCell(object, column.compute);
  const values = evaluatePath(object, column.jsonPath);
  if (values.length === 0) return column.type === "date" ? "<unknown>" : null;
  const [value] = values;
  if (column.type === "date") return age(String(value), nowMs);
  if (column.type === "integer" || column.type === "number") {
    return typeof value === "number" ? value : null;
  }
  if (column.type === "boolean") return typeof value === "boolean" ? value : null;
  const text = (item: unknown): string => (typeof item === "string" ? item : JSON.stringify(item));
  return values.map(text).join(",");
}

/** Column definitions; only the first table of a watch carries them. */
export function tableColumns(type: ResourceType): JsonObject[] {
  const definitions = columnsOf(type).map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description: column.description ?? `Custom resource definition column: ${column.jsonPath}`,
    priority: column.priority ?? 0,
  }));
  return [nameColumn, ...definitions];
}

/** The row of an object. */
export function tableRow(
  object: JsonObject,
  type: ResourceType,
  include: IncludeObject,
  nowMs: number,
): JsonObject {
  const name = stringAt(object, "metadata", "name") ?? "";
  const cells = [name, ...columnsOf(type).map((column) => cell(object, column, nowMs))];
  if (include === "None") return { cells };
  return { cells, object: include === "Object" ? object : partialMetadata(object) };
}

/** A table of objects. */
export function makeTable(
  objects: readonly JsonObject[],
  type: ResourceType,
  metadata: JsonObject,
  include: IncludeObject,
  nowMs: number,
): JsonObject {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: tableColumns(type),
    rows: objects.map((object) => tableRow(object, type, include, nowMs)),
  };
}
