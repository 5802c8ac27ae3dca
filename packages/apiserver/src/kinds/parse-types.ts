// SPDX-License-Identifier: Apache-2.0
// Reads the compact field table of the built-in kinds into schemas.
//
// One type per entry, continued on indented lines: `Name field:type other!:[Item]=key~mergeKey`.
// `!` required; `*Name` owned as a whole; `[T]` list, `=set` or `=key,…` its list type, `~key` its
// strategic merge key; `{T}` map; `%` the retainKeys strategy.
import type { Schema, SchemaType } from "../schema/schema.js";
import { clusterTypes } from "./types/cluster.js";
import { coreTypes } from "./types/core.js";
import { metaTypes } from "./types/meta.js";
import { workloadsTypes } from "./types/workloads.js";

const scalars: Readonly<Record<string, { type?: SchemaType; format?: string }>> = {
  string: { type: "string" },
  bytes: { type: "string", format: "byte" },
  time: { type: "string", format: "date-time" },
  microtime: { type: "string", format: "micro-time" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  number: { type: "number" },
  bool: { type: "boolean" },
};

class TypeTable {
  readonly types = new Map<string, Schema>();

  /** The schema of a named type; made on first mention so that types may refer to each other. */
  named(name: string): Schema {
    let schema = this.types.get(name);
    if (schema === undefined) {
      schema = { type: "object", typeName: name };
      this.types.set(name, schema);
    }
    return schema;
  }

  read(text: string): void {
    const entries: string[] = [];
    for (const line of text.split("\n")) {
      if (line.startsWith(" ")) entries.push((entries.pop() ?? "") + line.slice(1));
      else if (line !== "") entries.push(line);
    }
    for (const entry of entries) this.#readType(entry.split(" "));
  }

  #readType([head, ...fields]: string[]): void {
    const name = (head as string).replace("*", "");
    const schema = this.named(name);
    if (head?.startsWith("*")) schema.mapType = "atomic";
    schema.properties = new Map();
    const required: string[] = [];
    for (const field of fields) {
      const colon = field.indexOf(":");
      const key = field.slice(0, colon).replace("!", "");
      if (field[colon - 1] === "!") required.push(key);
      schema.properties.set(key, this.#typeOf(field.slice(colon + 1)));
    }
    // Kinds may be embedded (claim templates), and then carry their apiVersion as well.
    const isKind = schema.properties.has("kind") && schema.properties.has("metadata");
    if (isKind) schema.properties.set("apiVersion", { type: "string" });
    if (required.length > 0) schema.required = required;
  }

  #typeOf(text: string): Schema {
    if (text.startsWith("[")) return this.#listOf(text);
    if (text.startsWith("{")) {
      const end = text.lastIndexOf("}");
      const map: Schema = {
        type: "object",
        additionalProperties: this.#typeOf(text.slice(1, end)),
      };
      return text.endsWith("=atomic") ? { ...map, mapType: "atomic" } : map;
    }
    if (text === "any") return { preserveUnknownFields: true };
    if (text === "quantity") return { format: "quantity", intOrString: true };
    if (text === "intstr") return { format: "int-or-string", intOrString: true };
    const scalar = scalars[text];
    if (scalar !== undefined) return { ...scalar };
    if (!text.endsWith("%")) return this.named(text);
    // The strategy belongs to the field, the type is shared: a view that reads through to the type.
    return retainingKeys(this.named(text.slice(0, -1)));
  }

  #listOf(text: string): Schema {
    const end = text.lastIndexOf("]");
    const schema: Schema = { type: "array", items: this.#typeOf(text.slice(1, end)) };
    const marks = text.slice(end + 1);
    const retain = marks.endsWith("%") ? ",retainKeys" : "";
    const [list = "", mergeKey] = marks.replace("%", "").replace("=", "").split("~");
    if (list === "set") schema.listType = "set";
    else if (list !== "") Object.assign(schema, { listType: "map", listMapKeys: list.split(",") });
    if (mergeKey !== undefined) {
      schema.patchStrategy = retain === "" ? "merge" : "merge,retainKeys";
      if (mergeKey !== "") schema.patchMergeKey = mergeKey;
    }
    return schema;
  }
}

function retainingKeys(type: Schema): Schema {
  return Object.create(type, {
    patchStrategy: { value: "retainKeys", enumerable: true },
  }) as Schema;
}

function readTable(): ReadonlyMap<string, Schema> {
  const table = new TypeTable();
  for (const text of [metaTypes, coreTypes, workloadsTypes, clusterTypes]) table.read(text);
  return table.types;
}

let builtinTypes: ReadonlyMap<string, Schema> | undefined;

/** Schema of a built-in type by its table name; every root kind also has apiVersion and kind. */
export function builtinType(name: string): Schema {
  builtinTypes ??= readTable();
  const schema = builtinTypes.get(name);
  if (schema === undefined) throw new Error(`No field table for type ${name}. Add it to types/.`);
  return schema;
}

/** Schema of a root kind: the table's type with apiVersion and kind in front. */
export function builtinKindSchema(name: string): Schema {
  const type = builtinType(name);
  const text: Schema = { type: "string" };
  const properties = new Map([
    ["apiVersion", text],
    ["kind", text],
    ...(type.properties ?? new Map<string, Schema>()),
  ]);
  return { ...type, properties };
}
