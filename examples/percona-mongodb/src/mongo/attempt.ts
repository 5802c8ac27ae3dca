// SPDX-License-Identifier: Apache-2.0
// Synchronous refusals as a driver reports them: rejected promises.

/** Turns a synchronous refusal into a rejected promise, as a driver's would be. */
export function attempt<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(act());
  });
}
