// SPDX-License-Identifier: Apache-2.0
// An informer of Pods of ours, as every question about caches uses it.
import {
  createClient,
  InformerPool,
  noMetrics,
  pods,
  silentLogger,
  systemClock,
  type InformerOptions,
} from "haversack";

/** What {@link watchPods} answers. */
export interface WatchedPods {
  readonly lease: ReturnType<InformerPool["acquire"]>;
  close(): Promise<void>;
}

/** Begins to list and watch the Pods of a server, over connections of its own. */
export function watchPods(url: string, options: InformerOptions): WatchedPods {
  const client = createClient({ server: url });
  const pool = new InformerPool({
    client,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    random: Math.random,
  });
  const lease = pool.acquire(pods, options);
  return {
    lease,
    close: async () => {
      lease.release();
      await client.close();
    },
  };
}
