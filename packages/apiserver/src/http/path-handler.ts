// SPDX-License-Identifier: Apache-2.0
// Paths that are no resources: version, health, discovery, OpenAPI.
import type { ServerCore } from "../core.js";
import { methodNotAllowed, resourceNotFound } from "../status-error.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { discoveryResponse } from "./discovery.js";
import { openApiResponse } from "./openapi.js";
import { openApiV2Response } from "./openapi-v2.js";
import { pageNotFound, plainJson, valueResponse } from "./respond.js";

/** What /version says: the API that this server follows. */
const versionInfo: Readonly<Record<string, string>> = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  gitVersion: "v1.36.0+haversack",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "node",
  platform: `${process.platform}/${process.arch}`,
};

const healthPath = /^\/(healthz|livez|readyz)(\/(ping|log|etcd))?$/;

/** Paths below which only known ones lead somewhere; elsewhere there is a page instead of a Status. */
const ownPath = /^\/(api|version|healthz|livez|readyz)\//;

function textAnswer(text: string): ApiResponse {
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-cache, private",
    "x-content-type-options": "nosniff",
  };
  return { status: 200, headers, body: text };
}

function rootPaths(core: ServerCore): ApiResponse {
  const types = core.registry.all().filter(({ group }) => group !== "");
  const versions = new Set(
    types.flatMap(({ group, version }) => [`/apis/${group}`, `/apis/${group}/${version}`]),
  );
  const paths = [
    "/api",
    "/api/v1",
    "/apis",
    ...versions,
    "/healthz",
    "/livez",
    "/openapi/v2",
    "/openapi/v3",
  ];
  return valueResponse(200, { paths: [...paths, "/readyz", "/version"] }, plainJson);
}

/** Answers a path that names no resource. */
export function answerPath(core: ServerCore, request: ApiRequest): ApiResponse {
  const path = request.path.length > 1 ? request.path.replace(/\/$/, "") : request.path;
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed();
  if (path === "/") return rootPaths(core);
  if (path === "/version") return valueResponse(200, versionInfo, plainJson);
  if (healthPath.test(path)) return textAnswer("ok");
  if (path === "/openapi/v2") return openApiV2Response(core, request);
  if (path === "/openapi/v3" || path.startsWith("/openapi/v3/")) {
    return openApiResponse(core, request, path);
  }
  const discovery = discoveryResponse(core, request, path);
  if (discovery !== undefined) return discovery;
  const [, , group = ""] = path.split("/");
  const isOwn =
    ownPath.test(path) || (path.startsWith("/apis/") && core.registry.isBuiltinGroup(group));
  if (isOwn) throw resourceNotFound();
  return pageNotFound();
}
