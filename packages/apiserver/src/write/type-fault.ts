// SPDX-License-Identifier: Apache-2.0
// The first place where an applied configuration has another shape than its kind's schema.
import { isObject } from "../json.js";
import { fieldSchema } from "../schema/schema.js";
import type { Schema } from "../schema/schema.js";

/** A value as the merge library shows it. */
const shown = (value: unknown): string =>
  `&value.valueUnstructured{Value:${typeof value === "string" ? JSON.stringify(value) : String(value)}}`;

function scalarFault(value: unknown, type: string): string | undefined {
  if (type === "string" && typeof value !== "string") return `expected string, got ${shown(value)}`;
  if (type === "boolean" && typeof value !== "boolean") {
    return `expected boolean, got ${shown(value)}`;
  }
  const isNumeric = type === "integer" || type === "number";
  if (isNumeric && typeof value !== "number") {
    return "expected numeric (int or float), got *value.valueUnstructured";
  }
  return undefined;
}

const inBraces = (value: unknown): string =>
  Array.isArray(value) ? `&{[${value.map(String).join(" ")}]}` : `&{${String(value)}}`;

/** `.path: expected …, got …` of the first misfit; undefined when all fit. Null fits everywhere. */
export function typeFault(
  value: unknown,
  schema: Schema | undefined,
  path = "",
): string | undefined {
  if (value === null || schema === undefined) return undefined;
  const { type } = schema;
  if (type === "array" || schema.items !== undefined) {
    if (!Array.isArray(value)) return `${path}: expected list, got ${inBraces(value)}`;
    for (const [index, item] of value.entries()) {
      const fault = typeFault(item, schema.items, `${path}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (type === "object" || schema.properties !== undefined) {
    if (!isObject(value)) return `${path}: expected map, got ${inBraces(value)}`;
    for (const key of Object.keys(value)) {
      const fault = typeFault(value[key], fieldSchema(schema, key), `${path}.${key}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  // Quantities, times and the like are told by their own decoders.
  if (type === undefined || schema.typeName !== undefined) return undefined;
  const fault = scalarFault(value, type);
  return fault === undefined ? undefined : `${path}: ${fault}`;
}
