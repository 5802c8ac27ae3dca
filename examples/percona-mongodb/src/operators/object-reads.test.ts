// SPDX-License-Identifier: Apache-2.0
// Live and cached reads of the monolith give the same answers, at different costs.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { InformerPool, silentLogger } from "haversack";
import { startCluster, type TestCluster } from "@haversack/testing";
import type { Manifest } from "../json.js";
import { kinds } from "./kinds.js";
import { CachedReads, LiveReads, type ObjectReads } from "./object-reads.js";

const secret = (namespace: string, name: string, labels: Record<string, string>): object => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { namespace, name, labels },
});

let cluster: TestCluster;
let informers: InformerPool;
let cached: CachedReads;
const reads = new Map<string, ObjectReads>();

beforeAll(async () => {
  cluster = await startCluster({ backend: "embedded" });
  for (const name of ["a", "b"])
    await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const objects = [
    secret("a", "one", { app: "x" }),
    secret("a", "two", {}),
    secret("b", "one", {}),
  ];
  for (const object of objects) await cluster.apply(object as Manifest);
  informers = new InformerPool({
    client: cluster.client,
    clock: cluster.clock,
    logger: silentLogger,
  });
  cached = new CachedReads(informers);
  reads.set("live", new LiveReads(cluster.client)).set("cached", cached);
});
afterAll(async () => {
  cached.close();
  informers.close();
  await cluster.close();
});

describe.each(["live", "cached"])("%s reads", (name) => {
  const of = (): ObjectReads => reads.get(name) as ObjectReads;

  it("find an object by name in its namespace, and say what it is", async () => {
    expect(await of().get(kinds.Secret, "a", "one")).toMatchObject({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "a", name: "one" },
    });
    expect(await of().get(kinds.Secret, "b", "two")).toBeUndefined();
  });

  it("list a namespace by labels", async () => {
    const names = async (labels: Record<string, string>): Promise<readonly string[]> =>
      ((await of().list(kinds.Secret, "a", labels)) ?? []).map(({ metadata }) => metadata.name);
    expect([...(await names({}))].sort()).toEqual(["one", "two"]);
    expect(await names({ app: "x" })).toEqual(["one"]);
    expect(await names({ app: "y" })).toEqual([]);
  });

  it("tell a kind that is not served from one without objects", async () => {
    expect(await of().list(kinds.Issuer, "a", {})).toBeUndefined();
    expect(await of().list(kinds.Lease, "a", {})).toEqual([]);
  });

  it(name === "live" ? "cost a request each" : "cost nothing once the cache is there", async () => {
    await of().get(kinds.Secret, "a", "one");
    cluster.requests.reset();
    for (let time = 0; time < 3; time += 1) await of().get(kinds.Secret, "a", "one");
    expect(cluster.requests.count()).toBe(name === "live" ? 3 : 0);
  });
});
