// SPDX-License-Identifier: Apache-2.0
// Splits an API path into group, version, resource, namespace, name and subresource.
import { badRequest } from "../status-error.js";

/** The parts of a resource path. */
export interface ResourcePath {
  readonly apiVersion: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string;
  /** The legacy `/watch/` prefix. */
  readonly isWatchPath: boolean;
}

function decode(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`invalid path segment ${JSON.stringify(segment)}`);
  }
}

/** Reads `/api/v1/…` and `/apis/group/version/…`; undefined for every other path. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = path.split("/").slice(1);
  if (segments.at(-1) === "") segments.pop();
  const isCore = segments[0] === "api";
  if (!isCore && segments[0] !== "apis") return undefined;
  const group = isCore ? "" : decode(segments[1] ?? "");
  const version = decode(segments[isCore ? 1 : 2] ?? "");
  let rest = segments.slice(isCore ? 2 : 3).map(decode);
  if (rest.length === 0 || rest.includes("")) return undefined;
  const isWatchPath = rest[0] === "watch";
  if (isWatchPath) rest = rest.slice(1);
  let namespace: string | undefined;
  // `namespaces/x` is the object itself; `namespaces/x/pods` is what lies in it. The two
  // subresources of a namespace keep their meaning.
  const isSubresource = rest.length === 3 && (rest[2] === "status" || rest[2] === "finalize");
  if (rest[0] === "namespaces" && rest.length >= 3 && !isSubresource) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [plural, name, ...subresource] = rest;
  if (plural === undefined) return undefined;
  const apiVersion = isCore ? version : `${group}/${version}`;
  const parts = { apiVersion, group, version, plural, namespace, name, isWatchPath };
  return { ...parts, subresource: subresource.join("/") };
}
