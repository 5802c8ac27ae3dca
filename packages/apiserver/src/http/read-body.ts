// SPDX-License-Identifier: Apache-2.0
// Turns a request body into a value: JSON or YAML, with the API server's refusals.
import { badRequest, StatusError } from "../status-error.js";
import { jsonFault } from "./json-fault.js";
import { findDuplicateKeys } from "./duplicate-keys.js";

/** Largest body. Source: API server limit (3 MiB). */
export const maxBodyBytes = 3_145_728;

/** Nesting that a body may have; beyond it the server answers instead of overflowing its stack. */
export const maxDepth = 1_000;

/** 413 of a body that is too large. */
export function tooLarge(limit: number = maxBodyBytes): StatusError {
  return new StatusError(
    413,
    "RequestEntityTooLarge",
    `Request entity too large: limit is ${limit}`,
  );
}

/** 415 of a content type that the verb does not take. */
export function unsupportedType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    "UnsupportedMediaType",
    "the body of the request was in an unknown format - accepted media types include: " +
      accepted.join(", "),
  );
}

/** The media type of a Content-Type header, without parameters. */
export function mediaType(header: string | undefined): string {
  return (header || "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Whether brackets of JSON nest deeper than a body may; strings are skipped. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/** A body as a value, and the paths of keys that it says twice. */
export interface ParsedBody {
  readonly value: unknown;
  readonly duplicates: () => readonly string[];
}

/** Parses JSON. @throws {@link StatusError} 400 with the given introduction. */
export function parseJsonBody(text: string, introduction: string, ending = ""): ParsedBody {
  if (isTooDeep(text)) throw badRequest(`${introduction}exceeded max depth`);
  try {
    return { value: JSON.parse(text) as unknown, duplicates: () => findDuplicateKeys(text) };
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(introduction + jsonFault(text) + ending);
    throw error;
  }
}
