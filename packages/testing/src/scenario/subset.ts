// SPDX-License-Identifier: Apache-2.0
// Whether a value holds at least what another one says (for expectations).

/**
 * What the value lacks of the expected part, one line each: objects may have more fields, arrays
 * and plain values must be equal.
 *
 * **API requests:** 0.
 */
export function lacks(expected: unknown, actual: unknown, path = ""): readonly string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return [difference(path, expected, actual)];
    }
    return expected.flatMap((item, index) => lacks(item, actual[index], `${path}[${index}]`));
  }
  if (typeof expected !== "object" || expected === null) {
    return Object.is(expected, actual) ? [] : [difference(path, expected, actual)];
  }
  if (typeof actual !== "object" || actual === null) return [difference(path, expected, actual)];
  return Object.entries(expected).flatMap(([key, value]) => {
    const found: unknown = Object.hasOwn(actual, key)
      ? (actual as Record<string, unknown>)[key]
      : undefined;
    return lacks(value, found, path === "" ? key : `${path}.${key}`);
  });
}

function difference(path: string, expected: unknown, actual: unknown): string {
  return `${path === "" ? "" : `${path}: `}expected ${brief(expected)}, found ${brief(actual)}`;
}

/** A value in one short line. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
