// SPDX-License-Identifier: Apache-2.0
// Who a client is to its server: headers and TLS identity, renewed when they age or are refused (stage 1 and 6).
import { type Clock, type Logger } from "@haversack/core";
import { redact } from "./redact.js";

/** The TLS side of an identity. PEM text or bytes. */
export interface TlsSettings {
  /** The authorities to trust instead of Node's own. */
  readonly ca?: string | Uint8Array | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly pfx?: string | Uint8Array | undefined;
  readonly passphrase?: string | undefined;
  /** The name to look for in the server's certificate, where it is not the host. */
  readonly serverName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
}

/** The identity at one moment. */
export interface CredentialSet {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
}

/** A source of identities. */
export interface Credentials {
  /** The identity to use now; no promise when nothing has to be read. */
  current(): CredentialSet | Promise<CredentialSet>;
  /** After a 401: whether there is now another identity than the one that was refused. */
  renew(refused: CredentialSet): Promise<boolean>;
  /** Where the identity comes from, for messages. */
  readonly source: string;
}

/** An identity that never changes. */
export function fixedCredentials(set: CredentialSet, source: string): Credentials {
  return { current: () => set, renew: () => Promise.resolve(false), source };
}

/** How to load an identity, and how long to believe it. */
export interface RenewableOptions {
  readonly load: () => Promise<CredentialSet>;
  /** Drops what the loader itself remembers, before loading after a 401. */
  readonly forget?: () => void;
  readonly source: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** client-go re-reads token files once a minute; the kubelet renews them long before they expire. */
const maxAgeMs = 60_000;

/**
 * An identity that is loaded, believed for a minute and loaded again at once when it is refused.
 *
 * **API requests:** 0.
 * **Guarantees:** one load at a time; the same object as long as nothing changed, so that
 * connections are kept; a failed reload keeps the last identity and is logged.
 */
export class RenewableCredentials implements Credentials {
  readonly source: string;
  readonly #options: RenewableOptions;
  #set: CredentialSet | undefined;
  #loadTimeMs = 0;
  #loading: Promise<CredentialSet> | undefined;

  constructor(options: RenewableOptions) {
    this.#options = options;
    this.source = options.source;
  }

  current(): CredentialSet | Promise<CredentialSet> {
    const { clock, logger } = this.#options;
    const set = this.#set;
    if (set === undefined) return this.#load();
    if (clock.monotonicMs() - this.#loadTimeMs < maxAgeMs) return set;
    return this.#load().catch((error: unknown) => {
      this.#loadTimeMs = clock.monotonicMs(); // Not again for every request.
      logger.warn("credentials could not be read again; the last ones stay in use", {
        source: this.source,
        why: redact((error as Error).message),
      });
      return set;
    });
  }

  async renew(refused: CredentialSet): Promise<boolean> {
    if (this.#set !== undefined && this.#set !== refused) return true; // Another request was first.
    if (this.#loading === undefined) this.#options.forget?.();
    return (await this.#load()) !== refused;
  }

  #load(): Promise<CredentialSet> {
    this.#loading ??= this.#options
      .load()
      .then((set) => {
        this.#loadTimeMs = this.#options.clock.monotonicMs();
        if (this.#set === undefined || !isSame(this.#set, set)) this.#set = set;
        return this.#set;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}

function isSame(a: CredentialSet, b: CredentialSet): boolean {
  return isSameRecord(a.headers, b.headers) && isSameRecord({ ...a.tls }, { ...b.tls });
}

function isSameRecord(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSameValue(a[name], b[name]));
}

function isSameValue(a: unknown, b: unknown): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
}
