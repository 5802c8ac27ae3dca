// SPDX-License-Identifier: Apache-2.0
// Passes are made only for primaries whose slot this replica holds (stage 5: reconcile).
import { done, objectKey, type ObjectKey, type PassInterceptor } from "@haversack/core";
import type { Ring } from "./ring.js";

/**
 * Leaves primaries of other replicas alone, and makes their passes up when their slot comes here.
 *
 * **Guarantees:** a slot is not handed over while a pass of one of its primaries is under way; a
 * primary whose pass was left out is enqueued when its slot is taken. **API requests:** 0.
 */
export class ShardedPasses {
  readonly #ring: Ring;
  readonly #left = new Map<number, Map<string, { key: ObjectKey; enqueue: () => void }>>();

  constructor(ring: Ring) {
    this.#ring = ring;
  }

  /** Makes up for what was left out. To be called when slots were taken. */
  taken(slots: readonly number[]): void {
    for (const slot of slots) {
      const left = this.#left.get(slot);
      this.#left.delete(slot);
      for (const { enqueue } of left?.values() ?? []) enqueue();
    }
  }

  /** The interceptor for one reconciler. */
  around(name: string, enqueue: (key: ObjectKey) => void): PassInterceptor {
    return {
      reconcile: async (request, next) => {
        const { uid, namespace, name: own } = request.primary.metadata;
        const slot = this.#ring.slotOf(uid ?? "");
        const leave = this.#ring.enter(slot);
        if (leave === undefined) {
          const key = namespace === undefined ? { name: own } : { namespace, name: own };
          const left =
            this.#left.get(slot) ?? new Map<string, { key: ObjectKey; enqueue: () => void }>();
          left.set(`${name} ${objectKey(key)}`, { key, enqueue: () => enqueue(key) });
          this.#left.set(slot, left);
          return done;
        }
        try {
          return await next(request);
        } finally {
          leave();
        }
      },
      gone: async (ref, next) => {
        const leave = this.#ring.enter(this.#ring.slotOf(ref.uid ?? ""));
        if (leave === undefined) return;
        try {
          await next();
        } finally {
          leave();
        }
      },
    };
  }
}
