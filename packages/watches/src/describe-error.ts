// SPDX-License-Identifier: Apache-2.0
// Anything thrown, in one line (stage 0: words).

/** The message of an error, or what else was thrown; never throws itself. */
export function describeError(error: unknown): string {
  try {
    if (error instanceof Error) return error.message === "" ? error.name : error.message;
    return `it threw ${typeof error === "string" ? JSON.stringify(error) : String(error)}`;
  } catch {
    return "it threw something that cannot be shown"; // A hostile toString is no reason to fail.
  }
}
