// SPDX-License-Identifier: Apache-2.0
// One signal that aborts with any of several, and lets go of them (under every stage).

/** A signal and the end of its listening. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Lets go of the sources, which may live for days. */
  release(): void;
}

/**
 * Makes a signal that follows others. Unlike `AbortSignal.any` it leaves nothing at a source that
 * outlives it. **API requests:** 0.
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const releases: (() => void)[] = [];
  const release = (): void => {
    for (const end of releases.splice(0)) end();
  };
  for (const source of sources) {
    if (source === undefined) continue;
    const follow = (): void => {
      release();
      controller.abort(source.reason);
    };
    if (source.aborted) {
      follow();
      break;
    }
    source.addEventListener("abort", follow, { once: true });
    releases.push(() => source.removeEventListener("abort", follow));
  }
  return { signal: controller.signal, release };
}
