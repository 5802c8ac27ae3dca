// SPDX-License-Identifier: Apache-2.0
// One listener per AbortSignal, however many requests follow it (stage 1 and 6).

const followers = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal aborts.
 *
 * A shutdown signal is often shared by dozens of watches; Node warns of a leak at the eleventh
 * listener, so there is only one, which stays for as long as the signal.
 *
 * **API requests:** 0.
 *
 * @returns How to stop following.
 */
export function followSignal(signal: AbortSignal, onAbort: () => void): () => void {
  const known = followers.get(signal);
  const callbacks = known ?? new Set();
  if (known === undefined) {
    followers.set(signal, callbacks);
    signal.addEventListener("abort", () => [...callbacks].forEach((callback) => callback()), {
      once: true,
    });
  }
  callbacks.add(onAbort);
  return () => callbacks.delete(onAbort);
}
