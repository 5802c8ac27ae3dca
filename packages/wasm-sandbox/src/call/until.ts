// SPDX-License-Identifier: Apache-2.0
// What a durable wait waits for: plain data, so that the host can look while the guest sleeps (stage: host call).
import { objectOf } from "@haversack/core";
import type {
  EventStream,
  Kind,
  KubernetesObject,
  ObjectKey,
  ObjectsApi,
  Subscription,
} from "@haversack/core";

/** A field of an object that is to have a value, or to be there. */
export interface Until {
  /** Dotted path, such as `status.phase`. */
  readonly path: string;
  /** Absent: any value but `null`. */
  readonly equals?: string | number | boolean;
}

/** Whether an object is as it is waited for. */
export function isMet(object: KubernetesObject | undefined, { path, equals }: Until): boolean {
  const found = path.split(".").reduce<unknown>((inner, name) => {
    const isHolder = typeof inner === "object" && inner !== null && Object.hasOwn(inner, name);
    return isHolder ? (inner as Record<string, unknown>)[name] : undefined;
  }, object);
  return equals === undefined ? found !== undefined && found !== null : found === equals;
}

/** How a wait sees the world. */
export interface WaitSources {
  readonly objects: Pick<ObjectsApi, "get">;
  events(kind: Kind<KubernetesObject>): EventStream<KubernetesObject>;
}

/**
 * Resolves when an object is as it is waited for; never while it is not.
 *
 * **API requests:** 1 GET, and 1 LIST and 1 WATCH when nobody watches the kind yet.
 *
 * @param signal Ends the wait: the promise stays pending.
 */
export function untilMet(
  { objects, events }: WaitSources,
  kind: Kind<KubernetesObject>,
  key: ObjectKey,
  until: Until,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let subscription: Subscription | undefined;
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
      subscription?.unsubscribe();
      signal.removeEventListener("abort", end);
    };
    const look = (object: KubernetesObject | undefined): void => {
      if (hasEnded || !isMet(object, until)) return;
      end();
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
    // Watched before it is read, so that nothing is missed between.
    subscription = events(kind).subscribe({
      next: (event) => {
        const { name, namespace } = objectOf(event).metadata;
        if (name === key.name && namespace === key.namespace) look(event.new);
      },
    });
    if (hasEnded) subscription.unsubscribe();
    objects.get(kind, key).then(look, (error: unknown) => {
      end();
      reject(error as Error);
    });
  });
}
