// SPDX-License-Identifier: Apache-2.0
// Empties a terminating namespace and lets it go when nothing is left in it.
import { arrayAt, isObject, objectAt, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { secondsTime } from "../clock.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller, ObjectPlace } from "./controller.js";

interface Remaining {
  readonly place: ObjectPlace;
  readonly finalizers: readonly unknown[];
}

/** The namespace life cycle. */
export class NamespaceLifecycle implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #queue = new Set<string>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kube-controller-manager");
  }

  observe(storageKey: string, { key, object, type }: LogEntry): void {
    if (storageKey === "namespaces") {
      const isGoing = stringAt(object.value, "metadata", "deletionTimestamp") !== undefined;
      if (isGoing && type !== "DELETED") this.#queue.add(key);
      return;
    }
    if (type !== "DELETED") return;
    const { namespace } = splitKey(key);
    if (namespace !== undefined) this.#queue.add(namespace);
  }

  step(): boolean {
    let worked = false;
    for (const name of this.#queue) {
      this.#queue.delete(name);
      const object = this.#client.get({ storageKey: "namespaces", key: name });
      const isGoing = stringAt(object, "metadata", "deletionTimestamp") !== undefined;
      if (isGoing && this.#empty(name)) worked = true;
    }
    return worked;
  }

  #empty(name: string): boolean {
    let worked = false;
    for (const { place } of this.#content(name)) {
      const options = { propagation: "Background" } as const;
      if (this.#client.delete(place, options)) worked = true;
    }
    const left = this.#content(name);
    const place = { storageKey: "namespaces", key: name };
    if (left.length > 0) return this.#report(place, left) || worked;
    return (
      this.#client.update(place, "finalize", (current) => ({ ...current, spec: {} })) || worked
    );
  }

  #content(name: string): Remaining[] {
    return this.#core.store.resources().flatMap((storageKey) => {
      if (storageKey === "namespaces") return [];
      return this.#core.store.list(storageKey, name).map(({ key, value }) => ({
        place: { storageKey, key },
        finalizers: arrayAt(value, "metadata", "finalizers"),
      }));
    });
  }

  /** Names what still holds the namespace in its conditions. */
  #report(place: ObjectPlace, left: readonly Remaining[]): boolean {
    const count = (names: readonly string[]): string => {
      const totals = new Map<string, number>();
      for (const name of names) totals.set(name, (totals.get(name) ?? 0) + 1);
      return [...totals]
        .map(([name, total]) => `${name} in ${total} resource instances`)
        .join(", ");
    };
    const kinds = left.map(({ place: { storageKey } }) => storageKey);
    const resources = new Map<string, number>();
    for (const kind of kinds) resources.set(kind, (resources.get(kind) ?? 0) + 1);
    const content = [...resources]
      .map(
        ([kind, total]) =>
          `${kind.includes(".") ? kind : `${kind}.`} has ${total} resource instances`,
      )
      .join(", ");
    const finalizers = left.flatMap((item) => item.finalizers.map(String));
    const conditions: JsonObject[] = [
      this.#condition(
        "NamespaceDeletionDiscoveryFailure",
        "ResourcesDiscovered",
        "All resources successfully discovered",
        "False",
      ),
      this.#condition(
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
        "False",
      ),
      this.#condition(
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
        "False",
      ),
      this.#condition(
        "NamespaceContentRemaining",
        "SomeResourcesRemain",
        `Some resources are remaining: ${content}`,
      ),
    ];
    if (finalizers.length > 0) {
      const text = `Some content in the namespace has finalizers remaining: ${count(finalizers)}`;
      conditions.push(
        this.#condition("NamespaceFinalizersRemaining", "SomeFinalizersRemain", text),
      );
    }
    return this.#client.update(place, "status", (current) => withConditions(current, conditions));
  }

  #condition(type: string, reason: string, message: string, status = "True"): JsonObject {
    const lastTransitionTime = secondsTime(this.#core.clock.nowMs());
    return { type, status, lastTransitionTime, reason, message };
  }
}

/** Sets conditions by type; the time changes only with the status. */
export function withConditions(object: JsonObject, conditions: readonly JsonObject[]): JsonObject {
  const status = objectAt(object, "status") ?? {};
  const list = arrayAt(status, "conditions").filter(isObject);
  const result = list.filter((old) => !conditions.some(({ type }) => type === old["type"]));
  for (const condition of conditions) {
    const old = list.find(({ type }) => type === condition["type"]);
    const isSame = old?.["status"] === condition["status"];
    const time = isSame ? old?.["lastTransitionTime"] : condition["lastTransitionTime"];
    result.push({ ...condition, lastTransitionTime: time });
  }
  return { ...object, status: { ...status, conditions: result } };
}
