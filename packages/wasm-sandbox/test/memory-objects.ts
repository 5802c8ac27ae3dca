// SPDX-License-Identifier: Apache-2.0
// The least that is an ObjectsApi: a map of objects, and a record of what was asked.
import {
  ConflictError,
  kindKey,
  NotFoundError,
  objectKey,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ObjectsApi,
  type WriteResult,
} from "@haversack/core";

/** Objects in memory. */
export class MemoryObjects {
  readonly asked: string[] = [];
  readonly stored: Map<string, KubernetesObject> = new Map<string, KubernetesObject>();
  /** Thrown by the next write. */
  failure: Error | undefined;
  /** While set, answers wait for it. */
  gate: Promise<void> | undefined;
  #version = 0;

  constructor(objects: Iterable<KubernetesObject> = []) {
    for (const object of objects)
      this.stored.set(placeOf(object.kind ?? "", object.metadata), object);
  }

  as(fieldManager: string): ObjectsApi {
    const self = this;
    const write = async <T extends KubernetesObject>(
      verb: string,
      kind: Kind<T>,
      object: T,
    ): Promise<WriteResult<T>> => {
      await self.#note(verb, kind, object.metadata, fieldManager);
      if (self.failure !== undefined) {
        const { failure } = self;
        self.failure = undefined;
        throw failure;
      }
      const place = placeOf(kindKey(kind), object.metadata);
      const outcome = self.stored.has(place) ? "updated" : "created";
      self.#version += 1;
      const metadata = { ...object.metadata, resourceVersion: String(self.#version) };
      const stored = Object.freeze({ ...object, metadata }) as T;
      self.stored.set(place, stored);
      return { object: stored, outcome, requests: 1 };
    };
    const read = async <T extends KubernetesObject>(
      verb: string,
      kind: Kind<T>,
      key: ObjectKey,
    ): Promise<T | undefined> => {
      await self.#note(verb, kind, key, fieldManager);
      return self.stored.get(placeOf(kindKey(kind), key)) as T | undefined;
    };
    return {
      fieldManager,
      as: (other) => self.as(other),
      get: (kind, key) => read("get", kind, key),
      async mustGet(kind, key) {
        const found = await read("mustGet", kind, key);
        if (found !== undefined) return found;
        throw new NotFoundError("EXP_NOT_FOUND", `${key.name} is not there`, "backoff", 404);
      },
      async list(kind, { namespace } = {}) {
        await self.#note(
          "list",
          kind,
          { name: "*", ...(namespace === undefined ? {} : { namespace }) },
          fieldManager,
        );
        const prefix = `${kindKey(kind)} `;
        const found = [...self.stored].filter(([place]) => place.startsWith(prefix));
        return found.map(([, object]) => object as never);
      },
      apply: (kind, object) => write("apply", kind, object),
      applyStatus: (kind, object, status) => write("applyStatus", kind, { ...object, status }),
      create: async (kind, draft) => (await write("create", kind, draft as never)).object,
      mergePatch: (kind, object, patch) => write("mergePatch", kind, { ...object, ...patch }),
      jsonPatch: (kind, _object, changed) => write("jsonPatch", kind, changed),
      async delete(kind, object) {
        await self.#note("delete", kind, object.metadata, fieldManager);
        self.stored.delete(placeOf(kindKey(kind), object.metadata));
      },
      addFinalizer: async (kind, object) => (await write("addFinalizer", kind, object)).object,
      removeFinalizer: async (kind, object) =>
        (await write("removeFinalizer", kind, object)).object,
      event: (kind, object, { reason }) =>
        self.#note(`event ${reason}`, kind, object.metadata, fieldManager),
    };
  }

  async #note(
    verb: string,
    kind: Kind<KubernetesObject>,
    key: ObjectKey,
    fieldManager: string,
  ): Promise<void> {
    this.asked.push(`${verb} ${kind.plural} ${objectKey(key)} as ${fieldManager}`);
    await this.gate;
  }
}

/** A conflict as the server answers it. */
export function conflict(): ConflictError {
  return new ConflictError("EXP_CONFLICT", "somebody else wrote first", "backoff", 409);
}

function placeOf(kind: string, key: ObjectKey): string {
  return `${kind} ${objectKey(key)}`;
}
