// SPDX-License-Identifier: Apache-2.0
// The last look at a path before it goes on the wire, and the query string (stage 1 and 6).
import { type ApiRequest, InvalidNameError } from "@haversack/core";

/**
 * Dot segments, also escaped ones, are folded away by proxies and servers: a DELETE of `/pods/..`
 * becomes one of the namespace. Empty segments turn an object into its collection. Other than
 * printable ASCII, and a raw `?` or `#`, would split the request.
 */
const hostile = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|\/\/|[^\x21-\x7e]|[?#\\]/i;

/**
 * Joins base path, path and query; refuses a path that could mean another object.
 *
 * **API requests:** 0.
 *
 * @throws InvalidNameError for a hostile path. Terminal.
 */
export function requestPath(basePath: string, request: ApiRequest): string {
  const { path, query } = request;
  if (!path.startsWith("/") || hostile.test(path)) {
    throw new InvalidNameError(
      `cannot send ${request.method} ${JSON.stringify(path)}: an API path starts with "/", has no ` +
        'empty, "." or ".." segment and is already escaped. Build it with resourcePath().',
    );
  }
  return basePath + path + (query === undefined ? "" : queryString(query));
}

function queryString(query: NonNullable<ApiRequest["query"]>): string {
  let text = "";
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const sign = text === "" ? "?" : "&";
    text += `${sign}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }
  return text;
}
