// SPDX-License-Identifier: Apache-2.0
// Ports and counts that may be a number or its text (stage 6: writes).
import type { Json } from "../json-value.js";

const integer = /^-?(0|[1-9][0-9]{0,9})$/;

/** Whether two values are the same integer, one of them perhaps as text. **API requests:** 0. */
export function isSameIntOrString(a: Json, b: Json): boolean {
  const text = integerText(a);
  return text !== undefined && text === integerText(b);
}

function integerText(value: Json): string | undefined {
  const isCandidate = typeof value === "number" || typeof value === "string";
  return isCandidate && integer.test(String(value)) ? String(value) : undefined;
}
