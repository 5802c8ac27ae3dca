// SPDX-License-Identifier: Apache-2.0
// What is logged and counted of a guest that did wrong (stages: turn, host call).
import { SandboxError, SandboxForbiddenError } from "../errors.js";
import type { GuestOptions } from "./guest-options.js";

type Told = Pick<GuestOptions, "logger" | "metrics" | "program">;

/** A guest asked for what its rules do not grant; other errors are not noted. */
export function noteRefusal({ logger, metrics, program: { guest } }: Told, error: unknown): void {
  if (!(error instanceof SandboxForbiddenError)) return;
  metrics.count("haversack_sandbox_refusals_total", { guest });
  logger.warn(error.message, { guest });
}

/** A guest was ended. */
export function noteCrash({ logger, metrics, program: { guest } }: Told, error: unknown): void {
  const code = error instanceof SandboxError ? error.code : "EXP_SANDBOX_CRASH";
  metrics.count("haversack_sandbox_crashes_total", { guest, code });
  logger.error(error instanceof Error ? error.message : String(error), { guest });
}
