// SPDX-License-Identifier: Apache-2.0
// F12, components: how far each replica set and the routers have come, from their pods (stage 5: reconcile).
import type { Cluster, Replset } from "../../cluster.js";
import { present, type Manifest } from "../../json.js";
import { mongosLabels, replsetLabels } from "../../names.js";
import type { ComponentStatus, PsmdbStatus, ReplsetStatus } from "../../types.js";
import type { ReplsetNote } from "../notes.js";
import type { Observed, Read } from "../part.js";
import { hasReadyContainers, podCondition } from "../pods.js";

/** After so long a pod that finds no node is an error. */
const unschedulableMs = 60_000;

/** A component, and when it has to be looked at again although nothing happens. */
export interface Component<T extends ComponentStatus = ComponentStatus> {
  readonly status: T;
  readonly askAgainMs?: number;
}

/** The pods that the status counts. */
export function componentReads({ name, replsets, mongos }: Cluster): readonly Read[] {
  return [
    ...replsets.map((replset): Read => ({
      kind: "Pod",
      labels: replsetLabels(name, replset.name),
    })),
    ...(mongos === undefined ? [] : [{ kind: "Pod" as const, labels: mongosLabels(name) }]),
  ];
}

/** How a replica set fares: its pods, and what is known from inside MongoDB. */
export function replsetComponent(
  cluster: Cluster,
  replset: Replset,
  observed: Observed,
  facts: ComponentFacts,
): Component<ReplsetStatus> {
  const size = replset.groups.reduce((sum, group) => sum + group.size, 0);
  const pods = observed.list("Pod", replsetLabels(cluster.name, replset.name));
  const component = componentOf(cluster, size, pods, facts);
  const known = facts.before?.replsets?.[replset.name];
  const isShard = facts.note?.isShard ?? known?.added_as_shard;
  const status = present<ReplsetStatus>({
    ...component.status,
    initialized: facts.note?.initialized ?? known?.initialized ?? false,
    added_as_shard: isShard,
    members: facts.note?.members,
  });
  return { ...component, status };
}

/** How the routers fare. */
export function mongosComponent(
  cluster: Cluster,
  size: number,
  observed: Observed,
  facts: ComponentFacts,
): Component {
  return componentOf(cluster, size, observed.list("Pod", mongosLabels(cluster.name)), facts);
}

/** What a component's status is made of besides its pods. */
export interface ComponentFacts {
  readonly before: PsmdbStatus | undefined;
  readonly note?: ReplsetNote | undefined;
  readonly nowMs: number;
}

function componentOf(
  { isPaused }: Cluster,
  size: number,
  pods: readonly Manifest[],
  { nowMs }: ComponentFacts,
): Component {
  const ready = pods.filter(hasReadyContainers).length;
  if (isPaused) {
    const status = pods.length === 0 ? "paused" : "stopping";
    return { status: { size, ready, status } };
  }
  const homeless = pods.map((pod) => podCondition(pod, "PodScheduled")).find(isUnschedulable);
  if (homeless === undefined) {
    const message = waitingContainers(pods);
    const status = size === ready ? "ready" : "initializing";
    return { status: { size, ready, status, ...(message === "" ? {} : { message }) } };
  }
  const { message = "no node is free", lastTransitionTime = "" } = homeless;
  const leftMs = Date.parse(lastTransitionTime) + unschedulableMs - nowMs;
  if (!(leftMs > 0)) return { status: { size, ready, status: "error", message } };
  // No event tells that a minute is over.
  return { status: { size, ready, status: "initializing", message }, askAgainMs: leftMs };
}

function isUnschedulable(condition: ReturnType<typeof podCondition>): boolean {
  return condition?.status === "False" && condition.reason === "Unschedulable";
}

/** Why containers do not start, in the words of the kubelet. */
function waitingContainers(pods: readonly Manifest[]): string {
  const texts = pods.flatMap(({ status }) => {
    const containers = (status?.["containerStatuses"] ?? []) as unknown as readonly {
      readonly name: string;
      readonly state?: { readonly waiting?: { readonly message?: string } };
    }[];
    return containers.flatMap(({ name, state }) => {
      const message = state?.waiting?.message ?? "";
      return message === "" ? [] : [`${name}: ${message}`];
    });
  });
  return [...new Set(texts)].join("; ");
}
