// SPDX-License-Identifier: Apache-2.0
// F6: which Services exist, what is in them, and whose metadata stays.
import { describe, expect, it } from "@jest/globals";
import {
  at,
  build,
  clusterWith,
  named,
  names,
  plainReplset,
  primaryWith,
  shardedWith,
} from "../../test/primaries.js";
import { defaultCluster } from "../defaults.js";
import type { Manifest } from "../json.js";
import { externalServiceLabels, memberLabels, mongosLabels } from "../names.js";
import type { ExposeSpec } from "../types.js";
import { services } from "./services.js";

const pod = (name: string): Manifest => named("Pod", name, memberLabels("db", "rs0", "mongod"));
const external = (name: string): Manifest =>
  named("Service", name, externalServiceLabels("db", "rs0"));
const exposed = (expose: ExposeSpec = {}): Parameters<typeof clusterWith>[0] => ({
  replsets: [{ ...plainReplset, expose: { enabled: true, ...expose } }],
});
const find = (objects: readonly Manifest[] | undefined, name: string): Manifest | undefined =>
  objects?.find(({ metadata }) => metadata.name === name);

describe("services (F6)", () => {
  it("makes one headless Service per replica set", async () => {
    const { apply } = await build(services, clusterWith());
    expect(names(apply)).toEqual(["db-rs0"]);
    expect(at(apply?.[0], "spec", "clusterIP")).toBe("None");
  });

  it("makes one per existing pod when exposed, not per wished pod", async () => {
    const { apply } = await build(services, clusterWith(exposed()), [
      pod("db-rs0-0"),
      pod("db-rs0-1"),
    ]);
    expect(names(apply)).toEqual(["db-rs0", "db-rs0-0", "db-rs0-1"]);
  });

  it("makes none for a pod beyond the size, which is about to go", async () => {
    const { apply } = await build(services, clusterWith(exposed()), [
      pod("db-rs0-2"),
      pod("db-rs0-3"),
    ]);
    expect(names(apply)).toEqual(["db-rs0", "db-rs0-2"]);
  });

  it("names the protocol since 1.22", async () => {
    const protocol = async (crVersion: string): Promise<unknown> =>
      at(
        (await build(services, clusterWith({ crVersion }))).apply?.[0],
        "spec",
        "ports",
        0,
        "appProtocol",
      );
    expect(await protocol("1.22.0")).toBe("mongo");
    expect(await protocol("1.21.2")).toBeUndefined();
  });

  it("uses the port of the configuration", async () => {
    const cluster = clusterWith({
      replsets: [{ ...plainReplset, configuration: "net:\n  port: 27020\n" }],
    });
    expect(at((await build(services, cluster)).apply?.[0], "spec", "ports", 0)).toMatchObject({
      port: 27020,
      targetPort: 27020,
    });
  });

  it.each([
    [{ type: "NodePort" }, { type: "NodePort", externalTrafficPolicy: "Cluster" }],
    [{ type: "LoadBalancer" }, { type: "LoadBalancer", externalTrafficPolicy: "Local" }],
    [{ exposeType: "NodePort" }, { type: "NodePort" }],
    [
      { type: "LoadBalancer", externalTrafficPolicy: "Cluster" },
      { externalTrafficPolicy: "Cluster" },
    ],
    [
      { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"], loadBalancerClass: "x" },
      { loadBalancerSourceRanges: ["10.0.0.0/8"], loadBalancerClass: "x" },
    ],
  ])("exposes pods as %j asks", async (expose, spec) => {
    const { apply } = await build(services, clusterWith(exposed(expose)), [pod("db-rs0-0")]);
    expect(find(apply, "db-rs0-0")?.spec).toMatchObject(spec);
  });

  it("removes Services of pods that are gone", async () => {
    const { remove } = await build(services, clusterWith(exposed()), [
      external("db-rs0-2"),
      external("db-rs0-3"),
    ]);
    expect(names(remove?.map((metadata) => ({ metadata })))).toEqual(["db-rs0-3"]);
  });

  it("removes all of them when nothing is exposed any more", async () => {
    const { remove } = await build(services, clusterWith(), [external("db-rs0-0")]);
    expect(remove).toEqual([{ kind: "Service", name: "db-rs0-0" }]);
  });

  it("keeps every Service while paused: clients keep their addresses", async () => {
    const cluster = defaultCluster(primaryWith({ ...exposed(), pause: true }));
    expect((await build(services, cluster, [external("db-rs0-2")])).remove).toEqual([]);
  });

  it("makes one Service for all routers, or one for each", async () => {
    const shared = await build(services, defaultCluster(shardedWith()));
    expect(names(shared.apply)).toContain("db-mongos");
    const single = await build(
      services,
      defaultCluster(shardedWith({ expose: { servicePerPod: true } })),
      [named("Service", "db-mongos", mongosLabels("db"))],
    );
    expect(names(single.apply)).toEqual(expect.arrayContaining(["db-mongos-0", "db-mongos-1"]));
    expect(single.remove).toEqual([{ kind: "Service", name: "db-mongos" }]);
  });

  it("removes the routers' Services without sharding", async () => {
    const { remove } = await build(services, clusterWith(), [
      named("Service", "db-mongos", mongosLabels("db")),
    ]);
    expect(remove).toEqual([{ kind: "Service", name: "db-mongos" }]);
  });
});

describe("metadata of a Service", () => {
  const live = (labels: Record<string, string>): Manifest => ({
    ...external("db-rs0-0"),
    metadata: { name: "db-rs0-0", labels: { ...externalServiceLabels("db", "rs0"), ...labels } },
  });

  it("stays as it is when the custom resource sets none", async () => {
    const { apply, drop } = await build(services, clusterWith(exposed()), [
      pod("db-rs0-0"),
      live({ theirs: "1" }),
    ]);
    expect(find(apply, "db-rs0-0")?.metadata.labels).toMatchObject({ theirs: "1" });
    expect(drop).toEqual([]);
  });

  it("belongs to the custom resource when it sets some, except what it ignores", async () => {
    const cluster = clusterWith({ ...exposed({ labels: { ours: "1" } }), ignoreLabels: ["kept"] });
    const { apply, drop } = await build(services, cluster, [
      pod("db-rs0-0"),
      live({ theirs: "1", kept: "1" }),
    ]);
    const labels = find(apply, "db-rs0-0")?.metadata.labels ?? {};
    expect(labels).toMatchObject({ ours: "1", kept: "1" });
    expect(labels["theirs"]).toBeUndefined();
    expect(drop).toEqual([
      { kind: "Service", name: "db-rs0-0", labels: ["theirs"], annotations: [] },
    ]);
  });

  it("keeps a label named __proto__", async () => {
    const labels = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    const { apply } = await build(services, clusterWith(exposed({ labels })), [pod("db-rs0-0")]);
    expect(Object.keys(find(apply, "db-rs0-0")?.metadata.labels ?? {})).toContain("__proto__");
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
