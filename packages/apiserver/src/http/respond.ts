// SPDX-License-Identifier: Apache-2.0
// Writes answers: objects, statuses, lists, in the negotiated form.
import type { JsonObject } from "../json.js";
import type { StatusError } from "../status-error.js";
import type { ApiResponse } from "./api-request.js";
import type { Accepted } from "./negotiate.js";
import { yaml } from "../yaml.js";

/** Headers that every API answer carries. */
function apiHeaders(
  contentType: string,
  warnings: readonly string[],
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    "cache-control": "no-cache, private",
    "content-type": contentType,
  };
  if (warnings.length > 0) {
    headers["warning"] = warnings.map((text) => `299 - ${JSON.stringify(text)}`);
  }
  return headers;
}

/** YAML as the API server writes it: keys in order, lists at their key's depth, YAML 1.1 quotes. */
function yamlText(value: unknown): string {
  const form = { sortMapEntries: true, indentSeq: false, version: "1.1", lineWidth: 0 } as const;
  return yaml().stringify(value, form);
}

/** An answer from JSON text. */
export function textResponse(
  status: number,
  text: string,
  accepted: Accepted,
  warnings: readonly string[] = [],
): ApiResponse {
  const body = accepted.format === "json" ? text : yamlText(JSON.parse(text));
  return { status, headers: apiHeaders(accepted.contentType, warnings), body };
}

/** An answer from a value. */
export function valueResponse(
  status: number,
  value: unknown,
  accepted: Accepted,
  warnings: readonly string[] = [],
): ApiResponse {
  return textResponse(status, JSON.stringify(value), accepted, warnings);
}

/** The form of answers when a request's own wish could not be read. */
export const plainJson: Accepted = {
  format: "json",
  as: "",
  version: "",
  contentType: "application/json",
};

/** Failures in YAML, for who wants nothing else. */
export const plainYaml: Accepted = {
  ...plainJson,
  format: "yaml",
  contentType: "application/yaml",
};

/** A failure as a Status object. */
export function errorResponse(
  error: StatusError,
  warnings: readonly string[] = [],
  accepted: Accepted = plainJson,
): ApiResponse {
  const response = valueResponse(error.code, error.toStatus(), accepted, warnings);
  const seconds = error.details?.retryAfterSeconds;
  if (seconds !== undefined) response.headers["retry-after"] = String(seconds);
  return response;
}

/** The page that paths without a resource answer; it is no Status. */
export function pageNotFound(): ApiResponse {
  return {
    status: 404,
    headers: {
      "cache-control": "no-cache, private",
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
    },
    body: "404 page not found\n",
  };
}

/** A failure before the API proper, which is told in plain text. */
export function textFailure(message: string, path: string): ApiResponse {
  return {
    ...pageNotFound(),
    status: 500,
    body: `Internal Server Error: ${JSON.stringify(path)}: ${message}\n`,
  };
}

/** The Status of a deletion that left nothing. */
export function successStatus(details: JsonObject): JsonObject {
  const present = Object.entries(details).filter(([, value]) => value !== "");
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: Object.fromEntries(present),
  };
}
