// SPDX-License-Identifier: Apache-2.0
// What a controller is: it sees every commit, queues what concerns it, and works when it is told to.
import type { ServerCore } from "../core.js";
import type { JsonObject } from "../json.js";
import { objectAt, without } from "../json.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { StatusError } from "../status-error.js";
import type { LogEntry } from "../store/revision-log.js";
import { deleteObject } from "../write/delete.js";
import type { DeleteOptions } from "../write/delete.js";
import { createObject, updateObject } from "../write/pipeline.js";
import type { WriteRequest } from "../write/write-request.js";

/** One control loop. */
export interface Controller {
  /** Sees a commit; only queues. */
  observe(storageKey: string, entry: LogEntry): void;
  /** Works the queue off. Returns whether it did anything. */
  step(): boolean;
  /** Takes its timers back. */
  stop?(): void;
}

/** Where an object is stored. */
export interface ObjectPlace {
  readonly storageKey: string;
  readonly key: string;
}

/** Namespace and name of a storage key. */
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  if (slash === -1) return { namespace: undefined, name: key };
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Writes of controllers: through the pipeline like everybody's, without a request. */
export class ControllerClient {
  readonly #core: ServerCore;
  readonly #manager: string;
  /** Served types by shelf, as of a generation of the registry. */
  #types: ReadonlyMap<string, ResourceType> = new Map();
  #generation = -1;

  constructor(core: ServerCore, manager: string) {
    this.#core = core;
    this.#manager = manager;
  }

  get(place: ObjectPlace): JsonObject | undefined {
    return this.#core.store.get(place.storageKey, place.key)?.value;
  }

  /** Changes an object; an object that is gone, or a change that loses, is left alone. */
  update(
    place: ObjectPlace,
    subresource: string,
    change: (current: JsonObject) => JsonObject,
  ): boolean {
    const request = this.#request(place, subresource);
    if (request === undefined) return false;
    const compute = (current: JsonObject): JsonObject => {
      const metadata = without(objectAt(current, "metadata") ?? {}, "resourceVersion");
      return change({ ...current, metadata });
    };
    return this.#attempt(() => updateObject(this.#core, request, compute, { isPut: false }));
  }

  /** Deletes an object; one that is gone already is fine. */
  delete(place: ObjectPlace, options: DeleteOptions): boolean {
    const request = this.#request(place, "");
    return request !== undefined && this.#attempt(() => deleteObject(this.#core, request, options));
  }

  /** Creates an object; one that exists already is left alone. */
  create(apiVersion: string, plural: string, namespace: string, body: JsonObject): boolean {
    const type = this.#core.registry.find(apiVersion, plural);
    if (type === undefined) return false;
    const request = this.#writeOf(type, namespace, undefined, "");
    return this.#attempt(() =>
      createObject(this.#core, request, { apiVersion, kind: type.kind, ...body }),
    );
  }

  #typeOf(storageKey: string): ResourceType | undefined {
    const { registry } = this.#core;
    if (this.#generation !== registry.generation) {
      this.#types = new Map(registry.stored().map((type) => [type.storageKey, type]));
      this.#generation = registry.generation;
    }
    return this.#types.get(storageKey);
  }

  #request(place: ObjectPlace, subresource: string): WriteRequest | undefined {
    const type = this.#typeOf(place.storageKey);
    if (type === undefined) return undefined;
    const { namespace, name } = splitKey(place.key);
    return this.#writeOf(type, namespace, name, subresource);
  }

  #writeOf(
    type: ResourceType,
    namespace: string | undefined,
    name: string | undefined,
    subresource: string,
  ): WriteRequest {
    const options = {
      dryRun: false,
      fieldManager: this.#manager,
      fieldValidation: "Ignore",
    } as const;
    return { type, namespace, name, subresource, ...options, warnings: [] };
  }

  /** A refused write is no failure of the server: the next commit brings the object back. */
  #attempt(write: () => unknown): boolean {
    const before = this.#core.store.log.revision;
    try {
      write();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
    return this.#core.store.log.revision !== before;
  }
}
