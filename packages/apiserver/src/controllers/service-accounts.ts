// SPDX-License-Identifier: Apache-2.0
// Gives every namespace its `default` ServiceAccount and the ConfigMap with the cluster's CA, and makes
// them again when they are deleted or changed.
import { getIn, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import { keyOf } from "../store/object-store.js";
import type { LogEntry } from "../store/revision-log.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller } from "./controller.js";

const accountName = "default";
const caName = "kube-root-ca.crt";

const caMetadata: JsonObject = {
  name: caName,
  annotations: {
    "kubernetes.io/description":
      "Contains a CA bundle that can be used to verify the kube-apiserver when using internal " +
      "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is " +
      "guaranteed across distributions of Kubernetes clusters.",
  },
};

/** What every namespace has. */
export class ServiceAccountController implements Controller {
  readonly #core: ServerCore;
  readonly #accounts: ControllerClient;
  readonly #publisher: ControllerClient;
  readonly #queue = new Set<string>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#accounts = new ControllerClient(core, "kube-controller-manager");
    this.#publisher = new ControllerClient(core, "kube-controller-manager");
  }

  observe(storageKey: string, { key, type }: LogEntry): void {
    if (storageKey === "namespaces") {
      if (type !== "DELETED") this.#queue.add(key);
      return;
    }
    const { namespace, name } = splitKey(key);
    const isOurs =
      (storageKey === "serviceaccounts" && name === accountName) ||
      (storageKey === "configmaps" && name === caName);
    if (isOurs && namespace !== undefined) this.#queue.add(namespace);
  }

  step(): boolean {
    let worked = false;
    for (const namespace of this.#queue) {
      this.#queue.delete(namespace);
      const object = this.#accounts.get({ storageKey: "namespaces", key: namespace });
      const isGoing = stringAt(object, "metadata", "deletionTimestamp") !== undefined;
      if (object === undefined || isGoing) continue;
      worked = this.#ensureAccount(namespace) || worked;
      worked = this.#ensureCa(namespace) || worked;
    }
    return worked;
  }

  #ensureAccount(namespace: string): boolean {
    const place = { storageKey: "serviceaccounts", key: keyOf(namespace, accountName) };
    if (this.#accounts.get(place) !== undefined) return false;
    const body = { metadata: { name: accountName } };
    return this.#accounts.create("v1", "serviceaccounts", namespace, body);
  }

  #ensureCa(namespace: string): boolean {
    const place = { storageKey: "configmaps", key: keyOf(namespace, caName) };
    const data = { "ca.crt": this.#core.ca ?? "" };
    const current = this.#publisher.get(place);
    if (current === undefined) {
      return this.#publisher.create("v1", "configmaps", namespace, { metadata: caMetadata, data });
    }
    if (getIn(current, "data", "ca.crt") === data["ca.crt"]) return false;
    return this.#publisher.update(place, "", (object) => ({ ...object, data }));
  }
}
