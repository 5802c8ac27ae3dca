// SPDX-License-Identifier: Apache-2.0
// Reading and writing API objects under one field manager: the plain class behind the pack (stage 6: writes).
import {
  createRuntime,
  type ApiClient,
  type Draft,
  type EventNote,
  type Kind,
  type KubernetesObject,
  type ListOptions,
  type ObjectKey,
  type ObjectsApi,
  type Runtime,
  type WriteOptions,
  type WriteResult,
} from "@haversack/core";
import { applyObject } from "./apply.js";
import { createObject } from "./create.js";
import { deleteObject, type DeleteOptions } from "./delete.js";
import { EventWriter } from "./event.js";
import { addObjectFinalizer, removeObjectFinalizer } from "./finalizer.js";
import { createContext, type ApiObjectsOptions, type ObjectsContext } from "./objects-context.js";
import { jsonPatchObject, mergePatchObject } from "./patch.js";
import { getObject, listObjects, mustGetObject } from "./read.js";
import { applyObjectStatus } from "./status.js";

/** What {@link Objects} works on: a started runtime, a client alone, or a runtime that comes later. */
export type ObjectsSource = Runtime | ApiClient | (() => Runtime);

/**
 * Reads and writes API objects under one field manager, and writes only what changes.
 *
 * **API requests:** each method says its own. **Guarantees:** a write that would change nothing sends
 * nothing; the answer to a write is in `runtime.ownWrites` before its promise resolves.
 *
 * @throws ConfigurationError for an unusable field manager. Terminal.
 * @example Without a reconciler
 * ```ts
 * const objects = new Objects(client, { fieldManager: "database-operator" });
 * await objects.apply(configMaps, { metadata: { name: "a", namespace: "prod" }, data: { size: "3" } });
 * ```
 */
export class Objects implements ObjectsApi {
  readonly fieldManager: string;
  readonly #options: ApiObjectsOptions;
  readonly #context: ObjectsContext;
  readonly #events: EventWriter;
  readonly #managers = new Map<string, Objects>();

  constructor(source: ObjectsSource, options: ApiObjectsOptions) {
    this.#options = options;
    this.#context = createContext(options, runtimeOf(source));
    this.#events = new EventWriter(this.#context);
    this.fieldManager = options.fieldManager;
  }

  /**
   * The same under another field manager, such as a sub-reconciler's; one per name.
   *
   * **API requests:** 0. @throws ConfigurationError for an unusable name. Terminal.
   */
  as(fieldManager: string): Objects {
    if (fieldManager === this.fieldManager) return this;
    const known = this.#managers.get(fieldManager);
    const objects = known ?? new Objects(this.#context.runtime, { ...this.#options, fieldManager });
    this.#managers.set(fieldManager, objects);
    return objects;
  }

  /** Forgets what was verified; the next look at each object asks the server. **API requests:** 0. */
  forget(): void {
    this.#context.memory.clear();
  }

  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined> {
    return getObject(this.#context, kind, key);
  }

  mustGet<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T> {
    return mustGetObject(this.#context, kind, key);
  }

  list<T extends KubernetesObject>(
    kind: Kind<T>,
    options: ListOptions = {},
  ): Promise<readonly T[]> {
    return listObjects(this.#context, kind, options);
  }

  apply<T extends KubernetesObject>(
    kind: Kind<T>,
    desired: T,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return applyObject(this.#context, kind, desired, options);
  }

  applyStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    status: unknown,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return applyObjectStatus(this.#context, kind, object, status, options);
  }

  create<T extends KubernetesObject>(
    kind: Kind<T>,
    draft: Draft<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    return createObject(this.#context, kind, draft, options);
  }

  mergePatch<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    patch: object,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return mergePatchObject(this.#context, kind, object, patch, options);
  }

  jsonPatch<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    changed: T,
    options: WriteOptions = {},
  ): Promise<WriteResult<T>> {
    return jsonPatchObject(this.#context, kind, object, changed, options);
  }

  delete<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    options: DeleteOptions = {},
  ): Promise<void> {
    return deleteObject(this.#context, kind, object, options);
  }

  addFinalizer<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    finalizer: string,
  ): Promise<T> {
    return addObjectFinalizer(this.#context, kind, object, finalizer);
  }

  removeFinalizer<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    finalizer: string,
  ): Promise<T | undefined> {
    return removeObjectFinalizer(this.#context, kind, object, finalizer);
  }

  event(kind: Kind<KubernetesObject>, regarding: KubernetesObject, note: EventNote): Promise<void> {
    return this.#events.write(kind, regarding, note);
  }
}

function runtimeOf(source: ObjectsSource): () => Runtime {
  if (typeof source === "function") return source;
  const runtime = "ownWrites" in source ? source : createRuntime({ client: source });
  return () => runtime;
}
