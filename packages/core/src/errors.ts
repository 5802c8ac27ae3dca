// SPDX-License-Identifier: Apache-2.0
// The error base class and the errors that are not answers of the API server (stage 0: words).
import { formatRef, type ResourceRef } from "./resource-ref.js";

/** What a queue does with a failed reconcile. */
export type RetryRule = "backoff" | "never" | { readonly afterMs: number };

/** What an error is made from besides its message. */
export interface ErrorContext {
  /** The object it is about. */
  readonly ref?: ResourceRef | undefined;
  readonly cause?: unknown;
}

/** The form in which an error crosses a border: a sandbox, a worker, a second copy of core. */
export interface PlainError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly retry: RetryRule;
  readonly ref?: ResourceRef | undefined;
}

const marker = Symbol.for("haversack.ExpansionError");

/**
 * Base of all errors the packs throw.
 *
 * **Guarantees:** `message` says what failed, for which object, why and what to do; `retry` tells
 * the queue what to do; {@link isExpansionError} recognises it across installed copies.
 */
export class ExpansionError extends Error {
  readonly code: string;
  readonly retry: RetryRule;
  readonly ref: ResourceRef | undefined;

  constructor(code: string, message: string, retry: RetryRule, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = new.target.name;
    this.code = code;
    this.retry = retry;
    this.ref = context.ref;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Plain data, without stack and cause: what may be logged or sent elsewhere. */
  toJSON(): PlainError {
    const { name, code, message, retry, ref } = this;
    return { name, code, message, retry, ...(ref === undefined ? {} : { ref }) };
  }
}

/**
 * Whether something thrown is an error of the packs, whichever copy of core made it.
 *
 * @example
 * ```ts
 * isExpansionError(new TerminalError("cannot go on")); // => true
 * isExpansionError(new Error("other")); // => false
 * ```
 */
export function isExpansionError(error: unknown): error is ExpansionError {
  return typeof error === "object" && error !== null && marker in error;
}

/** Makes an error again from {@link ExpansionError.toJSON}; class identity becomes code identity. */
export function errorFromPlain(plain: PlainError): ExpansionError {
  const error = new ExpansionError(plain.code, plain.message, plain.retry, { ref: plain.ref });
  error.name = plain.name;
  return error;
}

/** How a queue should treat anything thrown: errors that are not ours back off. */
export function retryRuleOf(error: unknown): RetryRule {
  return isExpansionError(error) ? error.retry : "backoff";
}

/** Options or declarations that cannot work. Terminal: fix the code. */
export class ConfigurationError extends ExpansionError {
  constructor(message: string, context?: ErrorContext) {
    super("EXP_CONFIGURATION", message, "never", context);
  }
}

/** A name, namespace or subresource that may not stand in an API path. Terminal. */
export class InvalidNameError extends ExpansionError {
  constructor(message: string, context?: ErrorContext) {
    super("EXP_INVALID_NAME", message, "never", context);
  }
}

/** Thrown by an author to say that retrying is useless until the primary changes. */
export class TerminalError extends ExpansionError {
  constructor(message: string, context?: ErrorContext) {
    super("EXP_TERMINAL", message, "never", context);
  }
}

/** A secondary index was asked before it had its first complete list. Retried. */
export class IndexNotReadyError extends ExpansionError {
  constructor(message: string, context?: ErrorContext) {
    super("EXP_INDEX_NOT_READY", message, "backoff", context);
  }
}

/** A watch ended in a way that needs a new list or a new connection. Retried by the informer. */
export class WatchLostError extends ExpansionError {
  constructor(message: string, context?: ErrorContext) {
    super("EXP_WATCH_LOST", message, "backoff", context);
  }
}

/** An object that is not one: no metadata, no name, too deep. It is set aside; others go on. */
export class MalformedObjectError extends ExpansionError {
  constructor(message: string, context?: ErrorContext) {
    super("EXP_MALFORMED_OBJECT", message, "never", context);
  }
}

/** A reconcile did not return in time. It is retried only after it has really ended. */
export class ReconcileTimeoutError extends ExpansionError {
  constructor(ref: ResourceRef, timeoutMs: number) {
    super(
      "EXP_RECONCILE_TIMEOUT",
      `reconcile ${formatRef(ref)} did not return within ${timeoutMs} ms: its signal was aborted. ` +
        "Pass request.signal to what it waits for, or raise timeoutMs.",
      "backoff",
      { ref },
    );
  }
}

/** An owner reference that Kubernetes would not honour, or that another controller holds. Terminal. */
export class OwnershipError extends ExpansionError {
  constructor(message: string, context?: ErrorContext) {
    super("EXP_OWNERSHIP", message, "never", context);
  }
}
