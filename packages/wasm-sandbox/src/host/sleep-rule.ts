// SPDX-License-Identifier: Apache-2.0
// When a guest that has nothing to do is put to sleep, and when it is loaded ahead (stages: hibernate, wake).
import type { Clock, Timer } from "@haversack/core";
import type { StreamFacts, WakeCause, WakePlan, WakePolicy } from "../policy/index.js";

/** Rules of sleep: a fixed idle time, or a policy that learns. */
export type Hibernation = FixedIdle | LearnedIdle;

/** Sleep after a fixed time. */
export interface FixedIdle {
  /** How long a guest must have had nothing to do; `Infinity`: never; 0: after every turn. */
  readonly idleMs: number;
  /** A timer of the guest that is due sooner keeps it awake. Default 50 ms: waking costs a few. */
  readonly awakeBeforeTimerMs?: number;
}

/** Sleep and loading ahead as a policy says, such as `new AdaptivePolicy()`. */
export interface LearnedIdle {
  readonly policy: WakePolicy;
}

/** What a rule may ask of its guest and do with it. */
export interface Sleepable {
  /** The earliest time a timer of the guest is due, on the wall clock. */
  readonly nextTimerMs: number | undefined;
  /** Whether it waits for the answer of a call that is no timer. */
  readonly isWaiting: boolean;
  facts(): StreamFacts;
  sleep(): void;
  load(): void;
}

/** One guest's rule. */
export interface SleepRule {
  /** Something was delivered that nobody could do without. */
  woke(cause: WakeCause): void;
  /** It has nothing to do for now. */
  quiet(): void;
  /** It is gone. */
  end(): void;
}

/** The rule for one guest. */
export function sleepRule(
  name: string,
  clock: Clock,
  hibernation: Hibernation,
  guest: Sleepable,
): SleepRule {
  return "policy" in hibernation
    ? new PlannedSleep(name, clock, hibernation.policy, guest)
    : new FixedSleep(clock, hibernation, guest);
}

class FixedSleep implements SleepRule {
  readonly #clock: Clock;
  readonly #rule: FixedIdle;
  readonly #guest: Sleepable;
  #timer: Timer | undefined;

  constructor(clock: Clock, rule: FixedIdle, guest: Sleepable) {
    this.#clock = clock;
    this.#rule = rule;
    this.#guest = guest;
  }

  woke(): void {
    this.end();
  }

  quiet(): void {
    this.end();
    const { idleMs, awakeBeforeTimerMs = 50 } = this.#rule;
    if (!Number.isFinite(idleMs)) return;
    const untilTimerMs = (this.#guest.nextTimerMs ?? Infinity) - this.#clock.now();
    if (untilTimerMs < idleMs + awakeBeforeTimerMs) return;
    if (idleMs === 0) this.#guest.sleep();
    else this.#timer = this.#clock.setTimer(() => this.#guest.sleep(), idleMs);
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** Asks the policy once per event, when its work is done, and does what the plan says. */
class PlannedSleep implements SleepRule {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #policy: WakePolicy;
  readonly #guest: Sleepable;
  #timer: Timer | undefined;
  /** When the event came whose plan has not been asked for yet. */
  #woken: { readonly atMs: number; readonly cause: WakeCause } | undefined;
  #plan: WakePlan | undefined;

  constructor(name: string, clock: Clock, policy: WakePolicy, guest: Sleepable) {
    this.#name = name;
    this.#clock = clock;
    this.#policy = policy;
    this.#guest = guest;
  }

  woke(cause: WakeCause): void {
    this.#cancel();
    this.#plan = undefined;
    this.#woken ??= { atMs: this.#clock.now(), cause };
  }

  quiet(): void {
    if (this.#guest.isWaiting) return; // Its answer comes soon, and quiet after it.
    if (this.#woken !== undefined) {
      const { atMs, cause } = this.#woken;
      this.#plan = this.#policy.onEvent(this.#name, atMs, this.#guest.facts(), cause);
      this.#woken = undefined;
    }
    if (this.#plan !== undefined) this.#follow(this.#plan);
  }

  end(): void {
    this.#cancel();
    this.#policy.forget(this.#name);
  }

  #follow(plan: WakePlan): void {
    this.#at(plan.keepUntilMs, () => {
      this.#guest.sleep();
      const { loadAtMs } = plan;
      if (loadAtMs !== undefined) this.#at(loadAtMs, () => this.#loadAhead(plan));
    });
  }

  #loadAhead({ giveUpMs }: WakePlan): void {
    this.#plan = undefined; // Being loaded is no event: quiet has nothing to follow.
    this.#guest.load();
    if (giveUpMs === undefined) return;
    this.#at(giveUpMs, () => {
      this.#plan = this.#policy.onGiveUp(this.#name, this.#clock.now(), this.#guest.facts());
      this.#follow(this.#plan);
    });
  }

  #at(timeMs: number, act: () => void): void {
    this.#cancel();
    const delayMs = timeMs - this.#clock.now();
    if (delayMs <= 0) act();
    else if (Number.isFinite(delayMs)) this.#timer = this.#clock.setTimer(act, delayMs);
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
