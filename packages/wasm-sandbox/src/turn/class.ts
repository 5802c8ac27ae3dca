// SPDX-License-Identifier: Apache-2.0
// The engine that is none: the same bundle, evaluated in this process, with no border at all (stage: turn).
import { SandboxCrashError } from "../errors.js";
import type { Engine, GuestInstance, Program, Turn } from "./engine.js";

/**
 * Runs guests as plain code of this process: for development, for guests you would run anyway, and as
 * what the other engines are compared with. No limits hold, nothing can be hibernated.
 *
 * **API requests:** 0.
 */
export function classEngine(): Engine {
  return {
    name: "class",
    start: (program) => Promise.resolve().then(() => new ClassInstance(program)),
    close: () => Promise.resolve(),
  };
}

type Bundle = (
  send: (text: string) => void,
  bind: (receive: (text: string) => void) => void,
) => void;

class ClassInstance implements GuestInstance {
  readonly #guest: string;
  #receive: ((text: string) => void) | undefined;
  #texts: string[] = [];

  constructor({ guest, file }: Program) {
    this.#guest = guest;
    // The bundle's two free names become parameters; the engine is asked for by who trusts it.
    const evaluate = new Function("$send", "$bind", file.source) as Bundle;
    evaluate(
      (text) => void this.#texts.push(text),
      (receive) => (this.#receive = receive),
    );
  }

  async turn(text: string): Promise<Turn> {
    if (this.#receive === undefined) throw new SandboxCrashError(this.#guest, "it was disposed of");
    const beganMs = performance.now();
    const complaints: string[] = [];
    try {
      this.#receive(text);
    } catch (thrown) {
      complaints.push(String(thrown));
    }
    // Only promises of the bundle itself are waited for: it has no timers and no I/O of its own.
    await new Promise((resolve) => setImmediate(resolve));
    const texts = this.#texts;
    this.#texts = [];
    return { texts, complaints, memoryBytes: 0, turnMs: performance.now() - beganMs };
  }

  snapshot(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  dispose(): Promise<void> {
    this.#receive = undefined;
    return Promise.resolve();
  }
}
