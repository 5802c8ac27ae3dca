// SPDX-License-Identifier: Apache-2.0
// The field manager: the name under which the API server remembers what is ours (stage 6: writes).
import { ConfigurationError } from "@haversack/core";

/** The API server refuses longer names (`FieldManagerMaxLength`, apimachinery's validation). */
export const maxFieldManagerBytes = 128;

/**
 * Checks the name of a field manager before the server would refuse it.
 *
 * Keep the name for ever: the API server files what we own under it, and a new name leaves the
 * fields of the old one behind.
 *
 * **API requests:** 0.
 *
 * @returns The name itself.
 * @throws ConfigurationError when it is empty, too long or not printable. Terminal.
 * @example
 * ```ts
 * checkFieldManager("database-operator"); // => "database-operator"
 * ```
 */
export function checkFieldManager(fieldManager: string): string {
  const problem = problemOf(fieldManager);
  if (problem === undefined) return fieldManager;
  throw new ConfigurationError(
    `cannot use field manager ${JSON.stringify(fieldManager)}: ${problem}. ` +
      'Choose a short, lasting name such as "database-operator".',
  );
}

function problemOf(fieldManager: unknown): string | undefined {
  if (typeof fieldManager !== "string" || fieldManager === "") return "it is empty";
  const sizeBytes = new TextEncoder().encode(fieldManager).length;
  if (sizeBytes > maxFieldManagerBytes) {
    return `it has ${sizeBytes} bytes and the API server takes ${maxFieldManagerBytes}`;
  }
  return /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(fieldManager)
    ? undefined
    : "it has characters that cannot be printed";
}
