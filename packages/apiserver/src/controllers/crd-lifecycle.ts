// SPDX-License-Identifier: Apache-2.0
// Accepts the names of CustomResourceDefinitions, serves them, and cleans up when they go.
import { arrayAt, equal, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { secondsTime } from "../clock.js";
import type { ServerCore } from "../core.js";
import { typesOfCrd } from "../schema/crd-types.js";
import type { Registry } from "../kinds/registry.js";
import type { LogEntry } from "../store/revision-log.js";
import { ControllerClient } from "./controller.js";
import { acceptNames } from "./crd-accepted-names.js";
import type { Controller } from "./controller.js";
import { withConditions } from "./namespace-lifecycle.js";

/** Shelf of CustomResourceDefinitions. */
export const crdStorageKey = "customresourcedefinitions.apiextensions.k8s.io";

const cleanup = "customresourcecleanup.apiextensions.k8s.io";

/** The life of custom resource definitions. */
export class CrdLifecycle implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #queue = new Set<string>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kube-apiserver");
  }

  observe(storageKey: string, { key, type }: LogEntry): void {
    if (storageKey === crdStorageKey) {
      this.#queue.add(key);
      // Whoever waits for names may get them now.
      for (const { key: other, value } of this.#core.store.list(crdStorageKey)) {
        if (hasCondition(value, "NamesAccepted", "False")) this.#queue.add(other);
      }
    }
    // An instance that went may have been the last one of a definition on its way out.
    else if (type === "DELETED" && this.#core.store.get(crdStorageKey, storageKey) !== undefined) {
      this.#queue.add(storageKey);
    }
  }

  step(): boolean {
    let worked = false;
    for (const name of this.#queue) {
      this.#queue.delete(name);
      const crd = this.#client.get({ storageKey: crdStorageKey, key: name });
      if (crd === undefined) this.#stopServing(name);
      else if (stringAt(crd, "metadata", "deletionTimestamp") !== undefined) {
        worked = this.#terminate(name) || worked;
      } else worked = this.#establish(name, crd) || worked;
    }
    return worked;
  }

  #establish(name: string, crd: JsonObject): boolean {
    const place = { storageKey: crdStorageKey, key: name };
    const others = this.#core.store.list(crdStorageKey).filter(({ key }) => key !== name);
    const { names, conflict } = acceptNames(
      crd,
      others.map(({ value }) => value),
    );
    const stored = arrayAt(crd, "spec", "versions").find(
      (version) => objectAt({ version }, "version")?.["storage"] === true,
    );
    const version = stringAt(stored, "name") ?? "";
    const now = secondsTime(this.#core.clock.nowMs());
    const condition = (
      type: string,
      reason: string,
      message: string,
      status = "True",
    ): JsonObject => ({ type, status, lastTransitionTime: now, reason, message });
    const isServed = conflict === undefined || hasCondition(crd, "Established", "True");
    const finalized = this.#client.update(place, "", (current) => withFinalizer(current));
    const updated = this.#client.update(place, "status", (current) => {
      const versions = arrayAt(current, "status", "storedVersions");
      const storedVersions = versions.includes(version) ? versions : [...versions, version];
      const next = withConditions(current, [
        conflict === undefined
          ? condition("NamesAccepted", "NoConflicts", "no conflicts found")
          : condition("NamesAccepted", conflict.reason, conflict.message, "False"),
        isServed
          ? condition("Established", "InitialNamesAccepted", "the initial names have been accepted")
          : condition("Established", "NotAccepted", "not all names are accepted", "False"),
      ]);
      const status = { ...objectAt(next, "status"), acceptedNames: names, storedVersions };
      return { ...next, status };
    });
    if (isServed) serveCrd(this.#core.registry, crd);
    return finalized || updated;
  }

  #terminate(name: string): boolean {
    const place = { storageKey: crdStorageKey, key: name };
    let worked = this.#client.update(place, "status", (current) =>
      withConditions(current, [
        {
          type: "Terminating",
          status: "True",
          lastTransitionTime: secondsTime(this.#core.clock.nowMs()),
          reason: "InstanceDeletionInProgress",
          message: "CustomResource deletion is in progress",
        },
      ]),
    );
    for (const { key } of this.#core.store.list(name)) {
      worked = this.#client.delete({ storageKey: name, key }, {}) || worked;
    }
    if (this.#core.store.count(name) > 0) return worked;
    this.#stopServing(name);
    return this.#client.update(place, "", (current) => withoutFinalizer(current)) || worked;
  }

  #stopServing(name: string): void {
    const dot = name.indexOf(".");
    this.#core.registry.removeCustom(name.slice(dot + 1), name.slice(0, dot));
    this.#core.endWatches(name);
  }
}

/** Serves the versions of a definition, unless they are served already. */
export function serveCrd(registry: Registry, crd: JsonObject): void {
  const types = typesOfCrd(crd);
  const [first] = types;
  if (first === undefined) return;
  const current = registry.all().filter((type) => type.storageKey === first.storageKey);
  if (equal(current.map(fingerprint), types.map(fingerprint))) return;
  registry.removeCustom(first.group, first.plural);
  for (const type of types) registry.add(type);
}

function hasCondition(crd: JsonObject, type: string, status: string): boolean {
  return arrayAt(crd, "status", "conditions").some(
    (item) => stringAt(item, "type") === type && stringAt(item, "status") === status,
  );
}

function fingerprint(type: { readonly source?: unknown }): unknown {
  return type.source;
}

function withFinalizer(current: JsonObject): JsonObject {
  const finalizers = arrayAt(current, "metadata", "finalizers");
  if (finalizers.includes(cleanup)) return current;
  const metadata = { ...objectAt(current, "metadata"), finalizers: [...finalizers, cleanup] };
  return { ...current, metadata };
}

function withoutFinalizer(current: JsonObject): JsonObject {
  const finalizers = arrayAt(current, "metadata", "finalizers").filter((name) => name !== cleanup);
  return { ...current, metadata: { ...objectAt(current, "metadata"), finalizers } };
}
