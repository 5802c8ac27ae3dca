// SPDX-License-Identifier: Apache-2.0
// What is thrown at those who act without the right to (stage 6: writes).
import { ExpansionError } from "@haversack/core";

/** This replica does not, or no longer, hold the Lease. Retried: by whoever holds it. */
export class LeadershipLostError extends ExpansionError {
  constructor(lease: string, why: string) {
    super(
      "EXP_LEADERSHIP_LOST",
      `acting under Lease ${lease} is refused: ${why}. The replica that holds it goes on; ` +
        "pass request.signal to what a reconcile waits for, so that it ends at once.",
      "backoff",
    );
  }
}
