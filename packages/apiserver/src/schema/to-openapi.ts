// SPDX-License-Identifier: Apache-2.0
// Writes schemas as OpenAPI v3 components, with the extensions that patches and apply need.
import type { JsonObject } from "../json.js";
import { setOwn } from "../json.js";
import type { ResourceType } from "../kinds/resource-type.js";
import type { Schema } from "./schema.js";

const refTo = (name: string): string => `#/components/schemas/${name}`;

/** Collects the components of one document. */
export class OpenApiSchemas {
  readonly components: JsonObject = {};

  /** Adds a kind and everything it refers to. Returns the reference to it. */
  addKind(type: ResourceType): string {
    const group = type.group === "" ? "core" : type.group;
    const name = type.custom
      ? `${[...group.split(".")].reverse().join(".")}.${type.version}.${type.kind}`
      : `io.k8s.api.${group.split(".")[0]}.${type.version}.${type.kind}`;
    const component = this.#inline(type.schema);
    component["x-kubernetes-group-version-kind"] = [
      { group: type.group, version: type.version, kind: type.kind },
    ];
    if (type.custom) {
      const properties = (component["properties"] ??= {}) as JsonObject;
      properties["apiVersion"] = { type: "string" };
      properties["kind"] = { type: "string" };
      properties["metadata"] = { type: "object" };
    }
    setOwn(this.components, name, component);
    return refTo(name);
  }

  /** A reference for a named type, its whole schema for any other. */
  #write(schema: Schema): JsonObject {
    const { typeName } = schema;
    if (typeName === undefined) return this.#inline(schema);
    const name = `io.k8s.api.${typeName}`;
    if (!Object.hasOwn(this.components, name)) {
      setOwn(this.components, name, {});
      setOwn(this.components, name, this.#inline(schema));
    }
    const extra = this.#patchMarks(schema);
    return { allOf: [{ $ref: refTo(name) }], default: {}, ...extra };
  }

  #patchMarks(schema: Schema): JsonObject {
    return {
      ...(schema.patchStrategy === undefined
        ? {}
        : { "x-kubernetes-patch-strategy": schema.patchStrategy }),
      ...(schema.patchMergeKey === undefined
        ? {}
        : { "x-kubernetes-patch-merge-key": schema.patchMergeKey }),
    };
  }

  #inline(schema: Schema): JsonObject {
    const result: JsonObject = { ...this.#patchMarks(schema) };
    if (schema.type !== undefined) result["type"] = schema.type;
    if (schema.format !== undefined && schema.intOrString !== true)
      result["format"] = schema.format;
    if (schema.description !== undefined) result["description"] = schema.description;
    if (schema.intOrString === true) {
      result["oneOf"] = [{ type: "string" }, { type: "number" }];
    }
    if (schema.required !== undefined) result["required"] = schema.required;
    if (schema.enum !== undefined) result["enum"] = schema.enum;
    if (schema.listType !== undefined) result["x-kubernetes-list-type"] = schema.listType;
    if (schema.listMapKeys !== undefined) {
      result["x-kubernetes-list-map-keys"] = schema.listMapKeys;
    }
    if (schema.mapType !== undefined) result["x-kubernetes-map-type"] = schema.mapType;
    if (schema.preserveUnknownFields === true) {
      result["x-kubernetes-preserve-unknown-fields"] = true;
    }
    if (schema.items !== undefined) result["items"] = this.#write(schema.items);
    if (schema.additionalProperties !== undefined) {
      result["additionalProperties"] = this.#write(schema.additionalProperties);
    }
    if (schema.properties !== undefined) {
      const properties: JsonObject = {};
      for (const [key, field] of schema.properties) setOwn(properties, key, this.#write(field));
      result["properties"] = properties;
    }
    return result;
  }
}
