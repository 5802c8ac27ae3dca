// SPDX-License-Identifier: Apache-2.0
// An object as the store keeps it: never changed after the commit, serialised once, shared by all readers.
import type { JsonObject } from "../json.js";

/** One committed state of an object. */
export class StoredObject {
  readonly key: string;
  readonly revision: number;
  /** The object in the resource's storage version. Shared: never write to it. */
  readonly value: JsonObject;
  #text: string | undefined;
  #views: Map<string, string> | undefined;

  constructor(key: string, revision: number, value: JsonObject) {
    this.key = key;
    this.revision = revision;
    this.value = value;
  }

  /** The object as JSON text, made once. */
  get text(): string {
    this.#text ??= JSON.stringify(this.value);
    return this.#text;
  }

  /** The text without kind and apiVersion, as items of built-in lists have it. */
  get itemText(): string {
    const { kind, apiVersion } = this.value;
    const prefix = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
    return `{${this.text.slice(prefix.length)}`;
  }

  /** The text of another view of the object (a version, metadata only), made once per view. */
  view(name: string, make: (value: JsonObject) => unknown): string {
    this.#views ??= new Map();
    let text = this.#views.get(name);
    if (text === undefined) {
      text = JSON.stringify(make(this.value));
      this.#views.set(name, text);
    }
    return text;
  }
}

/** The state of the whole store at one moment; the objects never change. */
export interface StoreState {
  readonly revision: number;
  readonly objects: readonly (readonly [resource: string, object: StoredObject])[];
}

/** An object as an earlier life of the server left it. */
export interface RestoredObject {
  readonly revision: number;
  readonly value: JsonObject;
}
