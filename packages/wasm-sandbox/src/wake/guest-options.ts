// SPDX-License-Identifier: Apache-2.0
// What a guest is given to live on (stages: turn to wake).
import type { Clock, Logger, Metrics } from "@haversack/core";
import type { RunTarget } from "../call/host-calls.js";
import type { Quotas } from "../call/quotas.js";
import type { Policy } from "../call/rules.js";
import type { Engine, Program } from "../turn/engine.js";
import type { Sleeper } from "./sleeper.js";

/** What a guest lives on. */
export interface GuestOptions {
  readonly program: Program;
  readonly engine: Engine;
  readonly policy: Policy;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Saves and restores it; absent: it can never sleep. */
  readonly sleeper?: Sleeper | undefined;
  /** What the guest acts with outside its runs. */
  readonly target?: RunTarget | undefined;
  /** Told whenever nothing is left to do for now. */
  onQuiet?(): void;
  /** Told what woke it: a run that was asked for, or a timer of its own. */
  onWoken?(cause: "event" | "timer"): void;
}

/** Where a guest is. */
export type GuestState = "cold" | "live" | "asleep" | "stopped";
