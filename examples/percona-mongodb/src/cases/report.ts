// SPDX-License-Identifier: Apache-2.0
// The text of a run: a line per case, and below a failed one every difference.
import type { Json } from "../json.js";
import type { Difference } from "./compare.js";
import type { CaseFailure, CaseResult } from "./run-cases.js";

/** More would bury the first, which is usually the cause. */
const shownDifferences = 20;
const longestValue = 160;

/** A line for the case, and the reasons when it failed. */
export function caseText({ id, steps, failures }: CaseResult): string {
  const count = `${steps} ${steps === 1 ? "step" : "steps"}`;
  if (failures.length === 0) return `passed  ${id} (${count})`;
  return [`FAILED  ${id} (${count})`, ...failures.flatMap(failureLines)].join("\n");
}

/** The last line of a run. */
export function summaryText(results: readonly CaseResult[]): string {
  const passed = results.filter(({ failures }) => failures.length === 0).length;
  return `${passed} passed, ${results.length - passed} failed`;
}

function failureLines({ step, object, reason, differences }: CaseFailure): readonly string[] {
  const what = object === undefined ? reason : `${object} ${reason}`;
  const hidden = differences.length - shownDifferences;
  return [
    `        step ${step}: ${what}`,
    ...differences.slice(0, shownDifferences).flatMap(differenceLines),
    ...(hidden > 0 ? [`          and ${hidden} more`] : []),
  ];
}

function differenceLines({ path, expected, got }: Difference): readonly string[] {
  return [
    `          ${path}`,
    `            expected ${valueText(expected)}`,
    `            got      ${valueText(got)}`,
  ];
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}
