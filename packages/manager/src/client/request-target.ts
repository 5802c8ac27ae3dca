// SPDX-License-Identifier: Apache-2.0
// What a request asks for, in the words of RBAC (stages 1 and 6: the API server's edge).
import type { ApiRequest } from "@haversack/core";

/** A request as the API server's authorizer sees it. */
export interface RequestTarget {
  readonly verb: "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "other";
  readonly group: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

const nowhere = { group: "", plural: "", subresource: "", namespace: undefined, name: undefined };

/** Reads a request. **API requests:** 0. @returns the verb `"other"` for a path that is no resource. */
export function targetOf(request: ApiRequest): RequestTarget {
  const segments = request.path.split("/").slice(1).map(decodeURIComponent);
  const isCore = segments[0] === "api";
  if (!isCore && segments[0] !== "apis") return { verb: "other", ...nowhere };
  const rest = segments.slice(isCore ? 2 : 3);
  const isNamespaced =
    rest[0] === "namespaces" && rest.length > 2 && !/^(status|finalize)$/.test(rest[2] ?? "");
  const [plural = "", name, ...subresource] = isNamespaced ? rest.slice(2) : rest;
  if (plural === "") return { verb: "other", ...nowhere };
  return {
    verb: verbOf(request, name !== undefined),
    group: isCore ? "" : (segments[1] ?? ""),
    plural,
    subresource: subresource.join("/"),
    namespace: isNamespaced ? rest[1] : undefined,
    name,
  };
}

/** Whether a request may change something, dry runs left out. */
export function isWrite({ method, query }: ApiRequest): boolean {
  return method !== "GET" && method !== "HEAD" && query?.["dryRun"] !== "All";
}

function verbOf({ method, query }: ApiRequest, isNamed: boolean): RequestTarget["verb"] {
  switch (method) {
    case "GET":
    case "HEAD":
      if (String(query?.["watch"]) === "true" || query?.["watch"] === 1) return "watch";
      return isNamed ? "get" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return "delete";
  }
}
