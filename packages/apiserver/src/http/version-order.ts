// SPDX-License-Identifier: Apache-2.0
// Order of API versions: GA before beta before alpha, newer first, other names last.
// Source: Kubernetes documentation, "Versions in CustomResourceDefinitions", version priority.

const grammar = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const levels: Readonly<Record<string, number>> = { alpha: 0, beta: 1 };

/** Sorts the preferred version first. */
export function compareVersions(left: string, right: string): number {
  const a = grammar.exec(left);
  const b = grammar.exec(right);
  if (a === null || b === null) {
    if (a !== null) return -1;
    if (b !== null) return 1;
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const level = (match: RegExpExecArray): number => levels[match[2] ?? ""] ?? 2;
  return (
    level(b) - level(a) || Number(b[1]) - Number(a[1]) || Number(b[3] ?? 0) - Number(a[3] ?? 0)
  );
}
