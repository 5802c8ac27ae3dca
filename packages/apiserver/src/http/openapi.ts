// SPDX-License-Identifier: Apache-2.0
// OpenAPI v3 documents, one per group and version, as far as kubectl reads them.
import { createHash } from "node:crypto";
import type { ServerCore } from "../core.js";
import type { JsonObject } from "../json.js";
import { apiVersionOf } from "../kinds/resource-type.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { OpenApiSchemas } from "../schema/to-openapi.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { pageNotFound, plainJson, valueResponse } from "./respond.js";

const prefixOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;

/** Query parameters that kubectl looks for before it leaves validation to the server. */
const writeParameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

function pathItems(type: ResourceType, schemaRef: string): JsonObject {
  const base = `/${prefixOf(apiVersionOf(type))}`;
  const scope = type.namespaced ? `${base}/namespaces/{namespace}` : base;
  const gvk = { group: type.group, version: type.version, kind: type.kind };
  const operation = (action: string): JsonObject => ({
    "x-kubernetes-group-version-kind": gvk,
    "x-kubernetes-action": action,
    parameters: writeParameters,
    responses: {
      200: { description: "OK", content: { "application/json": { schema: { $ref: schemaRef } } } },
    },
  });
  const body = { content: { "application/json": { schema: { $ref: schemaRef } } } };
  return {
    [`${scope}/${type.plural}`]: {
      get: operation("list"),
      post: { ...operation("post"), requestBody: body },
    },
    [`${scope}/${type.plural}/{name}`]: {
      get: operation("get"),
      put: { ...operation("put"), requestBody: body },
      patch: { ...operation("patch"), requestBody: patchBody(type) },
      delete: operation("delete"),
    },
  };
}

function documentOf(core: ServerCore, apiVersion: string): JsonObject | undefined {
  const types = core.registry.all().filter((type) => apiVersionOf(type) === apiVersion);
  if (types.length === 0) return undefined;
  const schemas = new OpenApiSchemas();
  const paths: JsonObject = {};
  for (const type of types) Object.assign(paths, pathItems(type, schemas.addKind(type)));
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths,
    components: { schemas: schemas.components },
  };
}

/** The patch types of a kind: kubectl chooses its patch by them. */
function patchBody(type: ResourceType): JsonObject {
  const names = ["apply-patch+yaml", "json-patch+json", "merge-patch+json"];
  if (!type.custom) names.push("strategic-merge-patch+json");
  const content: JsonObject = {};
  for (const name of names) content[`application/${name}`] = { schema: { type: "object" } };
  return { content };
}

/** Answers `/openapi/v3` and the documents below it. */
export function openApiResponse(core: ServerCore, request: ApiRequest, path: string): ApiResponse {
  if (path === "/openapi/v3") {
    const versions = new Set(core.registry.all().map(apiVersionOf));
    const paths: JsonObject = {};
    for (const apiVersion of versions) {
      const hash = createHash("sha256")
        .update(`${apiVersion}/${core.registry.generation}`)
        .digest("hex");
      const prefix = prefixOf(apiVersion);
      paths[prefix] = { serverRelativeURL: `/openapi/v3/${prefix}?hash=${hash.toUpperCase()}` };
    }
    return valueResponse(200, { paths }, plainJson);
  }
  const match = /^\/openapi\/v3\/apis?\/(.+)$/.exec(path);
  const document = match === null ? undefined : documentOf(core, match[1] as string);
  if (document === undefined) return pageNotFound();
  return valueResponse(200, document, plainJson);
}
