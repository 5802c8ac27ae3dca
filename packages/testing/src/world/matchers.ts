// SPDX-License-Identifier: Apache-2.0
// The checks of this folder as matchers, for runners with `expect.extend` (after stage 7).
import type { TestCluster } from "../cluster/start-cluster.js";
import { crashAtEveryWrite, type CrashScenario } from "./crash-at-every-write.js";
import { converges, expectQuiet, type ConvergeOptions, type QuietOptions } from "./quiescence.js";

/** What a matcher answers; jest and vitest agree on it. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

async function resultOf(check: Promise<unknown>): Promise<MatcherResult> {
  try {
    await check;
    return { pass: true, message: () => "expected the check to fail, and it held" };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { pass: false, message: () => text };
  }
}

/**
 * Matchers for `expect.extend`.
 *
 * @example
 * ```ts
 * expect.extend(haversackMatchers);
 * await expect(cluster).toStayQuiet(600_000);
 * ```
 */
export const haversackMatchers = {
  /** {@link expectQuiet} */
  toStayQuiet: (
    cluster: TestCluster,
    durationMs: number,
    options?: QuietOptions,
  ): Promise<MatcherResult> => resultOf(expectQuiet(cluster, durationMs, options)),
  /** {@link converges} */
  toConverge: (cluster: TestCluster, options?: ConvergeOptions): Promise<MatcherResult> =>
    resultOf(converges(cluster, options)),
  /** {@link crashAtEveryWrite} */
  toSurviveCrashAtEveryWrite: (scenario: CrashScenario): Promise<MatcherResult> =>
    resultOf(crashAtEveryWrite(scenario)),
};
