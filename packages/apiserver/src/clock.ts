// SPDX-License-Identifier: Apache-2.0
// The server's view of time: wall time for objects, timers for watches and delays.

/** A timer that can be taken back. */
export interface Timer {
  cancel(): void;
}

/** Source of time and timers; inject one to run the server in virtual time. */
export interface ServerClock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Runs the function once after the delay. Never keeps the process alive by itself. */
  after(delayMs: number, run: () => void): Timer;
}

/** The longest delay a Node timer takes; a longer one would fire at once. */
const longestTimerMs = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: ServerClock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, longestTimerMs));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** RFC 3339 in seconds, the form of `metadata.creationTimestamp`. */
export function secondsTime(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}
