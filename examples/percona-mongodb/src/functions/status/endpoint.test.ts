// SPDX-License-Identifier: Apache-2.0
// F12: the address of a cluster, for every way to expose it (after the original's table, TestConnectionEndpoint).
import { describe, expect, it } from "@jest/globals";
import { named, plainReplset, primaryWith, seeing, shardedWith } from "../../../test/primaries.js";
import { defaultCluster } from "../../defaults.js";
import type { Manifest } from "../../json.js";
import { mongosLabels, replsetLabels } from "../../names.js";
import type { ExposeSpec, Psmdb } from "../../types.js";
import { endpointOf } from "./endpoint.js";

const pods = [0, 1, 2].map((index) => named("Pod", `db-rs0-${index}`, replsetLabels("db", "rs0")));
const routers = [0, 1, 2].map((index) => named("Pod", `db-mongos-${index}`, mongosLabels("db")));

function balanced(name: string, ingress: object): Manifest {
  const status = { loadBalancer: { ingress: [ingress] } } as unknown as NonNullable<
    Manifest["status"]
  >;
  return { ...named("Service", name), status };
}

function exposed(expose: ExposeSpec, more: Partial<Psmdb["spec"]> = {}): Psmdb {
  return primaryWith({
    replsets: [{ ...plainReplset, expose: { enabled: true, ...expose } }],
    ...more,
  });
}

function routed(expose: ExposeSpec): Psmdb {
  return shardedWith({ size: 3, expose: { ...expose } });
}

const memberServices = pods.map(({ metadata }, index) =>
  balanced(metadata.name, { ip: `10.0.0.${index}`, hostname: "ignored.example.com" }),
);
const members = (suffix: string): string =>
  pods.map(({ metadata }) => `${metadata.name}.${suffix}:27017`).join(",");

describe("endpointOf() (F12)", () => {
  it.each<[string, Psmdb, readonly Manifest[], string]>([
    ["the headless Service", primaryWith(), pods, "db-rs0.prod.svc.cluster.local"],
    [
      "the members' own names when they are exposed inside",
      exposed({ type: "ClusterIP" }),
      pods,
      members("db-rs0.prod.svc.cluster.local"),
    ],
    ["nothing before there are pods", exposed({ type: "LoadBalancer" }), [], ""],
    [
      "the load balancers of the members",
      exposed({ type: "LoadBalancer" }),
      [...pods, ...memberServices],
      "10.0.0.0:27017,10.0.0.1:27017,10.0.0.2:27017",
    ],
    [
      "names that other Kubernetes clusters resolve",
      exposed({ type: "LoadBalancer" }, { multiCluster: { enabled: true, DNSSuffix: "example" } }),
      [...pods, ...memberServices],
      members("prod.example"),
    ],
    [
      "the load balancer of the routers",
      routed({ type: "LoadBalancer" }),
      [...routers, balanced("db-mongos", { hostname: "mongos.example.com" })],
      "mongos.example.com:27017",
    ],
    [
      "the Service of the routers",
      routed({ type: "ClusterIP" }),
      routers,
      "db-mongos.prod.svc.cluster.local:27017",
    ],
    [
      "the load balancer of every router",
      routed({ type: "LoadBalancer", servicePerPod: true }),
      [...routers, ...routers.map(({ metadata }) => balanced(metadata.name, { ip: "10.1.0.1" }))],
      "10.1.0.1:27017,10.1.0.1:27017,10.1.0.1:27017",
    ],
    [
      "the Service of every router",
      routed({ type: "ClusterIP", servicePerPod: true }),
      routers,
      [0, 1, 2].map((index) => `db-mongos-${index}.prod.svc.cluster.local:27017`).join(","),
    ],
  ])("is %s", (_what, primary, objects, address) => {
    expect(endpointOf(defaultCluster(primary), seeing(objects))).toBe(address);
  });

  it("is empty as long as one load balancer has no address", () => {
    const cluster = defaultCluster(exposed({ type: "LoadBalancer" }));
    expect(endpointOf(cluster, seeing([...pods, ...memberServices.slice(1)]))).toBe("");
  });
});
