// SPDX-License-Identifier: Apache-2.0
// What an informer does after a failed list or watch: never stop (stage 1: watch event).
import { hasCode, retryRuleOf, WatchLostError } from "@haversack/core";

/** The stream said something that cannot be true; only a new list can repair the cache. */
export class CorruptStreamError extends WatchLostError {}

/** How long to wait before the next attempt. */
export type Pause =
  | { readonly by: "nothing" }
  | { readonly by: "backoff" }
  /** The server asked for it; never shorter. */
  | { readonly by: "server"; readonly afterMs: number }
  /** The kind is not served. */
  | { readonly by: "absence" }
  /** Not allowed. */
  | { readonly by: "refusal" };

/** What follows from an error. */
export interface Verdict {
  readonly state: "stale" | "absent" | "forbidden";
  /** The resourceVersion to resume from is worthless. */
  readonly mustList: boolean;
  readonly pause: Pause;
  /** For people. */
  readonly problem: string;
}

/**
 * Judges an error of a list or a watch.
 *
 * A new list is due only when the server has forgotten our resourceVersion (410) or what was read
 * cannot be trusted. Everything else resumes: a server under load (429) must not be made to list.
 *
 * @see client-go's reflector for 410 and 429; the API conventions for the status codes.
 */
export function judge(error: unknown): Verdict {
  const problem = error instanceof Error ? error.message : String(error);
  if (hasCode(error, "EXP_NOT_FOUND")) {
    return { state: "absent", mustList: true, pause: { by: "absence" }, problem };
  }
  if (hasCode(error, "EXP_FORBIDDEN")) {
    return { state: "forbidden", mustList: false, pause: { by: "refusal" }, problem };
  }
  if (hasCode(error, "EXP_UNAUTHORIZED")) {
    // Credentials are rotated within seconds, rights are granted by people.
    return { state: "forbidden", mustList: false, pause: { by: "backoff" }, problem };
  }
  if (hasCode(error, "EXP_EXPIRED")) {
    return { state: "stale", mustList: true, pause: { by: "nothing" }, problem };
  }
  const rule = retryRuleOf(error);
  const pause: Pause =
    typeof rule === "object" ? { by: "server", afterMs: rule.afterMs } : { by: "backoff" };
  const mustList = error instanceof CorruptStreamError || isStorageReadError(error);
  return { state: "stale", mustList, pause, problem };
}

/** The server could not decode a stored object; the watch cannot get past it, a list can. */
function isStorageReadError(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    (error as { reason?: unknown }).reason === "StorageReadError"
  );
}
