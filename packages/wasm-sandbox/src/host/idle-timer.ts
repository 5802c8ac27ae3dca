// SPDX-License-Identifier: Apache-2.0
// When a guest that has nothing to do is put to sleep (stage: hibernate).
import type { Clock, Timer } from "@haversack/core";

/** Rules of sleep. */
export interface Hibernation {
  /** How long a guest must have had nothing to do; `Infinity`: never; 0: after every turn. */
  readonly idleMs: number;
  /** A timer of the guest that is due sooner keeps it awake. Default 50 ms: waking costs a few. */
  readonly awakeBeforeTimerMs?: number;
}

/** Counts the idle time of one guest. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #hibernation: Hibernation;
  readonly #onIdle: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, hibernation: Hibernation, onIdle: () => void) {
    this.#clock = clock;
    this.#hibernation = hibernation;
    this.#onIdle = onIdle;
  }

  /** The guest has nothing to do from now on; `nextTimerMs` is when its next timer is due. */
  begin(nextTimerMs: number | undefined): void {
    this.cancel();
    const { idleMs, awakeBeforeTimerMs = 50 } = this.#hibernation;
    if (!Number.isFinite(idleMs)) return;
    const untilTimerMs = (nextTimerMs ?? Infinity) - this.#clock.now();
    if (untilTimerMs < idleMs + awakeBeforeTimerMs) return;
    if (idleMs === 0) this.#onIdle();
    else this.#timer = this.#clock.setTimer(this.#onIdle, idleMs);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
