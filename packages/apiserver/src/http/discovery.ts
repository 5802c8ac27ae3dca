// SPDX-License-Identifier: Apache-2.0
// Discovery documents: which groups, versions and resources are served, plain and aggregated.
import { createHash } from "node:crypto";
import type { ServerCore } from "../core.js";
import type { JsonObject } from "../json.js";
import { apiVersionOf } from "../kinds/resource-type.js";
import type { ResourceType } from "../kinds/resource-type.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";
import { compareVersions } from "./version-order.js";
import { negotiate } from "./negotiate.js";
import { valueResponse } from "./respond.js";

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const subresourceVerbs = ["get", "patch", "update"];

/** A subresource with the kind that it speaks, where that is not its resource's own. */
interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

const scale = { group: "autoscaling", version: "v1", kind: "Scale" };
const eviction = { group: "policy", version: "v1", kind: "Eviction" };
const tokenRequest = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
const binding = { group: "", version: "v1", kind: "Binding" };

function subresourcesOf(type: ResourceType): Subresource[] {
  return [
    ...(type.storageKey === "namespaces" ? [{ name: "finalize", verbs: ["update"] }] : []),
    ...(type.hasStatus ? [{ name: "status", verbs: subresourceVerbs }] : []),
    ...(type.scale === undefined ? [] : [{ name: "scale", verbs: subresourceVerbs, kind: scale }]),
    ...(type.storageKey === "pods"
      ? [
          { name: "binding", verbs: ["create"], kind: binding },
          { name: "eviction", verbs: ["create"], kind: eviction },
        ]
      : []),
    ...(type.storageKey === "serviceaccounts"
      ? [{ name: "token", verbs: ["create"], kind: tokenRequest }]
      : []),
  ];
}

/** The verbs of custom kinds in the order in which their server tells them. */
const customVerbs = [
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "create",
  "update",
  "watch",
];

function verbsOf(type: ResourceType): readonly string[] {
  if (type.rules.review === true) return ["create"];
  if (type.custom) return customVerbs;
  return type.storageKey === "namespaces"
    ? verbs.filter((verb) => verb !== "deletecollection")
    : verbs;
}

/** Tells clients when the stored version of a kind changes. Source: API server's hash of the kind. */
function storageVersionHash({ group, storageVersion, kind }: ResourceType): string {
  const hash = createHash("sha256").update(`${group}/${storageVersion}/${kind}`).digest();
  return hash.subarray(0, 8).toString("base64");
}

function resourceRows(type: ResourceType): JsonObject[] {
  const { shortNames, categories, namespaced, kind, plural, singular } = type;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(type),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(type.rules.review === true ? {} : { storageVersionHash: storageVersionHash(type) }),
  };
  const rows = subresourcesOf(type).map((subresource) => ({
    name: `${plural}/${subresource.name}`,
    singularName: "",
    namespaced,
    ...(subresource.kind === undefined || subresource.kind.group === ""
      ? {}
      : { group: subresource.kind.group, version: subresource.kind.version }),
    kind: subresource.kind?.kind ?? kind,
    verbs: subresource.verbs,
  }));
  return [main, ...rows];
}

function responseKind(type: ResourceType): JsonObject {
  return { group: type.group, version: type.version, kind: type.kind };
}

function aggregatedRow(type: ResourceType): JsonObject {
  const { shortNames, categories } = type;
  const subresources = subresourcesOf(type).map((subresource) => ({
    subresource: subresource.name,
    responseKind: subresource.kind ?? responseKind(type),
    verbs: subresource.verbs,
  }));
  return {
    resource: type.plural,
    responseKind: responseKind(type),
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: verbsOf(type),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** Groups in order of appearance, versions by Kubernetes' preference. */
function groupsOf(core: ServerCore): Map<string, Map<string, ResourceType[]>> {
  const groups = new Map<string, Map<string, ResourceType[]>>();
  for (const type of core.registry.all()) {
    const versions = groups.get(type.group) ?? new Map<string, ResourceType[]>();
    groups.set(type.group, versions);
    versions.set(type.version, [...(versions.get(type.version) ?? []), type]);
  }
  for (const [group, versions] of groups) {
    groups.set(group, new Map([...versions].sort(([a], [b]) => compareVersions(a, b))));
  }
  return groups;
}

function aggregated(core: ServerCore, isCore: boolean, version: string): JsonObject {
  const items = [...groupsOf(core)]
    .filter(([group]) => (group === "") === isCore)
    .map(([group, versions]) => ({
      metadata:
        group === "" ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: [...versions].map(([name, types]) => ({
        version: name,
        resources: types.map(aggregatedRow),
        freshness: "Current",
      })),
    }));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items,
  };
}

function apiGroup(group: string, versions: Iterable<string>): JsonObject {
  const list = [...versions].map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: list, preferredVersion: list[0] };
}

function groupList(core: ServerCore): JsonObject {
  const groups = [...groupsOf(core)]
    .filter(([group]) => group !== "")
    .map(([group, versions]) => apiGroup(group, versions.keys()));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

const byName = (a: JsonObject, b: JsonObject): number =>
  String(a["name"]) < String(b["name"]) ? -1 : 1;

function resourceList(core: ServerCore, apiVersion: string): JsonObject | undefined {
  const types = core.registry.all().filter((type) => apiVersionOf(type) === apiVersion);
  if (types.length === 0) return undefined;
  const rows = types.flatMap(resourceRows);
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersion,
    resources: types.some(({ custom }) => custom) ? rows : rows.sort(byName),
  };
}

const aggregatedAccept = /g=apidiscovery\.k8s\.io;v=(v2(?:beta1)?);as=APIGroupDiscoveryList/;

/** An answer that a client may keep while its ETag holds. */
function cacheable(request: ApiRequest, value: JsonObject, contentType: string): ApiResponse {
  const body = JSON.stringify(value);
  const etag = `"${createHash("sha512").update(body).digest("hex").toUpperCase()}"`;
  const headers = {
    "content-type": contentType,
    "cache-control": "public",
    vary: "Accept",
    etag,
  };
  if (request.header("if-none-match") === etag) return { status: 304, headers };
  return { status: 200, headers, body };
}

/** Answers a discovery path, or undefined when it is none. */
export function discoveryResponse(
  core: ServerCore,
  request: ApiRequest,
  path: string,
): ApiResponse | undefined {
  if (path === "/api" || path === "/apis") {
    const match = aggregatedAccept.exec(request.header("accept") ?? "");
    if (match !== null) {
      const version = match[1] as string;
      const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
      return cacheable(request, aggregated(core, path === "/api", version), contentType);
    }
    const accepted = negotiate(request.header("accept"));
    if (path === "/apis") return valueResponse(200, groupList(core), accepted);
    const address = { clientCIDR: "0.0.0.0/0", serverAddress: request.header("host") ?? "" };
    const versions = { kind: "APIVersions", versions: ["v1"] };
    return valueResponse(200, { ...versions, serverAddressByClientCIDRs: [address] }, accepted);
  }
  const [, root, first = "", second] = path.split("/");
  if (root === "api" && second === undefined) return listAnswer(core, request, first);
  if (root !== "apis") return undefined;
  if (second !== undefined) return listAnswer(core, request, `${first}/${second}`);
  const versions = groupsOf(core).get(first);
  if (versions === undefined || first === "") return undefined;
  const group = { kind: "APIGroup", apiVersion: "v1", ...apiGroup(first, versions.keys()) };
  return valueResponse(200, group, negotiate(request.header("accept")));
}

function listAnswer(
  core: ServerCore,
  request: ApiRequest,
  apiVersion: string,
): ApiResponse | undefined {
  const list = resourceList(core, apiVersion);
  if (list === undefined) return undefined;
  return valueResponse(200, list, negotiate(request.header("accept")));
}
