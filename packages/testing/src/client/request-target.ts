// SPDX-License-Identifier: Apache-2.0
// What a request asks for, read from its method, path and query (stages 1 and 6: the API's edge).
import type { ApiRequest } from "@haversack/core";

/** The API's verbs, with `apply` told from `patch` and `watch` from `list`. */
export type RequestVerb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "apply"
  | "delete"
  | "deletecollection";

/** A request in the API's own words. */
export interface RequestTarget {
  readonly verb: RequestVerb;
  /** `plural.group`, `/subresource` behind it; `""` for a path that is no resource. */
  readonly resource: string;
  readonly group: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** The `fieldManager` of a write. */
  readonly fieldManager: string;
  readonly isDryRun: boolean;
}

const writeVerbs: ReadonlySet<RequestVerb> = new Set<RequestVerb>([
  "create",
  "update",
  "patch",
  "apply",
  "delete",
  "deletecollection",
]);

/** Whether a request may change something: a write that is no dry run. */
export function isWrite(target: {
  readonly verb: RequestVerb;
  readonly isDryRun: boolean;
}): boolean {
  return writeVerbs.has(target.verb) && !target.isDryRun;
}

/** Reads what a request asks for. **API requests:** 0. */
export function targetOf(request: ApiRequest): RequestTarget {
  const path = partsOf(request.path);
  const { group, plural, subresource, name } = path;
  const base = group === "" ? plural : `${plural}.${group}`;
  return {
    ...path,
    verb: verbOf(request, name !== undefined),
    resource: subresource === "" ? base : `${base}/${subresource}`,
    fieldManager: String(request.query?.["fieldManager"] ?? ""),
    isDryRun: request.query?.["dryRun"] === "All",
  };
}

function verbOf(request: ApiRequest, isNamed: boolean): RequestVerb {
  switch (request.method) {
    case "GET":
    case "HEAD":
      if (isTrue(request.query?.["watch"])) return "watch";
      return isNamed ? "get" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "DELETE":
      return isNamed ? "delete" : "deletecollection";
    case "PATCH":
      return request.contentType?.startsWith("application/apply-patch") === true
        ? "apply"
        : "patch";
  }
}

function isTrue(value: string | number | boolean | undefined): boolean {
  return value === true || value === 1 || value === "1" || value === "true";
}

type PathParts = Pick<RequestTarget, "group" | "plural" | "subresource" | "namespace" | "name">;

function partsOf(path: string): PathParts {
  const nothing = { group: "", plural: "", subresource: "", namespace: undefined, name: undefined };
  const segments = path.split("/").slice(1).map(decodeURIComponent);
  const isCore = segments[0] === "api";
  if (!isCore && segments[0] !== "apis") return nothing;
  const group = isCore ? "" : (segments[1] ?? "");
  const rest = segments.slice(isCore ? 2 : 3);
  // `/namespaces/<name>` and its two subresources are about the Namespace itself.
  const isNamespaced =
    rest[0] === "namespaces" && rest.length > 2 && !/^(status|finalize)$/.test(rest[2] ?? "");
  const [plural = "", name, ...subresource] = isNamespaced ? rest.slice(2) : rest;
  if (plural === "") return nothing;
  const namespace = isNamespaced ? rest[1] : undefined;
  return { group, plural, subresource: subresource.join("/"), namespace, name };
}
