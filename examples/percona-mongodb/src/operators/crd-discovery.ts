// SPDX-License-Identifier: Apache-2.0
// Informers that learn of new kinds from the definitions themselves, instead of asking again and again (stage 1).
import {
  customResourceDefinitions,
  InformerPool,
  type InformerPoolOptions,
  type KubernetesObject,
  type Subscription,
} from "haversack";

/** Asking by the clock is the safety net only. */
const absentRetryMs = 24 * 3600 * 1000;

/** Informers, and the watch on definitions that wakes them. */
export interface DiscoveringInformers {
  readonly informers: InformerPool;
  close(): void;
}

/**
 * Makes informers that look for a kind that is not served when a definition appears or changes.
 *
 * An operator that can use cert-manager, or do without, then costs nothing while it is not there.
 *
 * **API requests:** 1 LIST and 1 WATCH of definitions; 1 LIST per absent kind when one is established.
 * **RBAC:** `list`, `watch` on customresourcedefinitions.
 */
export function discoveringInformers(options: InformerPoolOptions): DiscoveringInformers {
  const informers = new InformerPool({ ...options, absentRetryMs });
  const lease = informers.acquire(customResourceDefinitions, { wantedBy: "crd discovery" });
  const subscription: Subscription = lease.subscribe({
    stage: "enqueue",
    onEvent: (event) => {
      if (event.new !== undefined && !event.isInitial && isEstablished(event.new))
        informers.rediscover();
    },
  });
  return {
    informers,
    close() {
      subscription.unsubscribe();
      lease.release();
      informers.close();
    },
  };
}

function isEstablished(definition: KubernetesObject): boolean {
  const { status } = definition as {
    status?: { conditions?: readonly { type: string; status: string }[] };
  };
  return (
    status?.conditions?.some(
      ({ type, status: value }) => type === "Established" && value === "True",
    ) === true
  );
}
