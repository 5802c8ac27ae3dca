// SPDX-License-Identifier: Apache-2.0
// How primaries are spread over replicas (stage 0: words).
import type { ElectionOptions } from "../leader/election-options.js";

/** Options of a ring; the times are those of an election. */
export interface ShardingOptions extends ElectionOptions {
  /** Parts into which primaries are divided. Default 32; the same in all replicas, for ever. */
  readonly slots?: number;
}
