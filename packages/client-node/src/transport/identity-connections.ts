// SPDX-License-Identifier: Apache-2.0
// Which connections a client uses now, and the change to others when its TLS identity changes (stage 1 and 6).
import type { Clock } from "@haversack/core";
import type { TlsSettings } from "../credentials/credentials.js";
import { type ConnectionSet, openConnectionSet, type Origin } from "./connection-set.js";

interface Entry {
  readonly tls: TlsSettings;
  readonly opening: Promise<ConnectionSet>;
  set?: ConnectionSet;
}

/**
 * A client's hold on the process's connections.
 *
 * **Guarantees:** after a rotated certificate new requests use new connections, and those on the
 * old ones end in peace.
 */
export class IdentityConnections {
  readonly #origin: Origin;
  readonly #clock: Clock;
  #current: Entry | undefined;

  constructor(origin: Origin, clock: Clock) {
    this.#origin = origin;
    this.#clock = clock;
  }

  /** The connections of an identity; no promise when they are open. */
  of(tls: TlsSettings): ConnectionSet | Promise<ConnectionSet> {
    const known = this.#current;
    if (known?.tls === tls) return known.set ?? known.opening;
    const opening = openConnectionSet(this.#origin, tls, this.#clock);
    const next: Entry = { tls, opening };
    this.#current = next;
    return opening.then(
      (set) => {
        next.set = set;
        void letGo(known); // Only now: when just the token changed, both are the same set.
        return set;
      },
      (error: unknown) => {
        void letGo(known);
        if (this.#current === next) this.#current = undefined;
        throw error;
      },
    );
  }

  /** The way to the server is in doubt. */
  suspect(): void {
    this.#current?.set?.suspect();
  }

  close(): Promise<void> {
    const known = this.#current;
    this.#current = undefined;
    return letGo(known);
  }
}

async function letGo(entry: Entry | undefined): Promise<void> {
  const set = await entry?.opening.catch(() => undefined); // Whoever asked for it has the error.
  set?.release();
}
