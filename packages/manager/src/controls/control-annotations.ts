// SPDX-License-Identifier: Apache-2.0
// What people may write onto objects to hold or to follow a reconciler (stage 5: reconcile).
import type { KubernetesObject } from "@haversack/core";

/** On a primary: holds its passes. On the manager's Lease: holds all. */
export const pauseAnnotation = "haversack.dev/pause";
/** On a primary: its passes are logged in detail. */
export const debugAnnotation = "haversack.dev/debug";

/** What a pause annotation says. */
export interface PauseRequest {
  /** `"reconcile"`: deletions go on. `"all"`: nothing does. Else the sub-reconcilers that are held. */
  readonly holds: "reconcile" | "all" | ReadonlySet<string>;
  /** Wall time at which it ends; `Infinity` without an end. */
  readonly untilMs: number;
  /** Why the annotation could not be read as it was meant, for people. */
  readonly problem: string | undefined;
}

/**
 * Reads a pause: `true`, `all`, or names of sub-reconcilers, each with ` until <RFC 3339 time>` behind
 * it or without.
 *
 * A time that is none pauses without an end: who wanted to pause gets a pause. **API requests:** 0.
 *
 * @returns `undefined` when there is none, or when it is over.
 */
export function readPause(
  annotations: Readonly<Record<string, string>> | undefined,
  wallMs: number,
): PauseRequest | undefined {
  const text = own(annotations, pauseAnnotation)?.trim();
  if (text === undefined || text === "" || text === "false") return undefined;
  const { what, untilMs, problem } = splitUntil(text);
  if (untilMs <= wallMs) return undefined;
  if (what === "all") return { holds: "all", untilMs, problem };
  const names = what.split(",").map((name) => name.trim());
  const isPlain = what === "" || what === "true";
  return { holds: isPlain ? "reconcile" : new Set(names), untilMs, problem };
}

/** Whether passes of an object are to be logged in detail: `true`, or `true until <time>`. */
export function wantsDebug(object: KubernetesObject, wallMs: number): boolean {
  const text = own(object.metadata.annotations, debugAnnotation)?.trim();
  if (text === undefined) return false;
  const { what, untilMs } = splitUntil(text);
  return what === "true" && untilMs > wallMs;
}

function splitUntil(text: string): { what: string; untilMs: number; problem: string | undefined } {
  const match = /^(.*?)\s*\buntil\s+(\S+)$/.exec(text);
  if (match === null) return { what: text, untilMs: Infinity, problem: undefined };
  const [, what = "", time = ""] = match;
  const untilMs = Date.parse(time);
  return Number.isFinite(untilMs)
    ? { what, untilMs, problem: undefined }
    : { what, untilMs: Infinity, problem: `${JSON.stringify(time)} is no RFC 3339 time` };
}

function own(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
): string | undefined {
  return annotations !== undefined && Object.hasOwn(annotations, name)
    ? annotations[name]
    : undefined;
}
