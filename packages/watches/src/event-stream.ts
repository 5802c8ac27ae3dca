// SPDX-License-Identifier: Apache-2.0
// The events of a kind as an rxjs Observable (stage 1: watch event).
import { createRequire } from "node:module";
import type { EventObserver, KubernetesObject, Subscription, WatchEvent } from "@haversack/core";
import type { Observable } from "rxjs";

/** What a stream hands its events to. @internal */
export interface StreamObserver<T extends KubernetesObject> extends EventObserver<T> {
  complete(): void;
}

type Rxjs = typeof import("rxjs");

let loaded: Rxjs | undefined;

/**
 * rxjs, loaded when the first stream is asked for: it costs 12 to 16 MB, and most reconcilers need
 * none. In Node `import` and `require` give the same copy of it.
 */
function rxjs(): Rxjs {
  loaded ??= createRequire(import.meta.url)("rxjs") as Rxjs;
  return loaded;
}

/**
 * Makes a cold Observable: it watches while somebody is subscribed.
 *
 * **API requests:** 0; on subscribing those of the informer.
 *
 * @internal
 */
export function eventStream<T extends KubernetesObject>(
  attach: (observer: StreamObserver<T>) => Subscription,
): Observable<WatchEvent<T>> {
  const { Observable: Stream } = rxjs();
  return new Stream((subscriber) => {
    const subscription = attach(subscriber);
    return () => subscription.unsubscribe();
  });
}
