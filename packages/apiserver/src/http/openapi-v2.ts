// SPDX-License-Identifier: Apache-2.0
// The OpenAPI v2 document, which kubectl before 1.27 validates and explains by: as JSON, and in the
// protobuf form that kubectl asks for.
import type { ServerCore } from "../core.js";
import { arrayAt, isObject, objectAt, own, setOwn } from "../json.js";
import type { JsonObject } from "../json.js";
import { apiVersionOf } from "../kinds/resource-type.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { OpenApiSchemas } from "../schema/to-openapi.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { flag, message, text, texts } from "./protobuf-writer.js";
import type { WrittenField } from "./protobuf-writer.js";

/** The type of the answer; clients ask with an `@` in it, which their own parser does not take. */
const protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

const gvkOf = ({ group, version, kind }: ResourceType): JsonObject => ({ group, kind, version });

/** A v3 schema in the words of v2. */
function schemaOf(schema: JsonObject): JsonObject {
  const result: JsonObject = {};
  const [inner] = arrayAt(schema, "allOf");
  const ref = own(inner, "$ref");
  if (typeof ref === "string") {
    result["$ref"] = ref.replace("#/components/schemas/", "#/definitions/");
  }
  for (const key of Object.keys(schema)) {
    const value = schema[key];
    if (key === "properties" && isObject(value)) {
      const properties: JsonObject = {};
      for (const name of Object.keys(value)) setOwn(properties, name, below(value[name]));
      result[key] = properties;
    } else if (key === "items" || key === "additionalProperties") result[key] = below(value);
    else if (key === "oneOf") Object.assign(result, { type: "string", format: "int-or-string" });
    else if (!["allOf", "default"].includes(key)) setOwn(result, key, value);
  }
  return result;
}

const below = (value: unknown): unknown => (isObject(value) ? schemaOf(value) : value);

const dryRun = { name: "dryRun", in: "query", type: "string", uniqueItems: true };

function pathsOf(type: ResourceType): JsonObject {
  const version = apiVersionOf(type);
  const base = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
  const scope = type.namespaced ? "/namespaces/{namespace}" : "";
  const patch = {
    parameters: [dryRun],
    responses: { "200": { description: "OK" } },
    "x-kubernetes-action": "patch",
    "x-kubernetes-group-version-kind": gvkOf(type),
  };
  return { [`${base}${scope}/${type.plural}/{name}`]: { patch } };
}

interface Made {
  readonly generation: number;
  readonly document: JsonObject;
}

const made = new WeakMap<ServerCore, Made>();

/** The document of everything that is served at this moment. */
export function openApiV2(core: ServerCore): JsonObject {
  const { generation } = core.registry;
  const known = made.get(core);
  if (known?.generation === generation) return known.document;
  const schemas = new OpenApiSchemas();
  const paths: JsonObject = {};
  for (const type of core.registry.all()) {
    schemas.addKind(type);
    Object.assign(paths, pathsOf(type));
  }
  const definitions: JsonObject = {};
  for (const name of Object.keys(schemas.components)) {
    setOwn(definitions, name, below(schemas.components[name]));
  }
  const info = { title: "Kubernetes", version: "v1.36.0" };
  const document = { swagger: "2.0", info, paths, definitions };
  made.set(core, { generation, document });
  return document;
}

/** Extensions, each a name with a value in YAML (which JSON is). */
function extensions(number: number, object: JsonObject): WrittenField[] {
  return Object.keys(object)
    .filter((key) => key.startsWith("x-"))
    .flatMap((key) =>
      message(number, [...text(1, key), ...message(2, text(2, JSON.stringify(object[key])))]),
    );
}

/** Field numbers here and below: OpenAPIv2.proto of the gnostic project. */
function writeSchema(schema: JsonObject): WrittenField[] {
  const more = own(schema, "additionalProperties");
  const items = objectAt(schema, "items");
  const properties = objectAt(schema, "properties");
  const type = own(schema, "type");
  return [
    ...text(1, schema["$ref"]),
    ...text(2, schema["format"]),
    ...text(4, schema["description"]),
    ...texts(19, schema["required"]),
    ...(isObject(more) ? message(21, message(1, writeSchema(more))) : []),
    ...(typeof more === "boolean" ? message(21, flag(2, more)) : []),
    ...(type === undefined ? [] : message(22, text(1, type))),
    ...(items === undefined ? [] : message(23, message(1, writeSchema(items)))),
    ...(properties === undefined ? [] : message(25, writeNamed(properties))),
    ...extensions(31, schema),
  ];
}

function writeNamed(schemas: JsonObject): WrittenField[] {
  return Object.keys(schemas).flatMap((name) =>
    message(1, [...text(1, name), ...message(2, writeSchema((schemas[name] ?? {}) as JsonObject))]),
  );
}

function writePath(name: string, item: JsonObject): WrittenField[] {
  const patch = objectAt(item, "patch") ?? {};
  const parameters = arrayAt(patch, "parameters").flatMap((parameter) => {
    const query = [...text(2, "query"), ...text(4, own(parameter, "name")), ...text(6, "string")];
    // A parameter that is no body, in the query.
    return message(8, message(1, message(2, message(3, query))));
  });
  return message(2, [
    ...text(1, name),
    ...message(2, message(8, [...parameters, ...extensions(13, patch)])),
  ]);
}

/** The document in the protobuf form of the gnostic project. */
export function writeOpenApiV2(document: JsonObject): Buffer {
  const info = objectAt(document, "info") ?? {};
  const paths = objectAt(document, "paths") ?? {};
  const names = Object.keys(paths);
  return Buffer.concat([
    ...text(1, document["swagger"]),
    ...message(2, [...text(1, info["title"]), ...text(2, info["version"])]),
    ...message(
      8,
      names.flatMap((name) => writePath(name, (paths[name] ?? {}) as JsonObject)),
    ),
    ...message(9, writeNamed(objectAt(document, "definitions") ?? {})),
  ]);
}

/** Answers `/openapi/v2` in the form that the client accepts. */
export function openApiV2Response(core: ServerCore, request: ApiRequest): ApiResponse {
  const accept = request.header("accept") ?? "";
  const isProtobuf = accept.includes("proto-openapi.spec.v2");
  const document = openApiV2(core);
  return {
    status: 200,
    headers: {
      "cache-control": "no-cache, private",
      "content-type": isProtobuf ? protobufType : "application/json",
      vary: "Accept",
    },
    body: isProtobuf ? writeOpenApiV2(document) : JSON.stringify(document),
  };
}
