// SPDX-License-Identifier: Apache-2.0
// The one description of an object's shape, for built-in kinds and custom ones alike. Pruning,
// defaulting, validation, patches, server-side apply and OpenAPI all read it.

/** JSON type of a value. */
export type SchemaType = "object" | "array" | "string" | "integer" | "number" | "boolean";

/** Shape of a value; a missing `type` means that anything goes. */
export interface Schema {
  type?: SchemaType;
  format?: string;
  description?: string;
  /** Full OpenAPI component name of a built-in type. */
  typeName?: string;
  properties?: Map<string, Schema>;
  /** Shape of a map's values. */
  additionalProperties?: Schema;
  items?: Schema;
  required?: readonly string[];
  listType?: "atomic" | "set" | "map";
  listMapKeys?: readonly string[];
  /** An atomic object is owned as a whole. */
  mapType?: "atomic" | "granular";
  patchStrategy?: "merge" | "retainKeys" | "merge,retainKeys";
  patchMergeKey?: string;
  intOrString?: boolean;
  preserveUnknownFields?: boolean;
  embeddedResource?: boolean;
  nullable?: boolean;
  default?: unknown;
  enum?: readonly unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  not?: Schema;
  /** CEL rules as written (`x-kubernetes-validations`). */
  validations?: readonly unknown[];
}

/** A shape that accepts and keeps anything. */
export const anySchema: Schema = { preserveUnknownFields: true };

/** Whether a value of this shape is owned and replaced as a whole. */
export function isAtomic(schema: Schema | undefined, value: unknown): boolean {
  if (Array.isArray(value)) {
    return schema?.listType !== "map" && schema?.listType !== "set";
  }
  return schema?.mapType === "atomic";
}

/** The shape of a field of an object. */
export function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined {
  return schema?.properties?.get(key) ?? schema?.additionalProperties;
}
