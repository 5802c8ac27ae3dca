// SPDX-License-Identifier: Apache-2.0
// What SIGTERM and SIGINT do: the first ends in order, the second at once (before stage 1).

/** The part of `process` that is needed; for tests, another. */
export interface SignalSource {
  on(name: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  off(name: "SIGTERM" | "SIGINT", listener: () => void): unknown;
  exit(code: number): void;
}

/** What to do when asked to end. */
export interface SignalActions {
  /** In order. Its rejection makes the exit code 1. */
  stop(): Promise<void>;
  /** At once. */
  stopNow(): Promise<void>;
}

/**
 * Listens to SIGTERM and SIGINT.
 *
 * **API requests:** 0. **Guarantees:** the process exits with 0 after an orderly stop, with 1 after a
 * failed one or when it was asked twice.
 *
 * @returns What ends the listening.
 */
export function onSignals(source: SignalSource, actions: SignalActions): () => void {
  let asked = 0;
  const listener = (): void => {
    asked += 1;
    if (asked === 1) {
      actions.stop().then(
        () => source.exit(0),
        () => source.exit(1),
      );
    } else if (asked === 2) {
      const exit = (): void => source.exit(1);
      actions.stopNow().then(exit, exit);
    }
  };
  source.on("SIGTERM", listener);
  source.on("SIGINT", listener);
  return () => {
    source.off("SIGTERM", listener);
    source.off("SIGINT", listener);
  };
}
