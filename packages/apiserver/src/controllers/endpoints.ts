// SPDX-License-Identifier: Apache-2.0
// The addresses behind Services: one Endpoints object and one EndpointSlice for each that selects pods.
import { arrayAt, equal, getIn, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { ServerCore } from "../core.js";
import type { LogEntry } from "../store/revision-log.js";
import { ControllerClient, splitKey } from "./controller.js";
import type { Controller } from "./controller.js";
import { controllerReference, isFinished, isReady, isTerminating } from "./owned-objects.js";
import { selects } from "./pod-selector.js";

const sliceKey = "endpointslices.discovery.k8s.io";

/** The Endpoints and EndpointSlice controller. */
export class EndpointsController implements Controller {
  readonly #core: ServerCore;
  readonly #client: ControllerClient;
  readonly #queue = new Set<string>();

  constructor(core: ServerCore) {
    this.#core = core;
    this.#client = new ControllerClient(core, "kube-controller-manager");
  }

  observe(storageKey: string, { key, object, previous }: LogEntry): void {
    if (storageKey === "services") this.#queue.add(key);
    if (storageKey !== "pods") return;
    const { namespace } = splitKey(key);
    for (const service of this.#core.store.list("services", namespace)) {
      const selector = { matchLabels: getIn(service.value, "spec", "selector") };
      if (!isObject(selector.matchLabels)) continue;
      const isConcerned =
        selects(selector, object.value) ||
        (previous !== undefined && selects(selector, previous.value));
      if (isConcerned) this.#queue.add(service.key);
    }
  }

  step(): boolean {
    let worked = false;
    for (const key of this.#queue) {
      this.#queue.delete(key);
      const service = this.#client.get({ storageKey: "services", key });
      const wasOurs = service === undefined && this.#core.store.get("endpoints", key) !== undefined;
      if (wasOurs) worked = this.#client.delete({ storageKey: "endpoints", key }, {}) || worked;
      if (service === undefined || isTerminating(service)) continue;
      const selector = objectAt(service, "spec", "selector");
      if (selector === undefined || Object.keys(selector).length === 0) continue;
      worked = this.#write(key, service, selector) || worked;
    }
    return worked;
  }

  #write(key: string, service: JsonObject, selector: JsonObject): boolean {
    const { namespace = "", name } = splitKey(key);
    const pods = this.#core.store
      .list("pods", namespace)
      .map(({ value }) => value)
      .filter(
        (pod) =>
          selects({ matchLabels: selector }, pod) &&
          stringAt(pod, "status", "podIP") !== undefined &&
          !isFinished(pod),
      );
    const written = this.#put("v1", "endpoints", "endpoints", key, {
      metadata: { name, labels: objectAt(service, "metadata", "labels") ?? {} },
      subsets: subsetsOf(service, pods),
    });
    const slice = this.#put("discovery.k8s.io/v1", "endpointslices", sliceKey, key, {
      metadata: {
        name,
        labels: {
          ...objectAt(service, "metadata", "labels"),
          "kubernetes.io/service-name": name,
          "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: "IPv4",
      endpoints: pods.map(endpointOf),
      ports: portsOf(service, pods),
    });
    return written || slice;
  }

  /** Creates the object or replaces what it says. */
  #put(
    apiVersion: string,
    plural: string,
    storageKey: string,
    key: string,
    body: JsonObject,
  ): boolean {
    const place = { storageKey, key };
    if (this.#client.get(place) === undefined) {
      return this.#client.create(apiVersion, plural, splitKey(key).namespace ?? "", body);
    }
    const { metadata, ...rest } = body;
    return this.#client.update(place, "", (current) => {
      const labels = own(metadata, "labels");
      return { ...current, ...rest, metadata: { ...objectAt(current, "metadata"), labels } };
    });
  }
}

const targetOf = (pod: JsonObject): JsonObject => ({
  kind: "Pod",
  namespace: stringAt(pod, "metadata", "namespace"),
  name: stringAt(pod, "metadata", "name"),
  uid: stringAt(pod, "metadata", "uid"),
});

function endpointOf(pod: JsonObject): JsonObject {
  const isGoing = isTerminating(pod);
  const ready = isReady(pod);
  return {
    addresses: [stringAt(pod, "status", "podIP")],
    conditions: { ready: ready && !isGoing, serving: ready, terminating: isGoing },
    nodeName: stringAt(pod, "spec", "nodeName"),
    targetRef: targetOf(pod),
  };
}

/** The number of a Service's port on its pods; a name is looked up there. */
function targetPort(port: JsonObject, pods: readonly JsonObject[]): unknown {
  const target = own(port, "targetPort") ?? own(port, "port");
  if (typeof target === "number") return target;
  for (const pod of pods) {
    for (const container of arrayAt(pod, "spec", "containers")) {
      const named = arrayAt(container, "ports").find((item) => own(item, "name") === target);
      if (named !== undefined) return own(named, "containerPort");
    }
  }
  return undefined;
}

function portsOf(service: JsonObject, pods: readonly JsonObject[]): JsonObject[] {
  return arrayAt(service, "spec", "ports")
    .filter(isObject)
    .flatMap((port) => {
      const number = targetPort(port, pods);
      if (number === undefined) return [];
      const name = own(port, "name");
      const protocol = own(port, "protocol") ?? "TCP";
      return [{ ...(name === undefined ? {} : { name }), port: number, protocol }];
    });
}

function subsetsOf(service: JsonObject, pods: readonly JsonObject[]): JsonObject[] {
  const address = (pod: JsonObject): JsonObject => ({
    ip: stringAt(pod, "status", "podIP"),
    nodeName: stringAt(pod, "spec", "nodeName"),
    targetRef: targetOf(pod),
  });
  const staying = pods.filter((pod) => !isTerminating(pod));
  const ready = staying.filter(isReady).map(address);
  const others = staying.filter((pod) => !isReady(pod)).map(address);
  if (equal([ready, others], [[], []])) return [];
  return [
    {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(others.length > 0 ? { notReadyAddresses: others } : {}),
      ports: portsOf(service, pods),
    },
  ];
}
