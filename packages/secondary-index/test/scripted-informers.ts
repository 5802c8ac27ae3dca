// SPDX-License-Identifier: Apache-2.0
// Informers whose events a test scripts, one at a time (tests).
import {
  kindKey,
  objectKey,
  objectOf,
  type InformerHandler,
  type InformerLease,
  type InformerOptions,
  type Informers,
  type InformerState,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type WatchEvent,
} from "@haversack/core";

type Handler = InformerHandler<KubernetesObject>;

/** One scripted informer: what a test pushes reaches its handlers at once. */
export class ScriptedInformer {
  readonly kind: Kind;
  readonly options: InformerOptions;
  readonly cache = new Map<string, KubernetesObject>();
  readonly handlers = new Set<Handler>();
  holders = 0;
  status: InformerStatus = {
    state: "syncing",
    resourceVersion: undefined,
    staleSinceMs: undefined,
    problem: undefined,
  };
  #release: (() => void) | undefined;
  readonly settled: Promise<void> = new Promise((resolve) => (this.#release = resolve));

  constructor(kind: Kind, options: InformerOptions) {
    this.kind = kind;
    this.options = options;
  }

  push(event: WatchEvent): void {
    const key = objectKey(objectOf(event).metadata);
    if (event.new === undefined) this.cache.delete(key);
    else this.cache.set(key, event.new);
    for (const handler of this.handlers) handler.onEvent(event);
  }

  sync(resourceVersion: string, isRelist = false): void {
    this.report("synced", { resourceVersion });
    for (const handler of this.handlers) handler.onSynced?.(resourceVersion, isRelist);
    this.#release?.();
  }

  report(state: InformerState, more: Partial<InformerStatus> = {}): void {
    this.status = { ...this.status, state, ...more };
    for (const handler of this.handlers) handler.onStatus?.(this.status);
    if (state === "absent" || state === "forbidden") this.#release?.();
  }
}

/** A pool of scripted informers, shared by kind and options. */
export class ScriptedInformers implements Informers {
  readonly all: ScriptedInformer[] = [];

  /** The only informer of a kind. */
  the(kind: Kind): ScriptedInformer {
    const found = this.all.filter((each) => kindKey(each.kind) === kindKey(kind));
    if (found.length !== 1 || found[0] === undefined) {
      throw new Error(`${found.length} informers of ${kind.kind}`);
    }
    return found[0];
  }

  acquire<T extends KubernetesObject>(
    kind: Kind<T>,
    options: InformerOptions = {},
  ): InformerLease<T> {
    const informer = this.#shared(kind, options);
    informer.holders += 1;
    const cached = (key: ObjectKey) => informer.cache.get(objectKey(key)) as T | undefined;
    const lease = {
      kind,
      get status() {
        return informer.status;
      },
      get: cached,
      values: () => informer.cache.values() as IterableIterator<T>,
      get size() {
        return informer.cache.size;
      },
      subscribe(handler: InformerHandler<T>) {
        informer.handlers.add(handler as unknown as Handler);
        return { unsubscribe: () => informer.handlers.delete(handler as unknown as Handler) };
      },
      whenSynced: () => informer.settled,
      release: () => (informer.holders -= 1),
    };
    return lease;
  }

  peek(): { readonly known: false; readonly object: undefined } {
    return { known: false, object: undefined };
  }

  #shared(kind: Kind, options: InformerOptions): ScriptedInformer {
    const wish = JSON.stringify({ ...options, wantedBy: undefined });
    const known = this.all.find(
      (each) =>
        kindKey(each.kind) === kindKey(kind) &&
        JSON.stringify({ ...each.options, wantedBy: undefined }) === wish,
    );
    if (known !== undefined) return known;
    const made = new ScriptedInformer(kind, options);
    this.all.push(made);
    return made;
  }
}
