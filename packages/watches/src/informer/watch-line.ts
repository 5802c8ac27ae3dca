// SPDX-License-Identifier: Apache-2.0
// Reads the envelope of one line of a watch: its type and where its object is (stage 1).
import { isText, skipSpace, skipString, skipValue } from "./byte-scan.js";
import type { ObjectScan } from "./object-scan.js";

/** The types of a watch line, as on the wire. */
export type WireType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

const wireTypes: readonly WireType[] = ["MODIFIED", "ADDED", "DELETED", "BOOKMARK", "ERROR"];
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads `{"type": …, "object": {…}}` and scans the object.
 *
 * @returns the type, or `undefined` when the line is not such a thing, whole and alone.
 */
export function readWatchLine(
  bytes: Buffer,
  start: number,
  end: number,
  scan: ObjectScan,
): WireType | undefined {
  let type: WireType | undefined;
  let hasObject = false;
  let position = skipSpace(bytes, start, end);
  if (bytes[position] !== openBrace) return undefined;
  for (;;) {
    position = skipSpace(bytes, position + 1, end);
    if (position >= end || bytes[position] !== quote) return undefined;
    const keyStart = position + 1;
    const afterKey = skipString(bytes, keyStart, end);
    if (afterKey < 0) return undefined;
    position = skipSpace(bytes, afterKey, end);
    if (position >= end || bytes[position] !== colon) return undefined;
    position = skipSpace(bytes, position + 1, end);
    if (isText(bytes, keyStart, afterKey - 1, "object")) {
      position = scan.scan(bytes, position, end);
      hasObject = true;
    } else {
      const valueStart = position;
      position = skipValue(bytes, position, end, scan, 1);
      if (position >= 0 && isText(bytes, keyStart, afterKey - 1, "type")) {
        type = wireTypeOf(bytes, valueStart + 1, position - 1);
      }
    }
    if (position < 0) return undefined;
    position = skipSpace(bytes, position, end);
    if (bytes[position] === closeBrace) break;
    if (position >= end || bytes[position] !== comma) return undefined;
  }
  const isAlone = skipSpace(bytes, position + 1, end) === end;
  return isAlone && hasObject ? type : undefined;
}

function wireTypeOf(bytes: Buffer, start: number, end: number): WireType | undefined {
  for (const type of wireTypes) {
    if (isText(bytes, start, end, type)) return type;
  }
  return undefined;
}
