// SPDX-License-Identifier: Apache-2.0
// The operator as the original is built: one reconcile, live reads, every five seconds for ever (stage 5: reconcile).
import {
  expand,
  Reconciler,
  requeueAfter,
  withWatches,
  type ApiClient,
  type ReconcileRequest,
  type Result,
} from "haversack";
import type { Changes, KindName, Observed, Read, Sources } from "../functions/part.js";
import { statusJson } from "../functions/status/status.js";
import type { Manifest, TextMap } from "../json.js";
import type { Psmdb } from "../types.js";
import { operatorVersion } from "../version.js";
import { kindOf, kinds, psmdb } from "./kinds.js";
import { LiveObjects } from "./original-apply.js";
import { adopted } from "./adoption.js";
import { reconcileCluster } from "./reconcile-cluster.js";
import type { Access } from "./run-functions.js";
import { tellListeners } from "./stage-listeners.js";

/** The original's RECONCILE_INTERVAL, which is also its minimum. */
export const reconcileIntervalMs = 5000;

/** What an operator is made with. */
export interface MonolithOptions {
  readonly client: ApiClient;
  readonly sources: Sources;
  /** Told every wish before it is sent. */
  onWish?(wish: Manifest): void;
}

/**
 * The Percona operator without packs: it watches nothing but its own custom resource, reads
 * everything again every five seconds and writes its status each time.
 *
 * **API requests:** about 75 GET and LIST and 1 status PUT per pass with nothing to do.
 */
export class PsmdbMonolith extends expand(
  Reconciler.of(psmdb),
  withWatches({ trace: tellListeners }),
) {
  readonly #live: LiveObjects;
  readonly #options: MonolithOptions;

  constructor(options: MonolithOptions) {
    super();
    this.#options = options;
    this.#live = new LiveObjects(options.client);
  }

  override async reconcile({ ref }: ReconcileRequest<Psmdb>): Promise<Result> {
    const namespace = ref.namespace ?? "";
    const primaryKind = psmdb.as<Manifest>();
    const found = await this.#live.get(primaryKind, namespace, ref.name);
    if (found === undefined) return { kind: "done" };
    const primary = found as unknown as Psmdb;
    if (!primary.spec.crVersion) {
      await this.#live.mergePatch(primaryKind, namespace, ref.name, {
        spec: { crVersion: operatorVersion },
      });
    }
    const access = new LiveAccess(this.#live, primary, this.#options.onWish);
    const { status } = await reconcileCluster(primary, access, this.#options.sources);
    if (status !== undefined)
      await this.#live.putStatus(primaryKind, namespace, ref.name, statusJson(status));
    return requeueAfter(reconcileIntervalMs);
  }
}

/** Every declared read is a request, each time anew, as in the original. */
class LiveAccess implements Access {
  readonly #live: LiveObjects;
  readonly #primary: Psmdb;
  readonly #namespace: string;
  readonly #onWish: ((wish: Manifest) => void) | undefined;

  constructor(live: LiveObjects, primary: Psmdb, onWish: ((wish: Manifest) => void) | undefined) {
    this.#live = live;
    this.#primary = primary;
    this.#namespace = primary.metadata.namespace ?? "";
    this.#onWish = onWish;
  }

  async observe(reads: readonly Read[]): Promise<Observed> {
    const found = new Map<string, Manifest>();
    for (const read of reads) {
      for (const object of await this.#read(read))
        found.set(`${read.kind}/${object.metadata.name}`, object);
    }
    const issuers = await this.#live.list(kinds.Issuer, this.#namespace, {});
    return {
      hasCertManager: issuers !== undefined,
      get: (kind, name) => found.get(`${kind}/${name}`),
      list: (kind, labels) => matching([...found.values()], kind, labels),
    };
  }

  async change({ create = [], apply = [], adopt = [], drop, remove = [] }: Changes): Promise<void> {
    for (const object of create) {
      this.#onWish?.(object);
      await this.#live.create(kindOf(object), object);
    }
    for (const object of apply) {
      this.#onWish?.(object);
      await this.#live.createOrReplace(kindOf(object), object);
    }
    for (const { kind, name } of adopt) {
      const live = await this.#live.get(kinds[kind], this.#namespace, name);
      if (live === undefined) continue;
      const patch = adopted(live, this.#primary);
      await this.#live.mergePatch(kinds[kind], this.#namespace, name, patch);
    }
    // `drop` needs no request of its own: a replaced object has only the metadata that is wanted.
    void drop;
    for (const { kind, name } of remove)
      await this.#live.delete(kinds[kind], this.#namespace, name);
  }

  /** As the original does: the whole list is written, without the finalizers that are done. */
  async removeFinalizers(done: readonly string[]): Promise<void> {
    const { name, finalizers = [] } = this.#primary.metadata;
    const left = finalizers.filter((finalizer) => !done.includes(finalizer));
    const patch = { metadata: { finalizers: left } };
    await this.#live.mergePatch(psmdb.as<Manifest>(), this.#namespace, name, patch);
  }

  async #read(read: Read): Promise<readonly Manifest[]> {
    if ("labels" in read)
      return (await this.#live.list(kinds[read.kind], this.#namespace, read.labels)) ?? [];
    const object = await this.#live.get(kinds[read.kind], this.#namespace, read.name);
    return object === undefined ? [] : [object];
  }
}

function matching(
  objects: readonly Manifest[],
  kind: KindName,
  labels: TextMap,
): readonly Manifest[] {
  return objects
    .filter((object) => object.kind === kind)
    .filter(({ metadata }) =>
      Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
    )
    .sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
}
