// SPDX-License-Identifier: Apache-2.0
// One subscriber's hold on a shared informer (stage 1: watch event).
import type {
  InformerHandler,
  InformerLease,
  InformerStatus,
  Kind,
  KubernetesObject,
  ObjectKey,
  Subscription,
} from "@haversack/core";
import type { SharedInformer } from "./shared-informer.js";

/** A hold that is given back once. */
export class Lease<T extends KubernetesObject> implements InformerLease<T> {
  readonly wantedBy: string;
  readonly #informer: SharedInformer<T>;
  readonly #subscriptions = new Set<Subscription>();
  #onRelease: ((lease: Lease<T>) => void) | undefined;

  constructor(informer: SharedInformer<T>, wantedBy: string, onRelease: (lease: Lease<T>) => void) {
    this.#informer = informer;
    this.wantedBy = wantedBy;
    this.#onRelease = onRelease;
  }

  get kind(): Kind<T> {
    return this.#informer.kind;
  }

  get status(): InformerStatus {
    return this.#informer.status;
  }

  get size(): number {
    return this.#informer.store.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#informer.store.get(key)?.object();
  }

  *values(): IterableIterator<T> {
    for (const entry of this.#informer.store.values()) yield entry.object();
  }

  subscribe(handler: InformerHandler<T>): Subscription {
    if (this.#onRelease === undefined) return { unsubscribe: () => undefined };
    const inner = this.#informer.subscribe(handler);
    const subscription: Subscription = {
      unsubscribe: () => {
        this.#subscriptions.delete(subscription);
        inner.unsubscribe();
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  whenSynced(): Promise<void> {
    return this.#informer.whenSettled();
  }

  release(): void {
    const onRelease = this.#onRelease;
    if (onRelease === undefined) return;
    this.#onRelease = undefined;
    for (const subscription of [...this.#subscriptions]) subscription.unsubscribe();
    onRelease(this);
  }
}
