// SPDX-License-Identifier: Apache-2.0
// A Secret's stringData and base64 texts in the form the API server stores them (stage 6: writes).
import { isJsonObject, type Json, type JsonObject } from "../json-value.js";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * Folds `stringData` into `data`, as the API server does on every write; `stringData` wins.
 *
 * Server-side apply would otherwise file the ownership under a field that is never stored.
 *
 * **API requests:** 0.
 */
export function foldStringData(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = secret;
  if (!isJsonObject(stringData)) return rest;
  const before = isJsonObject(rest.data) ? Object.entries(rest.data) : [];
  const folded = Object.entries(stringData).map(([key, text]): [string, Json] => [
    key,
    typeof text === "string" ? encodeBase64(text) : text,
  ]);
  return { ...rest, data: Object.fromEntries([...before, ...folded]) };
}

/** Whether two base64 texts hold the same bytes: line breaks inside are ignored, as Go's decoder does. */
export function isSameBase64(a: Json, b: Json): boolean {
  if (typeof a !== "string" || typeof b !== "string") return false;
  return a.replace(/[\r\n]/g, "") === b.replace(/[\r\n]/g, "");
}

/** Base64 of a text's UTF-8 bytes; written out because Node's `Buffer` is not everywhere. */
export function encodeBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    parts.push(
      sextet(bits, 18) +
        sextet(bits, 12) +
        (b === undefined ? "=" : sextet(bits, 6)) +
        (c === undefined ? "=" : sextet(bits, 0)),
    );
  }
  return parts.join("");
}

/** The bytes behind base64; `undefined` when it is none. Line breaks are passed over. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\r\n]/g, "").replace(/=+$/, "");
  if (digits.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(digits)) return undefined;
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let [bits, held, at] = [0, 0, 0];
  for (const digit of digits) {
    bits = ((bits << 6) | alphabet.indexOf(digit)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 255;
    at += 1;
  }
  return bytes;
}

function sextet(bits: number, shift: number): string {
  return alphabet.charAt((bits >> shift) & 63);
}
