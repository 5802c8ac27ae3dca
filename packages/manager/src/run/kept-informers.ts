// SPDX-License-Identifier: Apache-2.0
// Keeps informers alive while reconcilers come and go, as leadership does (stage 1: watch event).
import type {
  InformerLease,
  InformerOptions,
  Informers,
  Kind,
  KubernetesObject,
  ObjectKey,
} from "@haversack/core";

/** Told of what a pass reads from the caches. */
export interface CacheReads {
  /** An object was looked up; `undefined` when the cache knows that there is none. */
  read(kind: Kind<KubernetesObject>, key: ObjectKey, object: KubernetesObject | undefined): void;
}

/**
 * Informers that stay warm: each is held once more until {@link KeptInformers.release}, so that a
 * standby that begins to lead finds its caches complete.
 *
 * **API requests:** those of the informers below; 0 for who acquires again.
 */
export class KeptInformers implements Informers {
  readonly #inner: Informers;
  readonly #kept = new Map<string, InformerLease<KubernetesObject>>();
  /** Set while a pass is recorded. */
  reads: CacheReads | undefined;

  constructor(inner: Informers) {
    this.#inner = inner;
  }

  acquire<T extends KubernetesObject>(
    kind: Kind<T>,
    options: InformerOptions = {},
  ): InformerLease<T> {
    const { wantedBy: _wantedBy, ...rest } = options;
    const key = JSON.stringify([kind.apiVersion, kind.kind, rest]);
    if (!this.#kept.has(key)) {
      const kept = this.#inner.acquire(kind, { ...options, wantedBy: "manager" });
      this.#kept.set(key, kept as unknown as InformerLease<KubernetesObject>);
    }
    return this.#inner.acquire(kind, options);
  }

  peek<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
  ): { readonly known: boolean; readonly object: T | undefined } {
    const found = this.#inner.peek(kind, key);
    if (found.known) this.reads?.read(kind, key, found.object);
    return found;
  }

  /** Gives every hold back. Idempotent. */
  release(): void {
    for (const lease of this.#kept.values()) lease.release();
    this.#kept.clear();
  }
}
