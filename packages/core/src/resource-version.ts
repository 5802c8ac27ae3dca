// SPDX-License-Identifier: Apache-2.0
// Comparing resourceVersions without turning them into numbers (stage 0: words).

/** Whether a resourceVersion can be compared: a positive decimal without leading zeros. */
export function isComparableVersion(version: string | undefined): version is string {
  if (version === undefined || version === "" || version.startsWith("0")) return false;
  // Runs for every event: half the time of a regular expression.
  for (let index = 0; index < version.length; index += 1) {
    const code = version.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/**
 * Compares two resourceVersions of one kind by length, then as text.
 *
 * A JavaScript number would lose digits above 2^53. Comparing is legal for one group and resource
 * since Kubernetes 1.35 (KEP-5504); where a value is not a decimal number the answer is
 * `undefined` and the caller must do without.
 *
 * @returns negative, 0 or positive; `undefined` when either cannot be compared.
 * @example
 * ```ts
 * compareVersions("9", "10"); // => -1
 * compareVersions("abc", "10"); // => undefined
 * ```
 */
export function compareVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (!isComparableVersion(a) || !isComparableVersion(b)) return undefined;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
