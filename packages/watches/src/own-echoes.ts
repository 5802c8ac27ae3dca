// SPDX-License-Identifier: Apache-2.0
// Recognises events that are the echo of an own write (stage 2: predicate).
import {
  kindKey,
  objectKey,
  type Kind,
  type KubernetesObject,
  type OwnWrites,
  type Subscription,
  type WatchEvent,
} from "@haversack/core";

/** Own writes remembered. Beyond, the oldest is forgotten and its echo counts as foreign. */
const maxRemembered = 10_000;

/**
 * Remembers the version of our last write of each object.
 *
 * It listens to own writes instead of asking for them: by the time an event is judged, the overlay
 * has already let go of what the event has reached.
 *
 * **API requests:** 0. **Caveats:** a write that the server found to change nothing is answered
 * with the version of somebody else's last write, whose event then looks like ours. So an echo may
 * delay a pass; it must never prevent one.
 *
 * @internal
 */
export class OwnEchoes {
  readonly #ownWrites: OwnWrites;
  readonly #versions = new Map<string, string>();
  readonly #subscription: Subscription;

  constructor(ownWrites: OwnWrites) {
    this.#ownWrites = ownWrites;
    this.#subscription = ownWrites.subscribe((kind, key) => {
      const version = this.#ownWrites.newest(kind, key, undefined)?.metadata.resourceVersion;
      if (version !== undefined) this.#remember(`${kindKey(kind)} ${objectKey(key)}`, version);
    });
  }

  /** Whether an event shows exactly the state that our last write of the object left. */
  isEcho(kind: Kind<KubernetesObject>, event: WatchEvent): boolean {
    const after = event.new?.metadata;
    if (after === undefined || event.isRelist || this.#versions.size === 0) return false;
    return this.#versions.get(`${kindKey(kind)} ${objectKey(after)}`) === after.resourceVersion;
  }

  stop(): void {
    this.#subscription.unsubscribe();
    this.#versions.clear();
  }

  #remember(key: string, version: string): void {
    this.#versions.delete(key);
    this.#versions.set(key, version);
    if (this.#versions.size <= maxRemembered) return;
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest);
      return;
    }
  }
}
