// SPDX-License-Identifier: Apache-2.0
// What can go wrong between a client and a server, as data (stages 1 and 6: the API's edge).
import type { RequestTarget, RequestVerb } from "../client/request-target.js";

/** Which requests a rule strikes; everything left out matches. */
export interface FaultMatch {
  readonly verb?: RequestVerb | readonly RequestVerb[];
  /** `plural` or `plural.group`, `/subresource` behind it where one is meant. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Only requests that may change something. */
  readonly isWrite?: boolean;
}

/** What happens to a request that is struck. */
export type Fault =
  /** This failure in place of the answer; the server is not asked. */
  | {
      readonly type: "status";
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** This body in place of the answer, such as a list taken earlier: a stale server. */
  | { readonly type: "answer"; readonly body: Uint8Array; readonly status?: number }
  /** No connection; the server is not asked. */
  | { readonly type: "reset" }
  /** No answer until the request's time is up or it is aborted; the server is not asked. */
  | { readonly type: "hang" }
  /** Waits on the clock, then asks. Goes with a further fault. */
  | { readonly type: "delay"; readonly ms: number }
  /** The server acts; its answer is lost. */
  | { readonly type: "lostAnswer" }
  /** The process dies before the server was asked, or right after it acted. */
  | { readonly type: "crash"; readonly when: "before" | "after" }
  | StreamFault;

/** What happens to an open watch. */
export type StreamFault =
  /** Ends without an error after so many lines, or in the middle of the next one. */
  | { readonly type: "eof"; readonly afterLines?: number; readonly inLine?: boolean }
  /** Breaks after so many lines, or in the middle of the next one. */
  | { readonly type: "cut"; readonly afterLines?: number; readonly inLine?: boolean }
  /** Stays open after so many lines and says nothing more. */
  | { readonly type: "halfOpen"; readonly afterLines?: number }
  /** 410: as the answer of a get or list, as an ERROR line of a watch. */
  | { readonly type: "expired"; readonly afterLines?: number; readonly staysOpen?: boolean }
  /** Every n-th line comes twice. Default: every line. */
  | { readonly type: "duplicate"; readonly every?: number }
  /** So many lines at a time come in reverse, at the latest after `holdMs` (default 50). */
  | { readonly type: "reorder"; readonly window: number; readonly holdMs?: number };

/** One rule of a script. */
export interface FaultRule {
  readonly match?: FaultMatch;
  /** Matching requests that are let through first. Default 0. */
  readonly after?: number;
  /** Requests it strikes before it is used up. Default: all. */
  readonly times?: number;
  /** What happens, or who decides; `undefined` lets the request pass unharmed. */
  readonly fault: Fault | ((target: RequestTarget) => Fault | undefined);
}

/** Whether a request is meant by a match. */
export function isStruck(match: FaultMatch, target: RequestTarget, isWrite: boolean): boolean {
  const verbs = match.verb === undefined ? undefined : [match.verb].flat();
  return (
    (verbs === undefined || verbs.includes(target.verb)) &&
    (match.resource === undefined || isResource(match.resource, target)) &&
    (match.namespace === undefined || match.namespace === target.namespace) &&
    (match.name === undefined || match.name === target.name) &&
    (match.isWrite === undefined || match.isWrite === isWrite)
  );
}

function isResource(wanted: string, target: RequestTarget): boolean {
  const [path = "", subresource = ""] = wanted.split("/");
  const full = target.group === "" ? target.plural : `${target.plural}.${target.group}`;
  return subresource === target.subresource && (path === full || path === target.plural);
}
