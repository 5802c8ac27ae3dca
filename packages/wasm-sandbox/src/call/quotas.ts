// SPDX-License-Identifier: Apache-2.0
// What a guest may use over time, and how long it must rest after it crashed (stage: host call).
import type { Clock } from "@haversack/core";
import { SandboxError, SandboxQuotaError } from "../errors.js";

/** Quotas that span turns. Those of one turn are in `Limits`. */
export interface Quotas {
  /** Processor time in any minute. Default 10,000 ms. */
  readonly turnMsPerMinute: number;
  /** Calls in any minute. Default 6,000. */
  readonly callsPerMinute: number;
  /** Calls under way at one time. Default 64. */
  readonly concurrentCalls: number;
  /** Timers set at one time. Default 1,000. */
  readonly timers: number;
  /** Bytes of answers in any minute. Default 64 MiB. */
  readonly answerBytesPerMinute: number;
  /** How long a run may go on after its signal was aborted. Default 10,000 ms. */
  readonly abortMs: number;
  /** First rest after a crash; doubles with each more. Default 1,000 ms. */
  readonly restMs: number;
  /** Longest rest. Default 300,000 ms. */
  readonly maximumRestMs: number;
}

/** The quotas a guest has when nobody says otherwise. */
export const defaultQuotas: Quotas = Object.freeze({
  turnMsPerMinute: 10_000,
  callsPerMinute: 6000,
  concurrentCalls: 64,
  timers: 1000,
  answerBytesPerMinute: 64 * 2 ** 20,
  abortMs: 10_000,
  restMs: 1000,
  maximumRestMs: 300_000,
});

/** A sum that leaks away: in a minute, all of its bound. */
class Bucket {
  #level = 0;
  #atMs = 0;

  add(amount: number, perMinute: number, nowMs: number): boolean {
    const leaked = ((nowMs - this.#atMs) / 60_000) * perMinute;
    this.#level = Math.max(0, this.#level - leaked) + amount;
    this.#atMs = nowMs;
    return this.#level <= perMinute;
  }
}

/** Counts what one guest uses. */
export class Meter {
  readonly #guest: string;
  readonly #quotas: Quotas;
  readonly #clock: Clock;
  readonly #time = new Bucket();
  readonly #calls = new Bucket();
  readonly #bytes = new Bucket();
  #crashes = 0;
  #restsUntilMs = 0;

  constructor(guest: string, quotas: Quotas, clock: Clock) {
    this.#guest = guest;
    this.#quotas = quotas;
    this.#clock = clock;
  }

  /** @throws SandboxError while it rests after a crash, to be retried when that is over. */
  mayStart(): void {
    const afterMs = this.#restsUntilMs - this.#clock.monotonicMs();
    if (this.#crashes === 0 || afterMs <= 0) return;
    const why = `rests after ${this.#crashes} crashes in a row. It is run again in ${Math.ceil(afterMs)} ms.`;
    throw new SandboxError("EXP_SANDBOX_RESTING", this.#guest, why, { afterMs });
  }

  /** @throws SandboxQuotaError */
  turn(turnMs: number): void {
    const { turnMsPerMinute } = this.#quotas;
    this.#bound(this.#time, turnMs, turnMsPerMinute, "ms of processor time");
  }

  /** @throws SandboxQuotaError */
  call(): void {
    this.#bound(this.#calls, 1, this.#quotas.callsPerMinute, "calls");
  }

  /** Bytes it was answered; what is too much is told at its next call. */
  answer(bytes: number): void {
    this.#bytes.add(bytes, this.#quotas.answerBytesPerMinute, this.#clock.monotonicMs());
  }

  crashed(): void {
    const { restMs, maximumRestMs } = this.#quotas;
    this.#crashes += 1;
    const rest = Math.min(restMs * 2 ** (this.#crashes - 1), maximumRestMs);
    this.#restsUntilMs = this.#clock.monotonicMs() + rest;
  }

  succeeded(): void {
    this.#crashes = 0;
  }

  #bound(bucket: Bucket, amount: number, perMinute: number, what: string): void {
    if (bucket.add(amount, perMinute, this.#clock.monotonicMs())) return;
    throw new SandboxQuotaError(this.#guest, `it used more than ${perMinute} ${what} a minute`);
  }
}
