// SPDX-License-Identifier: Apache-2.0
// The operator's version and the crVersion gates: a custom resource keeps the shapes of the version
// it was made with until its crVersion is raised (stage 5: reconcile).

/** The version this example follows: percona/percona-server-mongodb-operator, pkg/version/version.txt. */
export const operatorVersion = "1.23.0";

/** The image that holds the operator and the entry scripts. */
export const operatorImage = "perconalab/percona-server-mongodb-operator:main";

/**
 * Compares two versions by their numbers: negative, zero or positive.
 *
 * @example
 * ```ts
 * compareVersions("1.9.0", "1.21.2"); // => -1
 * ```
 */
export function compareVersions(left: string, right: string): number {
  const a = numbersOf(left);
  const b = numbersOf(right);
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** Whether a version can be compared at all: three numbers, as the operator's releases have. */
export function isVersion(text: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(text);
}

function numbersOf(version: string): readonly number[] {
  return version.split("-")[0]?.split(".").map(Number) ?? [];
}
