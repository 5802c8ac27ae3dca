// SPDX-License-Identifier: Apache-2.0
// Keeping a Secret's values out of messages (stage 6: writes).
import { isJsonObject } from "./json-value.js";
import { decodeBase64, encodeBase64 } from "./normalise/secret-data.js";

/** Shorter values would blot out parts of ordinary words. */
const minLength = 4;

/** The API server quotes what it refuses: a value, or the whole object as it would be stored. */
const quoted = /\b(Invalid|Unsupported|Duplicate) value: (?:"(?:[^"\\]|\\.)*"|.*$)/gs;

/**
 * A copy of a plain value in whose texts no value of the Secrets' `data` or `stringData` stands, and
 * nothing that the API server quotes: it may be a value of the stored Secret, which nobody here knows.
 *
 * **API requests:** 0.
 */
export function redact<V>(value: V, secrets: readonly unknown[]): V {
  if (secrets.length === 0 || value === undefined) return value;
  const values = [...new Set(secrets.flatMap(confidentialValues))];
  values.sort((a, b) => b.length - a.length);
  return replaceIn(value, values) as V;
}

function confidentialValues(secret: unknown): readonly string[] {
  if (!isJsonObject(secret)) return [];
  const found = new Set<string>();
  for (const field of [secret.data, secret.stringData]) {
    if (!isJsonObject(field)) continue;
    for (const text of Object.values(field)) {
      if (typeof text !== "string") continue;
      for (const form of [text, encodeBase64(text), decoded(text)]) {
        if (form.length >= minLength) found.add(form);
      }
    }
  }
  return [...found];
}

function replaceIn(value: unknown, confidential: readonly string[]): unknown {
  if (typeof value === "string") {
    const unquoted = value.replace(quoted, "$1 value: [redacted]");
    return confidential.reduce((text, part) => text.replaceAll(part, "[redacted]"), unquoted);
  }
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, confidential));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaceIn(item, confidential)]),
  );
}

/** The text behind base64; empty when it is none, or bytes that are no text: nothing readable could leak. */
function decoded(text: string): string {
  const bytes = decodeBase64(text);
  if (bytes === undefined) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}
