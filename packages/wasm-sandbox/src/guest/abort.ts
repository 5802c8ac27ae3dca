// SPDX-License-Identifier: Apache-2.0
// Abort signals for an engine that has none (runs in the guest).

type Listener =
  ((event: { readonly type: "abort" }) => void) | { handleEvent(event: object): void };

/** Only controllers abort a signal. */
let abortSignal: (signal: AbortSignal, reason: unknown) => void;

/** The part of the DOM's `AbortSignal` that reconcilers use. */
export class AbortSignal {
  aborted = false;
  reason: unknown = undefined;
  onabort: ((event: { readonly type: "abort" }) => void) | null = null;
  readonly #listeners = new Set<Listener>();

  static {
    abortSignal = (signal, reason) => signal.#abort(reason);
  }

  /** A signal that is aborted already. */
  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal();
    signal.#abort(reason);
    return signal;
  }

  /** A signal that is aborted as soon as one of several is. */
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const signal = new AbortSignal();
    for (const each of signals) {
      if (each.aborted) signal.#abort(each.reason);
      else each.addEventListener("abort", () => signal.#abort(each.reason));
    }
    return signal;
  }

  addEventListener(_type: "abort", listener: Listener): void {
    if (!this.aborted) this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: Listener): void {
    this.#listeners.delete(listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason as Error;
  }

  #abort(reason: unknown = new Error("This operation was aborted")): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const event = { type: "abort" } as const;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.onabort?.(event);
    for (const listener of listeners) {
      if (typeof listener === "function") listener(event);
      else listener.handleEvent(event);
    }
  }
}

/** Aborts its signal. */
export class AbortController {
  readonly signal: AbortSignal = new AbortSignal();

  abort(reason?: unknown): void {
    abortSignal(this.signal, reason);
  }
}
