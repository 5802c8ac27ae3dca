// SPDX-License-Identifier: Apache-2.0
// Feeding an index from shared informers and own writes (stage 1 to stage 7).
import type {
  InformerHandler,
  InformerLease,
  InformerStatus,
  KubernetesObject,
  Runtime,
  Subscription,
  WatchEvent,
} from "@haversack/core";
import type { SourcePlan } from "./declaration.js";

/** What a feed needs of an index. */
export interface FedIndex {
  readonly plans: readonly SourcePlan[];
  readonly primaryPlan: SourcePlan;
  readonly needsPrimaries: boolean;
  apply(name: string, event: WatchEvent): void;
  applyPrimary(event: WatchEvent): void;
  markSynced(name: string, resourceVersion?: string): void;
  markPrimariesSynced(resourceVersion?: string): void;
  report(name: string, status: InformerStatus): void;
  reportPrimaries(status: InformerStatus): void;
}

interface Inlet {
  readonly plan: SourcePlan;
  apply(event: WatchEvent): void;
  markSynced(resourceVersion: string | undefined): void;
  report(status: InformerStatus): void;
}

/**
 * Connects an index to the informers of a runtime.
 *
 * **API requests:** 1 LIST and 1 WATCH per declared kind that nobody else watches.
 * **RBAC:** `list`, `watch` on every declared kind; on the primary's, if a relation reads it.
 */
export class IndexFeed {
  readonly #index: FedIndex;
  readonly #held: { readonly lease: InformerLease<KubernetesObject>; readonly on: Subscription }[] =
    [];

  constructor(index: FedIndex) {
    this.#index = index;
  }

  /** Resolves when every complete first list is in the index, or known not to come. */
  async start(runtime: Runtime): Promise<void> {
    const { informers } = runtime;
    if (informers === undefined) return; // Then `of` says so, and `fetch` still serves.
    const waits = this.#inlets().map(async (inlet) => {
      const { kind, informer } = inlet.plan;
      const lease = informers.acquire(kind, informer);
      this.#held.push({ lease, on: lease.subscribe(handlerOf(inlet, runtime)) });
      await lease.whenSynced();
      settle(inlet, lease.status);
    });
    await Promise.all(waits);
  }

  /** Gives every informer back. Idempotent. */
  stop(): void {
    for (const { lease, on } of this.#held.splice(0)) {
      on.unsubscribe();
      lease.release();
    }
  }

  #inlets(): readonly Inlet[] {
    const index = this.#index;
    const inlets = index.plans.map((plan): Inlet => ({
      plan,
      apply: (event) => index.apply(plan.name, event),
      markSynced: (resourceVersion) => index.markSynced(plan.name, resourceVersion),
      report: (status) => index.report(plan.name, status),
    }));
    if (!index.needsPrimaries) return inlets;
    return [
      ...inlets,
      {
        plan: index.primaryPlan,
        apply: (event) => index.applyPrimary(event),
        markSynced: (resourceVersion) => index.markPrimariesSynced(resourceVersion),
        report: (status) => index.reportPrimaries(status),
      },
    ];
  }
}

function handlerOf(inlet: Inlet, { ownWrites }: Runtime): InformerHandler<KubernetesObject> {
  const { kind, informer } = inlet.plan;
  // Only a cache of every whole object may speak for those who read whole objects.
  const isWhole = informer.labelSelector === undefined && informer.projection === undefined;
  return {
    stage: "index",
    onEvent(event) {
      if (isWhole) ownWrites.observe(kind, event);
      inlet.apply(event);
    },
    onSynced(resourceVersion, isRelist) {
      // The first list of a handler that joins late may be an old one for others.
      if (isRelist && isWhole) ownWrites.relisted(kind, resourceVersion, informer.namespaces);
      inlet.markSynced(resourceVersion);
    },
    onStatus: (status) => inlet.report(status),
  };
}

/** For an informer that was synced, or known to be absent, before anybody subscribed. */
function settle(inlet: Inlet, status: InformerStatus): void {
  inlet.report(status);
  if (status.state === "synced" || status.state === "stale") {
    inlet.markSynced(status.resourceVersion);
  }
}
