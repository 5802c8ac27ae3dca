// SPDX-License-Identifier: Apache-2.0
// Checks the numbers that the scale subresource reads from a custom object.
import type { FieldError } from "../field-error.js";
import { invalid } from "../field-error.js";
import { isObject, own } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ScalePaths } from "../kinds/resource-type.js";

/** Largest count of replicas: 32 bits. */
const maxReplicas = 2_147_483_647;

/** How the API server's language names the types of JSON values. */
function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}

/** How it prints them. */
function goText(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isObject(value)) return String(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goText(value[key])}`);
  return `map[${fields.join(" ")}]`;
}

/** Findings on the replica count of the spec, or of the status. */
export function checkScale(object: JsonObject, paths: ScalePaths, isStatus: boolean): FieldError[] {
  const path = isStatus ? paths.statusReplicasPath : paths.specReplicasPath;
  let value: unknown = object;
  for (const key of path.replace(/^\./, "").split(".")) {
    if (value === undefined) return [];
    if (!isObject(value)) return [wrongType(path, value, "map[string]interface{}")];
    value = own(value, key);
  }
  if (value === undefined) return [];
  if (!Number.isInteger(value)) return [wrongType(path, value, "int64")];
  const replicas = value as number;
  if (replicas < 0) return [invalid(path, replicas, "should be a non-negative integer")];
  if (replicas <= maxReplicas) return [];
  return [invalid(path, replicas, `should be less than or equal to ${maxReplicas}`)];
}

function wrongType(path: string, value: unknown, expected: string): FieldError {
  const why = `${path} accessor error: ${goText(value)} is of the type ${goType(value)}, expected ${expected}`;
  return invalid(path, 0, why);
}
