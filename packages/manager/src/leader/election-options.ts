// SPDX-License-Identifier: Apache-2.0
// The times of an election and what they have to satisfy (stage 0: words).
import { ConfigurationError } from "@haversack/core";

/** How one of several replicas is chosen. */
export interface ElectionOptions {
  /** Name of the Lease. Default: the manager's name. */
  readonly name?: string;
  /** Where the Lease lives. Default: the manager's namespace. */
  readonly namespace?: string;
  /** Unique per process. Default: the host's name and a random part. */
  readonly identity?: string;
  /** How long others wait after the last sign of the leader. Default 15, as client-go. */
  readonly leaseDurationSeconds?: number;
  /** How long a leader acts after its last renewal was sent. Default 10,000, as client-go. */
  readonly renewDeadlineMs?: number;
  /** Time between two attempts to renew or to acquire. Default 2,000, as client-go. */
  readonly retryPeriodMs?: number;
}

/** {@link ElectionOptions} with times filled in. @internal */
export interface ElectionTimes {
  readonly leaseDurationSeconds: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/**
 * Fills times in.
 *
 * @throws {@link ConfigurationError} for times under which two replicas could act at once. Terminal.
 */
export function toTimes(options: ElectionOptions): ElectionTimes {
  const { leaseDurationSeconds = 15, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
  const isWhole = Number.isInteger(leaseDurationSeconds) && leaseDurationSeconds > 0;
  const isOrdered =
    leaseDurationSeconds * 1000 > renewDeadlineMs &&
    renewDeadlineMs > 1.2 * retryPeriodMs &&
    retryPeriodMs > 0;
  if (isWhole && isOrdered) return { leaseDurationSeconds, renewDeadlineMs, retryPeriodMs };
  throw new ConfigurationError(
    `cannot elect a leader: leaseDurationSeconds ${leaseDurationSeconds}, renewDeadlineMs ` +
      `${renewDeadlineMs}, retryPeriodMs ${retryPeriodMs}. The duration must be whole seconds and ` +
      "longer than the deadline, the deadline longer than 1.2 retry periods.",
  );
}
