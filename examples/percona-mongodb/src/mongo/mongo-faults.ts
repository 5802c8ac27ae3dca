// SPDX-License-Identifier: Apache-2.0
// Makes calls to the simulated MongoDB and its backup agents fail on purpose (under every stage of a test).
import type { MongoCall } from "./mongo-admin.js";
import { MongoError } from "./mongo-error.js";

/** What can fail: a call, or opening the connection for one. */
export type FaultyCall = MongoCall | "connect";

interface Fault {
  readonly error: Error;
  skip: number;
  left: number;
}

interface Crash {
  readonly at: number;
  readonly error: Error;
  readonly when: "before" | "after";
}

/** How a fault behaves. */
export interface FaultOptions {
  /** How often it happens. Default 1; `Infinity` until {@link MongoFaults.clear}. */
  readonly times?: number;
  /** Calls that pass before. Default 0. */
  readonly after?: number;
}

/** The faults that wait for their calls; `connect` is a call that is not counted. */
export class CallFaults<Call extends string> {
  readonly #faults = new Map<Call, Fault[]>();
  #crash: Crash | undefined;
  #count = 0;

  /** Makes the next calls of a name fail, before they change anything. */
  fail(call: Call, error: Error, { times = 1, after = 0 }: FaultOptions = {}): void {
    const waiting = this.#faults.get(call) ?? [];
    waiting.push({ error, skip: after, left: times });
    this.#faults.set(call, waiting);
  }

  /**
   * Makes one command fail by its number from now on, before it takes effect or after: then it has
   * happened and only the answer is lost.
   */
  crashAt(number: number, error: Error, when: "before" | "after"): void {
    this.#crash = { at: this.#count + number, error, when };
  }

  clear(): void {
    this.#faults.clear();
    this.#crash = undefined;
  }

  /** @throws the error of a fault that is due. */
  pass(call: Call): void {
    if (call !== "connect") {
      this.#count += 1;
      this.#throwIfDue("before");
    }
    const waiting = this.#faults.get(call) ?? [];
    const [first] = waiting;
    if (first === undefined) return;
    if (first.skip > 0) {
      first.skip -= 1;
      return;
    }
    first.left -= 1;
    if (first.left <= 0) waiting.shift();
    throw first.error;
  }

  /** Called when a command has taken effect. @throws the error of a crash that is due. */
  answered(): void {
    this.#throwIfDue("after");
  }

  #throwIfDue(when: Crash["when"]): void {
    if (this.#crash?.at !== this.#count || this.#crash.when !== when) return;
    const { error } = this.#crash;
    this.#crash = undefined;
    throw error;
  }
}

/** The faults of the simulated MongoDB. */
export class MongoFaults extends CallFaults<FaultyCall> {}

/** Nobody answers in time. */
export function connectTimeout(): MongoError {
  return new MongoError("NetworkTimeout", "no server answered within 10 s");
}

/** The password is wrong. */
export function authenticationFailed(): MongoError {
  return new MongoError("AuthenticationFailed", "user and password do not match");
}

/** A reconfiguration's new member does not answer. */
export function nodeNotFound(): MongoError {
  return new MongoError("NodeNotFound", "the quorum check failed");
}
