// SPDX-License-Identifier: Apache-2.0
// Failures as the API tells them: a Status object with code, reason, message and details.
import type { JsonObject } from "./json.js";

/** One entry of `details.causes`. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** What an error is about: a group with either a resource (plural) or a kind. */
export interface Subject {
  readonly group: string;
  readonly word: string;
}

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** A failure that is answered with a Status object. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** Continue token of an expired list, told in `metadata.continue`. */
  readonly continueToken: string | undefined;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    continueToken?: string,
  ) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.continueToken = continueToken;
  }

  /** The Status object of the wire; empty keys are left out, as the real server does. */
  toStatus(): JsonObject {
    const details: JsonObject = {};
    for (const [key, value] of Object.entries(this.details ?? {})) {
      const empty = value === "" || (Array.isArray(value) && value.length === 0);
      if (value !== undefined && !empty) details[key] = value;
    }
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details }),
      code: this.code,
    };
  }
}

/** `configmaps` in the core group, `widgets.lab.example.com` elsewhere. */
export function qualified(subject: Subject): string {
  return subject.group === "" ? subject.word : `${subject.word}.${subject.group}`;
}

const about = (subject: Subject, name: string): StatusDetails => ({
  name,
  group: subject.group,
  kind: subject.word,
});

/** 404 for an object. */
export function notFound(subject: Subject, name: string): StatusError {
  const message = `${qualified(subject)} "${name}" not found`;
  return new StatusError(404, "NotFound", message, about(subject, name));
}

/** 404 for a path inside a built-in group. */
export function resourceNotFound(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

/** 409 for a name that is taken. */
export function alreadyExists(subject: Subject, name: string, terminating: boolean): StatusError {
  const prefix = terminating ? "object is being deleted: " : "";
  const message = `${prefix}${qualified(subject)} "${name}" already exists`;
  return new StatusError(409, "AlreadyExists", message, about(subject, name));
}

/** 409 for a lost optimistic lock or a failed precondition. */
export function conflict(subject: Subject, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`;
  return new StatusError(409, "Conflict", message, about(subject, name));
}

/** The text of a lost optimistic lock. */
export const modifiedText =
  "the object has been modified; please apply your changes to the latest version and try again";

/** 403 for an object. */
export function forbidden(
  subject: Subject,
  name: string,
  why: string,
  causes?: readonly Cause[],
): StatusError {
  const named = name === "" ? "" : ` "${name}"`;
  const message = `${qualified(subject)}${named} is forbidden: ${why}`;
  return new StatusError(403, "Forbidden", message, {
    ...about(subject, name),
    ...(causes === undefined ? {} : { causes }),
  });
}

/** 400 with a free text. */
export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

/** A fault of the server itself, which the API tells without a reason. */
export function plainServerError(message: string): StatusError {
  return new StatusError(500, "", message);
}

/** 405 for a verb that the path does not take. */
export function methodNotAllowed(message?: string): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    message ?? "the server does not allow this method on the requested resource",
    {},
  );
}

/** 410 for a revision that is no longer kept. */
export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError(410, "Expired", message, undefined, continueToken);
}
