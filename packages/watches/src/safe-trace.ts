// SPDX-License-Identifier: Apache-2.0
// Tells a trace, with time and name added, and survives it (all stages).
import type { Clock, Logger } from "@haversack/core";
import { describeError } from "./describe-error.js";
import type { StageEvent, StageMoment, StageTrace } from "./stage-trace.js";

/** A stage without what every stage says. */
type Told<S extends StageEvent = StageEvent> = S extends StageEvent
  ? Omit<S, keyof StageMoment>
  : never;

/** Calls an author's trace. One that throws is logged and called again. @internal */
export class SafeTrace {
  readonly #trace: StageTrace;
  readonly #controller: string;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(trace: StageTrace, controller: string, clock: Clock, logger: Logger) {
    this.#trace = trace;
    this.#controller = controller;
    this.#clock = clock;
    this.#logger = logger;
  }

  tell(told: Told): void {
    const moment = { controller: this.#controller, atMs: this.#clock.monotonicMs() };
    try {
      this.#trace({ ...told, ...moment } as StageEvent);
    } catch (error) {
      this.#logger.error(
        `the trace of ${this.#controller} failed at stage ${told.stage}: ${describeError(error)}. ` +
          "The event went on; correct the trace.",
      );
    }
  }
}
