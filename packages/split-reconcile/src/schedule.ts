// SPDX-License-Identifier: Apache-2.0
// When a sub-reconciler is due although nothing happened (stage 5: split reconcile).
import { Cron } from "croner";
import type { Clock, KubernetesObject, Schedule, SubReconciler } from "@haversack/core";

/** What is remembered of one lane's schedules. @internal */
export interface ScheduleState {
  /** Wall time from which on cron times count. */
  readonly bornMs: number;
  /** Wall time of the last cron time served. */
  servedMs: number;
  /** Monotonic time of the next interval. */
  intervalDueMs: number;
  /** Monotonic time since when the primary has been as it is. */
  changedAtMs: number;
  /** The `changedAtMs` that an idle schedule has served, and the text of a one-shot one. */
  servedIdleMs: number | undefined;
  servedAt: string | undefined;
}

/** A moment at which a lane is due. @internal */
export interface DueTime {
  /** Monotonic. */
  readonly atMs: number;
  /** RFC 3339 text of the cron or one-shot time. */
  readonly time?: string;
  /** Marks it as served; called when a run that began after it has succeeded. */
  serve?(): void;
}

/** A cron time this late counts as missed; less is the ordinary lateness of a busy process. */
const missedAfterMs = 60_000;
const defaultJitter = 0.05; // As flux's runtime/jitter.

const crons = new Map<string, Cron>();

/** The schedules of a sub-reconciler. */
export function schedulesOf<P extends KubernetesObject>({
  schedule = [],
}: Pick<SubReconciler<P>, "schedule">): readonly Schedule<P>[] {
  return Array.isArray(schedule) ? (schedule as readonly Schedule<P>[]) : [schedule as Schedule<P>];
}

/** Says why a schedule cannot work; `undefined` when it can. */
export function checkSchedule<P extends KubernetesObject>(
  schedule: Schedule<P>,
): string | undefined {
  if ("everyMs" in schedule) {
    const { everyMs, jitter = defaultJitter } = schedule;
    const isValid = everyMs > 0 && everyMs < Infinity && jitter >= 0 && jitter <= 1;
    return isValid ? undefined : "everyMs must be a time above 0, jitter from 0 to 1";
  }
  if ("idleMs" in schedule) {
    return schedule.idleMs > 0 && schedule.idleMs < Infinity ? undefined : "idleMs must be a time";
  }
  if ("atTime" in schedule) return undefined;
  try {
    const next = cronOf(schedule).nextRun(new Date(0));
    return next === null ? `"${schedule.cron}" never comes` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The next interval after a run that ended now. */
export function nextInterval<P extends KubernetesObject>(
  part: Pick<SubReconciler<P>, "schedule">,
  nowMs: number,
  random: () => number,
): number {
  const dueMs = schedulesOf(part).map((schedule) => {
    if (!("everyMs" in schedule)) return Infinity;
    const { everyMs, jitter = defaultJitter } = schedule;
    return nowMs + everyMs * (1 + jitter * random());
  });
  return Math.min(Infinity, ...dueMs);
}

/**
 * The earliest time at which the schedules of a sub-reconciler make it due; in the past when it is.
 *
 * Cron times that were missed count once, as the latest of them, or not at all. **API requests:** 0.
 */
export function nextDue<P extends KubernetesObject>(
  part: Pick<SubReconciler<P>, "schedule">,
  state: ScheduleState,
  primary: P,
  clock: Clock,
): DueTime | undefined {
  let earliest: DueTime | undefined;
  for (const schedule of schedulesOf(part)) {
    const due = dueOf(schedule, state, primary, clock);
    if (due === undefined) continue;
    if (earliest === undefined || due.atMs < earliest.atMs) earliest = due;
  }
  return earliest;
}

function dueOf<P extends KubernetesObject>(
  schedule: Schedule<P>,
  state: ScheduleState,
  primary: P,
  clock: Clock,
): DueTime | undefined {
  if ("everyMs" in schedule) return { atMs: state.intervalDueMs };
  const toMonotonic = (wallMs: number): number => clock.monotonicMs() + wallMs - clock.now();
  if ("idleMs" in schedule) {
    const { changedAtMs } = state;
    if (state.servedIdleMs === changedAtMs) return undefined;
    return {
      atMs: changedAtMs + schedule.idleMs,
      serve: () => void (state.servedIdleMs = changedAtMs),
    };
  }
  if ("atTime" in schedule) {
    const time = schedule.atTime(primary);
    const wallMs = time === undefined ? NaN : Date.parse(time);
    if (time === undefined || Number.isNaN(wallMs) || time === state.servedAt) return undefined;
    return { atMs: toMonotonic(wallMs), time, serve: () => void (state.servedAt = time) };
  }
  const wallMs = cronTime(schedule, state, primary, clock.now());
  if (wallMs === undefined) return undefined;
  const serve = (): void => void (state.servedMs = Math.max(state.servedMs, wallMs));
  return { atMs: toMonotonic(wallMs), time: new Date(wallMs).toISOString(), serve };
}

type CronSchedule<P extends KubernetesObject> = Extract<Schedule<P>, { readonly cron: string }>;

function cronTime<P extends KubernetesObject>(
  schedule: CronSchedule<P>,
  { bornMs, servedMs }: ScheduleState,
  primary: P,
  nowMs: number,
): number | undefined {
  const cron = cronOf(schedule);
  const told = schedule.lastTime?.(primary) ?? primary.metadata.creationTimestamp ?? "";
  const toldMs = Date.parse(schedule.lastTime === undefined ? "" : told);
  const known = Number.isNaN(toldMs) ? bornMs : toldMs;
  const next = cron.nextRun(new Date(Math.max(known, servedMs)))?.getTime();
  if (next === undefined || next > nowMs) return next;
  // One or more have passed: the latest stands for all.
  const [latest = next] = cron.previousRuns(1, new Date(nowMs + 1000)).map((run) => run.getTime());
  const passed = latest > nowMs ? next : Math.max(next, latest);
  const isMissed = nowMs - passed > missedAfterMs;
  if (!isMissed || schedule.catchUp !== "skip") return passed;
  return cron.nextRun(new Date(nowMs))?.getTime();
}

function cronOf({ cron, timeZone = "UTC" }: { cron: string; timeZone?: string }): Cron {
  const key = `${timeZone} ${cron}`;
  const known = crons.get(key);
  const made = known ?? new Cron(cron, { timezone: timeZone, paused: true });
  crons.set(key, made);
  return made;
}
