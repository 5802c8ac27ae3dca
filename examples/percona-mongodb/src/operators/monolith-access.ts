// SPDX-License-Identifier: Apache-2.0
// How the monolith reads and writes for one custom resource: a read per declared read, waits in the worker (stage 5).
import { coreEvents, sleep, type Clock, type EventNote, type Kind } from "haversack";
import type { Changes, KindName, Observed, Read } from "../functions/part.js";
import { isServing } from "../functions/pods.js";
import type { Manifest, TextMap } from "../json.js";
import { adopted } from "./adoption.js";
import { createUnlessThere } from "./indexed-access.js";
import { kindOf, kinds } from "./kinds.js";
import type { ObjectReads } from "./object-reads.js";
import type { OriginalWrites } from "./original-apply.js";
import type { Access } from "./run-functions.js";

/** How long the worker waits for a pod that it has deleted: 60 times a second, as the original does. */
const podWaits = 60;
const podWaitMs = 1000;

/** What a pass of the monolith is made with. */
export interface MonolithPass {
  readonly reads: ObjectReads;
  readonly writes: OriginalWrites;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onWish(wish: Manifest): void;
}

/** Every declared read is done each time anew, as in the original. */
export class MonolithAccess implements Access {
  readonly #pass: MonolithPass;
  readonly #primary: Manifest;
  readonly #namespace: string;
  #finalizers: readonly string[];

  readonly #kind: Kind<Manifest>;

  constructor(kind: Kind<Manifest>, primary: Manifest, pass: MonolithPass) {
    this.#kind = kind;
    this.#pass = pass;
    this.#primary = primary;
    this.#finalizers = primary.metadata.finalizers ?? [];
    this.#namespace = primary.metadata.namespace ?? "";
  }

  async observe(reads: readonly Read[]): Promise<Observed> {
    const found = new Map<string, Manifest>();
    for (const read of reads) {
      for (const object of await this.#read(read))
        found.set(`${read.kind}/${object.metadata.name}`, object);
    }
    const issuers = await this.#pass.reads.list(kinds.Issuer, this.#namespace, {});
    return {
      hasCertManager: issuers !== undefined,
      get: (kind, name) => found.get(`${kind}/${name}`),
      list: (kind, labels) => matching([...found.values()], kind, labels),
    };
  }

  async change(changes: Changes): Promise<void> {
    const { create = [], apply = [], adopt = [], drop, take = [], remove = [] } = changes;
    const { reads, writes } = this.#pass;
    for (const object of create) {
      this.#pass.onWish(object);
      await writes.create(kindOf(object), object);
    }
    for (const object of apply) {
      this.#pass.onWish(object);
      await writes.createOrReplace(kindOf(object), object);
    }
    for (const { kind, name } of adopt) {
      const live = await reads.get(kinds[kind], this.#namespace, name);
      if (live === undefined) continue;
      const patch = adopted(live, this.#primary);
      await writes.mergePatch(kinds[kind], this.#namespace, name, patch);
    }
    // `drop` needs no request of its own: a replaced object has only the metadata that is wanted.
    void drop;
    for (const lock of take) await createUnlessThere(() => writes.create(kindOf(lock), lock));
    for (const { kind, name } of remove) await this.#remove(kind, name);
  }

  async addFinalizer(finalizer: string): Promise<void> {
    await this.#writeFinalizers([...this.#finalizers, finalizer]);
  }

  async removeFinalizers(done: readonly string[]): Promise<void> {
    await this.#writeFinalizers(this.#finalizers.filter((finalizer) => !done.includes(finalizer)));
  }

  async report({ type, reason, message }: EventNote): Promise<void> {
    const { name, uid = "" } = this.#primary.metadata;
    const time = new Date(this.#pass.clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { generateName: `${name}-`, namespace: this.#namespace },
      involvedObject: {
        apiVersion: this.#kind.apiVersion,
        kind: this.#kind.kind,
        namespace: this.#namespace,
        name,
        uid,
      },
      type,
      reason,
      message: message.slice(0, 1024),
      source: { component: "percona-server-mongodb-operator" },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
    await this.#pass.writes.create(coreEvents.as<Manifest>(), event as unknown as Manifest);
  }

  /** As the original does: the whole list is written. */
  async #writeFinalizers(finalizers: readonly string[]): Promise<void> {
    const patch = { metadata: { finalizers } };
    const { name } = this.#primary.metadata;
    await this.#pass.writes.mergePatch(this.#kind, this.#namespace, name, patch);
    this.#finalizers = finalizers;
  }

  async #read(read: Read): Promise<readonly Manifest[]> {
    const { reads } = this.#pass;
    if ("labels" in read)
      return (await reads.list(kinds[read.kind], this.#namespace, read.labels)) ?? [];
    const object = await reads.get(kinds[read.kind], this.#namespace, read.name);
    return object === undefined ? [] : [object];
  }

  async #remove(kind: KindName, name: string): Promise<void> {
    await this.#pass.writes.delete(kinds[kind], this.#namespace, name);
    if (kind === "Pod") await this.#waitForPod(name);
  }

  /** The worker sleeps meanwhile, and with it every other cluster: the original's smart update. */
  async #waitForPod(name: string): Promise<void> {
    const { reads, clock, signal } = this.#pass;
    for (let wait = 0; wait < podWaits && !signal.aborted; wait += 1) {
      await sleep(clock, podWaitMs, signal);
      const pod = await reads.get(kinds.Pod, this.#namespace, name);
      if (pod !== undefined && isServing(pod)) return;
    }
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
