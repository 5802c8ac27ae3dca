// SPDX-License-Identifier: Apache-2.0
// The times of a crontab line, in UTC as in the original's pod (F11; stage 5: reconcile).
import { Cron } from "croner";

/** More are not counted one by one: nobody is helped by a larger number. */
const mostCounted = 100;

const parsed = new Map<string, Cron | undefined>();

/** What of a schedule has passed, and what is next. */
export interface CronTimes {
  /** The newest time that has passed since. */
  readonly latestMs?: number;
  /** How many have passed before the newest one, up to 100. */
  readonly skipped: number;
  readonly nextMs?: number;
}

/**
 * The times of a schedule since a moment. **API requests:** 0.
 *
 * @returns `undefined` when the schedule cannot be read, or never comes.
 * @example
 * ```ts
 * cronTimes("0 * * * *", Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 2, 30))?.skipped; // => 1
 * ```
 */
export function cronTimes(schedule: string, sinceMs: number, nowMs: number): CronTimes | undefined {
  const cron = cronOf(schedule);
  if (cron === undefined) return undefined;
  const nextMs = cron.nextRun(new Date(nowMs))?.getTime();
  const first = cron.nextRun(new Date(sinceMs))?.getTime();
  const next = nextMs === undefined ? {} : { nextMs };
  if (first === undefined) return nextMs === undefined ? undefined : { skipped: 0, ...next };
  if (first > nowMs) return { skipped: 0, ...next };
  // One second more: a time that is just now has passed.
  const [latest] = cron.previousRuns(1, new Date(nowMs + 1000));
  const latestMs = Math.max(first, latest?.getTime() ?? first);
  return { latestMs, skipped: countUntil(cron, first, latestMs), ...next };
}

function countUntil(cron: Cron, firstMs: number, latestMs: number): number {
  let count = 0;
  for (let at: number | undefined = firstMs; at !== undefined && at < latestMs;) {
    count += 1;
    if (count >= mostCounted) break;
    at = cron.nextRun(new Date(at))?.getTime();
  }
  return count;
}

function cronOf(schedule: string): Cron | undefined {
  if (!parsed.has(schedule)) parsed.set(schedule, parse(schedule));
  return parsed.get(schedule);
}

function parse(schedule: string): Cron | undefined {
  try {
    return new Cron(schedule, { utcOffset: 0, paused: true });
  } catch {
    // What is wrong with it is told where custom resources are validated.
    return undefined;
  }
}
