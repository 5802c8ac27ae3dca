// SPDX-License-Identifier: Apache-2.0
// Validation findings (path, type, text) and the 422 answer they make together.
import { qualified, StatusError } from "./status-error.js";
import type { Cause, Subject } from "./status-error.js";

/** The kinds of finding, by the reason they show as in `details.causes`. */
export const fieldErrorTexts = {
  FieldValueRequired: "Required value",
  FieldValueInvalid: "Invalid value",
  FieldValueTypeInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueNotFound: "Not found",
} as const;

/** Reason of a finding. */
export type FieldErrorReason = keyof typeof fieldErrorTexts;

/** One finding: where, what kind, and its text after the path. */
export interface FieldError {
  readonly field: string;
  readonly reason: FieldErrorReason;
  readonly detail: string;
}

/** How a value is shown in a message: strings quoted, the rest as JSON. */
export function shown(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}

/** A required field is missing. */
export function required(field: string, why = ""): FieldError {
  return { field, reason: "FieldValueRequired", detail: why === "" ? "" : `: ${why}` };
}

/** A value breaks a rule. */
export function invalid(field: string, value: unknown, why: string): FieldError {
  return { field, reason: "FieldValueInvalid", detail: `: ${shown(value)}: ${why}` };
}

/** A value or change that is not allowed whatever the value. */
export function forbiddenField(field: string, why: string): FieldError {
  return { field, reason: "FieldValueForbidden", detail: `: ${why}` };
}

/** A value outside an enumeration. */
export function notSupported(
  field: string,
  value: unknown,
  allowed: readonly string[],
): FieldError {
  const list = allowed.map((item) => JSON.stringify(item)).join(", ");
  const detail = `: ${shown(value)}: supported values: ${list}`;
  return { field, reason: "FieldValueNotSupported", detail };
}

/** A value that may appear once only. */
export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: "FieldValueDuplicate", detail: `: ${shown(value)}` };
}

const textOf = (error: FieldError): string => `${fieldErrorTexts[error.reason]}${error.detail}`;

/** The message of one finding with its path, as it stands in the Status message. */
export function fieldErrorMessage(error: FieldError): string {
  return `${error.field}: ${textOf(error)}`;
}

/**
 * 422 Invalid of a kind, with every finding as a cause.
 *
 * One finding stands alone in the message, several in square brackets, and a repeated text once.
 */
export function invalidObject(
  kind: Subject,
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map(fieldErrorMessage))];
  const body = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const causes: Cause[] = errors.map((error) => ({
    reason: error.reason,
    message: textOf(error),
    field: error.field,
  }));
  return new StatusError(422, "Invalid", `${qualified(kind)} "${name}" is invalid: ${body}`, {
    name,
    group: kind.group,
    kind: kind.word,
    causes,
  });
}
