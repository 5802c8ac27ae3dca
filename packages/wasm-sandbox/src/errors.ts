// SPDX-License-Identifier: Apache-2.0
// The typed errors of the sandbox: each says which guest, what it did, and what to do.
import { ExpansionError, type ErrorContext, type RetryRule } from "@haversack/core";

/** Base of what a guest does wrong; `code` tells which. */
export class SandboxError extends ExpansionError {
  /** Name of the guest. */
  readonly guest: string;

  constructor(
    code: string,
    guest: string,
    why: string,
    retry: RetryRule = "backoff",
    context?: ErrorContext,
  ) {
    super(code, `guest ${guest} ${why}`, retry, context);
    this.guest = guest;
  }
}

/** A turn took longer than the guest's quota. The guest is started anew. */
export class SandboxTimeoutError extends SandboxError {
  constructor(guest: string, turnMs: number) {
    const why = `was stopped: a turn took longer than ${turnMs} ms. Split its work by an await, or raise limits.turnMs.`;
    super("EXP_SANDBOX_TIMEOUT", guest, why);
  }
}

/** A guest wanted more memory than its quota and could not go on. It is started anew. */
export class SandboxMemoryError extends SandboxError {
  constructor(guest: string, memoryBytes: number) {
    const why = `was stopped: it needed more than its ${memoryBytes} bytes of memory. Keep less, or raise limits.memoryBytes.`;
    super("EXP_SANDBOX_MEMORY", guest, why);
  }
}

/** A guest did more of something than its quota: calls, bytes, time per minute. */
export class SandboxQuotaError extends SandboxError {
  constructor(guest: string, what: string) {
    super("EXP_SANDBOX_QUOTA", guest, `was stopped: ${what}. Do less, or raise the quota.`);
  }
}

/** A guest asked for what its rules do not grant. Terminal for the run. */
export class SandboxForbiddenError extends SandboxError {
  constructor(guest: string, what: string) {
    const why = `may not ${what}: no rule grants it. Add a rule, or drop the call.`;
    super("EXP_SANDBOX_FORBIDDEN", guest, why, "never");
  }
}

/** A guest sent what no guest library sends. It is started anew. */
export class SandboxProtocolError extends SandboxError {
  constructor(guest: string, what: string) {
    super("EXP_SANDBOX_PROTOCOL", guest, `broke the protocol: ${what}. Build it anew.`);
  }
}

/** A guest ended in a trap, or its engine did. It is started anew. */
export class SandboxCrashError extends SandboxError {
  constructor(guest: string, what: string, cause?: unknown) {
    const why = `crashed: ${what}. It is started anew; look for what it was doing.`;
    super("EXP_SANDBOX_CRASH", guest, why, "backoff", { cause });
  }
}

/** A run was lost because its guest was stopped or crashed under another run. Retried. */
export class SandboxLostRunError extends SandboxError {
  constructor(guest: string, because: string) {
    super("EXP_SANDBOX_LOST_RUN", guest, `lost a run: ${because}. It is run again.`);
  }
}

/** Saved memory that cannot be used: damaged, forged, or of another guest. Cold start instead. */
export class SandboxImageError extends SandboxError {
  constructor(guest: string, why: string) {
    super("EXP_SANDBOX_IMAGE", guest, `has an unusable image: ${why}. It is started cold.`);
  }
}

/** Something thrown inside a guest that nobody caught there. */
export class GuestError extends SandboxError {
  constructor(guest: string, thrown: string) {
    super("EXP_GUEST", guest, `threw: ${thrown}. Catch it, or correct the guest.`);
  }
}
