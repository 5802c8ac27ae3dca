// SPDX-License-Identifier: Apache-2.0
// Decodes a built-in object: types checked, unknown fields and nulls dropped, empty values that the
// wire form omits left out, quantities in canonical form. Returns a new object.
import { isObject, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";
import { badRequest } from "../status-error.js";
import type { StatusError } from "../status-error.js";
import { decodeText, TextFault } from "./decode-text.js";
import { canonicalQuantity } from "./quantity.js";
import type { Schema } from "./schema.js";
import { fieldPath } from "./prune.js";
import { schemaShapeFault } from "./schema-shape.js";

/** Booleans that are left out when false; all others tell false from absent. */
const falseIsAbsent = new Set(
  (
    "hostIPC hostNetwork hostPID paused publishNotReadyAddresses readOnly stdin stdinOnce tty " +
    "unschedulable globalDefault deprecated"
  ).split(" "),
);

/** Strings for which "" means something else than absent. */
const emptyIsValue = new Set(
  (
    "storageClassName volumeAttributesClassName ingressClassName holderIdentity service " +
    "name status message reason serviceName"
  ).split(" "),
);

/** Numbers that are left out when 0. */
const zeroIsAbsent = new Set(
  "minReadySeconds initialDelaySeconds nodePort hostPort observedGeneration count weight".split(
    " ",
  ),
);

interface Walk {
  readonly kind: string;
  readonly apiVersion: string;
  readonly unknown: string[];
}

const goNames: Readonly<Record<string, string>> = {
  string: "string",
  integer: "int32",
  number: "float64",
  boolean: "bool",
};

function wordOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

function mismatch(walk: Walk, value: unknown, schema: Schema, path: string): StatusError {
  const version = walk.apiVersion.split("/").pop() ?? "";
  const wanted = goNames[schema.type ?? ""] ?? schema.typeName ?? "map[string]string";
  return badRequest(
    `${walk.kind} in version "${version}" cannot be handled as a ${walk.kind}: json: cannot ` +
      `unmarshal ${wordOf(value)} into Go struct field ${walk.kind}.${path} of type ${wanted}`,
  );
}

function decodeFormatted(text: string, schema: Schema, walk: Walk): string {
  try {
    return decodeText(text, schema.format);
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    const version = walk.apiVersion.split("/").pop() ?? "";
    const what = `${walk.kind} in version "${version}" cannot be handled as a ${walk.kind}`;
    throw badRequest(`${what}: ${error.message}`);
  }
}

function decodeScalar(value: unknown, schema: Schema, walk: Walk, path: string): unknown {
  if (schema.format === "quantity") {
    if (typeof value !== "string" && typeof value !== "number") {
      throw mismatch(walk, value, schema, path);
    }
    const canonical = canonicalQuantity(String(value));
    if (canonical !== undefined) return canonical;
    const version = walk.apiVersion.split("/").pop() ?? "";
    throw badRequest(
      `${walk.kind} in version "${version}" cannot be handled as a ${walk.kind}: quantities must ` +
        "match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  if (schema.intOrString === true) {
    if (typeof value === "string" || Number.isInteger(value)) return value;
    throw mismatch(walk, value, schema, path);
  }
  const fits =
    schema.type === "integer" ? Number.isInteger(value) : typeof value === (schema.type ?? "");
  if (!fits) throw mismatch(walk, value, schema, path);
  return typeof value === "string" ? decodeFormatted(value, schema, walk) : value;
}

/** A definition carries a schema, which is of a shape of its own. */
function checkSchemaShape(value: unknown, walk: Walk, path: string): void {
  const fault = schemaShapeFault(value, path);
  if (fault === undefined) return;
  const version = walk.apiVersion.split("/").pop() ?? "";
  const what = `${walk.kind} in version "${version}" cannot be handled as a ${walk.kind}`;
  throw badRequest(`${what}: ${fault}`);
}

function decodeValue(value: unknown, schema: Schema, walk: Walk, path: string): unknown {
  if (schema.type === undefined && schema.intOrString !== true) {
    if (path.endsWith(".openAPIV3Schema")) checkSchemaShape(value, walk, path);
    return value;
  }
  if (schema.type === "array") {
    if (!Array.isArray(value)) throw mismatch(walk, value, schema, path);
    const items = schema.items ?? {};
    return value.map((item) => decodeValue(item, items, walk, path));
  }
  if (schema.type === "object") {
    if (!isObject(value)) throw mismatch(walk, value, schema, path);
    return decodeObject(value, schema, walk, path);
  }
  return decodeScalar(value, schema, walk, path);
}

/** Whether Go's `omitempty` leaves the decoded value out. */
function isOmitted(key: string, value: unknown, schema: Schema): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) {
    return schema.additionalProperties !== undefined && Object.keys(value).length === 0;
  }
  if (value === "") return !emptyIsValue.has(key);
  if (value === 0) return zeroIsAbsent.has(key);
  return value === false && falseIsAbsent.has(key);
}

const isPlainText = ({ type, format }: Schema): boolean =>
  type === "string" && format === undefined;

function decodeObject(value: JsonObject, schema: Schema, walk: Walk, path: string): JsonObject {
  const result: JsonObject = {};
  const fields = schema.properties;
  for (const key of Object.keys(value)) {
    const below = fieldPath(path, key);
    const field = fields?.get(key) ?? schema.additionalProperties;
    if (field === undefined) {
      walk.unknown.push(below);
      continue;
    }
    const item = value[key];
    // In a map of texts Go reads null as the empty text.
    const isTextOfMap = item === null && fields?.has(key) !== true && isPlainText(field);
    if (isTextOfMap) setOwn(result, key, "");
    if (item === null || item === undefined) continue;
    const decoded = decodeValue(item, field, walk, below);
    const isField = fields?.has(key) === true && schema.required?.includes(key) !== true;
    if (isField && isOmitted(key, decoded, field)) continue;
    setOwn(result, key, decoded);
  }
  return result;
}

/**
 * Decodes an object of a built-in kind.
 *
 * @param unknown Receives the path of each field that the kind does not have.
 * @throws {@link StatusError} 400 when a value has the wrong JSON type.
 */
export function decodeBuiltin(
  object: JsonObject,
  schema: Schema,
  names: { readonly kind: string; readonly apiVersion: string },
  unknown: string[],
): JsonObject {
  return decodeObject(object, schema, { ...names, unknown }, "");
}
