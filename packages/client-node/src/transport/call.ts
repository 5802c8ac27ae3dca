// SPDX-License-Identifier: Apache-2.0
// One call of the client over all its attempts, and the error it ends in without an answer (stage 1 and 6).
import type { ApiRequest } from "@haversack/core";
import { lostAnswerError } from "./lost-answer.js";
import type { RequestScope } from "./request-scope.js";

/** One `request()` or `stream()`. */
export interface Call {
  readonly request: ApiRequest;
  /** Method and path, for messages. */
  readonly attempt: string;
  readonly server: string;
  /** Reading changes nothing: it may be repeated, and is never in doubt. */
  readonly isRead: boolean;
  /** Base path, path and query, as they go on the wire. */
  readonly path: string;
  readonly pool: "requests" | "watches";
  readonly scope: RequestScope;
  readonly timeoutMs: number;
}

/** What has been tried already in a call. */
export interface Tried {
  stale: boolean;
  renewed: boolean;
  throttled: number;
}

/** How far a call came. */
export interface Lost {
  readonly cause: NodeJS.ErrnoException | undefined;
  readonly sent: boolean;
  readonly status?: number;
}

/** The error of a call whose connection failed. */
export function lostError(call: Call, lost: Lost): Error {
  const { attempt, server, isRead, timeoutMs, scope } = call;
  return lostAnswerError({ attempt, server, isRead, timeoutMs, ended: scope.ended, ...lost });
}

/** What a call throws whose scope has ended: the signal's reason, or what is known of the request. */
export function endedError(call: Call, sent: boolean): unknown {
  if (call.scope.ended === "aborted") return call.scope.signal?.reason;
  return lostError(call, { cause: undefined, sent });
}
