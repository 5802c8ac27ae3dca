// SPDX-License-Identifier: Apache-2.0
// The parts of a running server in one place; handlers and controllers get this and nothing else.
import { Authenticator } from "./auth/identity.js";
import type { AnonymousAccess, TokenUser } from "./auth/identity.js";
import { Authorizer } from "./auth/authorizer.js";
import { ServiceAccountTokens } from "./auth/service-account-tokens.js";
import type { ServerClock } from "./clock.js";
import { PodRules } from "./controllers/pod-rules.js";
import { FaultRules } from "./faults/fault-rules.js";
import { Registry } from "./kinds/registry.js";
import { LineCache } from "./read/watch-stream.js";
import type { WatchStream } from "./read/watch-stream.js";
import { RequestLog } from "./request-log.js";
import type { Journal } from "./store/journal.js";
import { ObjectStore } from "./store/object-store.js";
import { AddressPool } from "./write/address-pool.js";
import type { WriteContext } from "./write/write-request.js";
import type { FaultSubject } from "./faults/fault-rules.js";

/** Settings of the parts. */
export interface CoreOptions {
  readonly clock: ServerClock;
  readonly watchWindow: number;
  readonly maxWaitingEvents: number;
  readonly maxWaitingBytes: number;
  readonly tokens: readonly TokenUser[];
  readonly anonymous: AnonymousAccess;
  readonly rbac: boolean;
}

/** An open watch with what it is, so that faults can find it. */
export interface OpenWatch {
  readonly stream: WatchStream;
  readonly subject: FaultSubject;
  readonly storageKey: string;
}

/** Everything a server is made of. */
export class ServerCore implements WriteContext {
  readonly clock: ServerClock;
  readonly store: ObjectStore;
  readonly registry: Registry = new Registry();
  readonly addresses: AddressPool = new AddressPool();
  readonly faults: FaultRules = new FaultRules();
  readonly pods: PodRules = new PodRules();
  readonly requests: RequestLog = new RequestLog();
  readonly lines: LineCache = new LineCache();
  readonly watches: Set<OpenWatch> = new Set();
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly maxWaitingEvents: number;
  readonly maxWaitingBytes: number;
  /** Keeps the store on disk; undefined when everything is in memory only. */
  journal: Journal | undefined;
  /** The certificate of the server's CA, when it is served over TLS. */
  ca: string | undefined;

  constructor(options: CoreOptions) {
    this.clock = options.clock;
    this.store = new ObjectStore(options.watchWindow);
    const accounts = new ServiceAccountTokens(this.store, () => options.clock.nowMs());
    this.authenticator = new Authenticator(options.tokens, options.anonymous, accounts);
    this.authorizer = new Authorizer(this.store, options.rbac);
    this.maxWaitingEvents = options.maxWaitingEvents;
    this.maxWaitingBytes = options.maxWaitingBytes;
  }

  /**
   * Runs the function when all that has happened so far is on disk (at the end of this turn, when
   * everything is in memory only); the other one when the disk has failed.
   */
  whenKept(run: () => void, onFailure: () => void): void {
    const synced = this.journal?.synced();
    if (synced === undefined) queueMicrotask(run);
    else synced.then(run, onFailure);
  }

  /** Ends every open watch of a resource that is no longer served. */
  endWatches(storageKey: string): void {
    for (const watch of this.watches) if (watch.storageKey === storageKey) watch.stream.end();
  }
}
