// SPDX-License-Identifier: Apache-2.0
// One stretch of time in which this replica may act, and its end (stage 6: writes).
import type { Clock, Timer } from "@haversack/core";
import { LeadershipLostError } from "./leadership-errors.js";

/** Tells whether acting is allowed. Writes ask it; passes hear its signal. */
export interface Fence {
  /** Aborted when the right to act is lost. */
  readonly signal: AbortSignal;
  /** Monotonic time until which acting is allowed unless it is renewed. */
  readonly untilMs: number;
  /** @throws {@link LeadershipLostError} when the right is lost. **API requests:** 0, or 1 after a leap of time. */
  ensure(): Promise<void>;
}

/** When something was sent, by both clocks. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** Now. */
export function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.now() };
}

/** What a {@link Term} is made from. */
export interface TermOptions {
  readonly clock: Clock;
  /** The Lease, for messages. */
  readonly lease: string;
  /** How much further than the monotonic clock the wall clock may have gone before it is doubted. */
  readonly toleratedLeapMs: number;
  /** Asks the API server whether the Lease is still ours; extends or ends the term. */
  confirm(): Promise<void>;
}

/**
 * One term of a leader. It ends by itself when its time is over, by the monotonic clock alone: that
 * a timer fired late, or a request was answered late, makes it no longer.
 *
 * A machine that was suspended wakes with a monotonic clock that stood still. Then the wall clock has
 * leapt ahead of it, and the Lease is confirmed before the next write.
 *
 * **API requests:** 0, or 1 GET and 1 PUT after a leap of the wall clock.
 */
export class Term implements Fence {
  readonly #options: TermOptions;
  readonly #controller = new AbortController();
  #untilMs: number;
  #renewed: Moment;
  #timer: Timer | undefined;

  /** @param sent When the request that won the Lease was sent; the server may have stored it at once. */
  constructor(options: TermOptions, sent: Moment, untilMs: number) {
    this.#options = options;
    this.#untilMs = untilMs;
    this.#renewed = sent;
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get untilMs(): number {
    return this.#untilMs;
  }

  /** Whether acting is allowed now. Ends the term when its time is over. */
  get isValid(): boolean {
    if (this.signal.aborted) return false;
    if (this.#options.clock.monotonicMs() < this.#untilMs) return true;
    this.end("it was not renewed in time");
    return false;
  }

  async ensure(): Promise<void> {
    this.#check();
    if (!this.#hasLeapt()) return;
    await this.#options.confirm();
    this.#check();
  }

  /** Counts from when the renewal was *sent*. An answer that comes after the end revives nothing. */
  extend(sent: Moment, untilMs: number): void {
    if (!this.isValid) return;
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    this.#renewed = sent;
    this.#arm();
  }

  /** Ends it now. Idempotent. */
  end(why: string): void {
    this.#timer?.cancel();
    if (this.signal.aborted) return;
    this.#controller.abort(new LeadershipLostError(this.#options.lease, why));
  }

  #check(): void {
    if (!this.isValid) throw this.signal.reason;
  }

  #hasLeapt(): boolean {
    const { clock, toleratedLeapMs } = this.#options;
    const wallMs = clock.now() - this.#renewed.wallMs;
    return wallMs - (clock.monotonicMs() - this.#renewed.monotonicMs) > toleratedLeapMs;
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#timer?.cancel();
    const remainingMs = Math.max(0, this.#untilMs - clock.monotonicMs());
    this.#timer = clock.setTimer(() => void this.isValid, remainingMs);
  }
}
