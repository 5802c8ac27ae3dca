// SPDX-License-Identifier: Apache-2.0
// How a problem of a custom resource is told: what is wrong where, and what to change (F1; stage 5: reconcile).

/** The text when there is a problem. The form is `<where and what is wrong>. <What to change>`. */
export function when(isProblem: boolean, text: string): readonly string[] {
  return isProblem ? [text] : [];
}

/** Values that occur more than once, each of them once. */
export function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
