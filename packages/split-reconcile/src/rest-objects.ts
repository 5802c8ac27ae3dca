// SPDX-License-Identifier: Apache-2.0
// What a class's own reconcile writes through while it goes on as a part: held to what it declared (stage 6).
import type {
  KubernetesObject,
  ObjectsApi,
  ReconcileRequest,
  Result,
  SubRequest,
  WriteOptions,
} from "@haversack/core";

type Own = (request: ReconcileRequest) => Promise<Result | void>;

/**
 * Stands in for `this.objects` of a class whose own `reconcile` has declared its writes.
 *
 * While that runs, writes go through the guarded objects of the run; between runs, and for reads, it
 * is the API itself. Of several runs at a time the one of the object's owner, or of its namespace, is
 * taken: what they may write is the same.
 *
 * **API requests:** as the API it stands in for. @internal
 */
export class RestObjects implements ObjectsApi {
  readonly fieldManager: string;
  readonly #api: ObjectsApi;
  readonly #running = new Set<SubRequest>();
  readonly get: ObjectsApi["get"];
  readonly mustGet: ObjectsApi["mustGet"];
  readonly list: ObjectsApi["list"];

  constructor(api: ObjectsApi) {
    this.#api = api;
    this.fieldManager = api.fieldManager;
    this.get = (kind, key) => api.get(kind, key);
    this.mustGet = (kind, key) => api.mustGet(kind, key);
    this.list = (kind, options) => api.list(kind, options);
  }

  /** The own reconcile, so that its runs are known. */
  watching(own: Own): Own {
    return async (request) => {
      const run = request as SubRequest;
      this.#running.add(run);
      try {
        return await own(request);
      } finally {
        this.#running.delete(run);
      }
    };
  }

  /** Another field manager's writes are not this part's: nobody guards them. */
  as(fieldManager: string): ObjectsApi {
    return fieldManager === this.fieldManager ? this : this.#api.as(fieldManager);
  }

  readonly apply: ObjectsApi["apply"] = (kind, desired, options) =>
    this.#for(desired, options).apply(kind, desired, options);
  readonly applyStatus: ObjectsApi["applyStatus"] = (kind, object, status, options) =>
    this.#for(object, options).applyStatus(kind, object, status, options);
  readonly create: ObjectsApi["create"] = (kind, draft, options) =>
    this.#for(draft as unknown as KubernetesObject, options).create(kind, draft, options);
  readonly mergePatch: ObjectsApi["mergePatch"] = (kind, object, patch, options) =>
    this.#for(object, options).mergePatch(kind, object, patch, options);
  readonly jsonPatch: ObjectsApi["jsonPatch"] = (kind, object, changed, options) =>
    this.#for(object, options).jsonPatch(kind, object, changed, options);
  readonly delete: ObjectsApi["delete"] = (kind, object, options) =>
    this.#for(object).delete(kind, object, options);
  readonly addFinalizer: ObjectsApi["addFinalizer"] = (kind, object, finalizer) =>
    this.#for(object).addFinalizer(kind, object, finalizer);
  readonly removeFinalizer: ObjectsApi["removeFinalizer"] = (kind, object, finalizer) =>
    this.#for(object).removeFinalizer(kind, object, finalizer);
  readonly event: ObjectsApi["event"] = (kind, regarding, note) =>
    this.#for(regarding).event(kind, regarding, note);

  #for(object: KubernetesObject, options: WriteOptions = {}): ObjectsApi {
    const runs = [...this.#running];
    const { metadata } = object;
    const owners = [options.owner?.metadata.uid, metadata.uid].concat(
      metadata.ownerReferences?.map(({ uid }) => uid) ?? [],
    );
    const ofOwner = runs.find(
      ({ primary: { metadata: own } }) => own.uid !== undefined && owners.includes(own.uid),
    );
    const near = runs.find(({ primary }) => primary.metadata.namespace === metadata.namespace);
    return (ofOwner ?? near ?? runs[0])?.objects ?? this.#api;
  }
}
