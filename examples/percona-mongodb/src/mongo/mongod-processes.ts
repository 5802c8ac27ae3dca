// SPDX-License-Identifier: Apache-2.0
// Which mongod and mongos run, read off the cluster's pods; part of the simulator (under every stage of a test).
import type { Manifest } from "../json.js";

/** What the simulator sees of a cluster; both are look-ups without a request. */
export interface SimulatedWorld {
  pods(namespace: string): readonly Manifest[];
  /** The claim of this name, which holds the data of a pod. */
  claim(namespace: string, name: string): Manifest | undefined;
}

/** A mongod or mongos in a pod. */
export interface MongoProcess {
  readonly namespace: string;
  readonly pod: string;
  /** Another one after every restart. */
  readonly podUid: string;
  /** Stays as long as the data does: the claim's, or the pod's own where it has no claim. */
  readonly dataId: string;
  /** Name of the cluster. */
  readonly cluster: string;
  readonly component: string;
  readonly isUp: boolean;
}

const dataVolume = "mongod-data";

/** The process of each pod of a namespace, by pod. */
export function processesIn(
  world: SimulatedWorld,
  namespace: string,
): ReadonlyMap<string, MongoProcess> {
  const found = new Map<string, MongoProcess>();
  for (const pod of world.pods(namespace)) {
    const labels = pod.metadata.labels ?? {};
    const cluster = labels["app.kubernetes.io/instance"];
    const component = labels["app.kubernetes.io/component"];
    if (cluster === undefined || component === undefined) continue;
    const podUid = pod.metadata.uid ?? "";
    found.set(pod.metadata.name, {
      namespace,
      pod: pod.metadata.name,
      podUid,
      dataId: dataIdOf(world, pod) ?? podUid,
      cluster,
      component,
      isUp: isUp(pod),
    });
  }
  return found;
}

function dataIdOf(world: SimulatedWorld, pod: Manifest): string | undefined {
  const volumes = pod.spec?.["volumes"] as unknown as
    readonly { name: string; persistentVolumeClaim?: { claimName: string } }[] | undefined;
  const claimName = volumes?.find(({ name }) => name === dataVolume)?.persistentVolumeClaim
    ?.claimName;
  if (claimName === undefined) return undefined;
  return world.claim(pod.metadata.namespace ?? "", claimName)?.metadata.uid;
}

function isUp({ metadata, status }: Manifest): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  const conditions = (status?.["conditions"] ?? []) as unknown as readonly {
    type: string;
    status: string;
  }[];
  return conditions.some(({ type, status: is }) => type === "ContainersReady" && is === "True");
}

/** Where a host name leads: `<pod>.<service>.<namespace>.svc…`, or `<service>.<namespace>.svc…`. */
export function placeOf(host: string): { readonly namespace: string; readonly name: string } {
  const [address = ""] = host.split(":");
  const [name = "", second = "", third = ""] = address.split(".");
  return { name, namespace: third === "svc" ? second : third };
}
