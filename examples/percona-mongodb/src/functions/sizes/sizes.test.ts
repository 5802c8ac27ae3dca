// SPDX-License-Identifier: Apache-2.0
// F7 and F12: sizes on the way down, with a simulated database behind them.
import { beforeEach, describe, expect, it } from "@jest/globals";
import { countingSources } from "../../../test/memory-cluster.js";
import { change, hostOf, MongoWorld, root } from "../../../test/mongo-world.js";
import { clusterWith, named, plainReplset, seeing } from "../../../test/primaries.js";
import type { Cluster } from "../../cluster.js";
import type { Manifest } from "../../json.js";
import { memberLabels } from "../../names.js";
import { safeSizes } from "./safe-sizes.js";
import { shrinkingSizes } from "./shrinking-sizes.js";
import type { Sized } from "./sized.js";

const text = (value: string): string => Buffer.from(value).toString("base64");
const users: Manifest = {
  ...named("Secret", "internal-db-users"),
  data: {
    MONGODB_CLUSTER_ADMIN_USER: text("root"),
    MONGODB_CLUSTER_ADMIN_PASSWORD: text("secret"),
  },
};

let world: MongoWorld;
beforeEach(() => {
  world = new MongoWorld();
});

function set(replicas: number): Manifest {
  const labels = memberLabels("db", "rs0", "mongod");
  return { ...named("StatefulSet", "db-rs0", labels), spec: { replicas } };
}

type Sizes = typeof safeSizes;

function sizes(plan: Sizes, cluster: Cluster, replicas: number): Promise<Sized> {
  const observed = seeing([set(replicas), users, ...world.pods()]);
  return plan(cluster, observed, { ...countingSources, mongo: world.mongo });
}

const size = ({ cluster }: Sized): number | undefined => cluster.replsets[0]?.groups[0]?.size;
const one = { replsets: [{ ...plainReplset, size: 1 }], unsafeFlags: { replsetSize: true } };

describe("safeSizes()", () => {
  it("leaves a cluster alone that grows or stays, and asks no database", async () => {
    const sized = await sizes(safeSizes, clusterWith(), 3);
    expect([size(sized), sized.waitFor, world.mongo.dials]).toEqual([3, undefined, 0]);
    expect(size(await sizes(safeSizes, clusterWith(), 1))).toBe(3);
  });

  it("takes one member at a time", async () => {
    await world.withThree();
    const sized = await sizes(safeSizes, clusterWith(one), 3);
    expect([size(sized), sized.waitFor]).toEqual([2, "pod db-rs0-2 to go"]);
  });

  it("waits until the pod of the last one is gone, and then its member", async () => {
    const admin = await world.withThree();
    const early = await sizes(safeSizes, clusterWith(one), 2);
    expect([size(early), early.waitFor]).toEqual([2, "pod db-rs0-2 to go"]);
    world.stop("db-rs0-2");
    const waiting = await sizes(safeSizes, clusterWith(one), 2);
    expect([size(waiting), waiting.waitFor]).toEqual([2, "member db-rs0-2 to leave"]);
    await change(admin, ({ members }) => members.slice(0, 2));
    const done = await sizes(safeSizes, clusterWith(one), 2);
    expect([size(done), done.waitFor]).toEqual([1, undefined]);
  });

  it("lets the primary hand over before its pod goes", async () => {
    const admin = await world.withThree();
    await (await world.admin({ via: "member", host: hostOf("db-rs0-1") }, root)).freeze(1);
    await admin.stepDown(1);
    expect((await admin.hello()).primary).toBe(hostOf("db-rs0-2"));
    world.nowMs += 1000;
    expect(size(await sizes(safeSizes, clusterWith(one), 3))).toBe(2);
    expect((await admin.hello()).primary).toBe(hostOf("db-rs0-0"));
  });

  it("takes nobody while the database does not answer, or has no primary", async () => {
    await world.withThree();
    world.stop("db-rs0-0", "db-rs0-1");
    const sized = await sizes(safeSizes, clusterWith(one), 3);
    expect([size(sized), sized.waitFor]).toEqual([3, "a primary of rs0"]);
    world.stop("db-rs0-2");
    expect(size(await sizes(safeSizes, clusterWith(one), 3))).toBe(3);
  });
});

describe("shrinkingSizes()", () => {
  it("makes the first member the primary before the others stop", async () => {
    const admin = await world.withThree();
    await admin.stepDown(1);
    world.nowMs += 1000;
    expect((await admin.hello()).primary).toBe(hostOf("db-rs0-1"));
    expect(size(await sizes(shrinkingSizes, clusterWith(), 3))).toBe(1);
    expect((await admin.hello()).primary).toBe(hostOf("db-rs0-0"));
  });

  it("stops nobody while the first member cannot take over", async () => {
    const admin = await world.withThree();
    await admin.stepDown(1);
    world.nowMs += 1000;
    world.stop("db-rs0-0");
    const sized = await sizes(shrinkingSizes, clusterWith(), 3);
    expect([size(sized), sized.waitFor]).toEqual([3, "member db-rs0-0 to catch up"]);
  });

  it("stops the last member when the others are gone, and is done when it is", async () => {
    await world.withThree();
    expect(size(await sizes(shrinkingSizes, clusterWith(), 1))).toBe(1);
    world.stop("db-rs0-1", "db-rs0-2");
    expect(size(await sizes(shrinkingSizes, clusterWith(), 1))).toBe(0);
    const waiting = await sizes(shrinkingSizes, clusterWith(), 0);
    expect(waiting.waitFor).toBe("members of rs0 to stop");
    world.stop("db-rs0-0");
    expect((await sizes(shrinkingSizes, clusterWith(), 0)).waitFor).toBeUndefined();
  });

  it("has nothing to hand over in a set that was never initiated", async () => {
    world.start("db-rs0-0", "db-rs0-1", "db-rs0-2");
    expect(size(await sizes(shrinkingSizes, clusterWith(), 3))).toBe(1);
  });

  it("stops arbiters, nonvoting and hidden members at once", async () => {
    await world.withThree();
    const spec = {
      ...plainReplset,
      size: 4,
      arbiter: { enabled: true, size: 1 },
      nonvoting: { enabled: true, size: 1 },
      hidden: { enabled: true, size: 1 },
    };
    const { cluster } = await sizes(shrinkingSizes, clusterWith({ replsets: [spec] }), 3);
    expect(cluster.replsets[0]?.groups.map(({ member }) => member)).toEqual(["mongod"]);
  });

  it("makes nothing that is not there", async () => {
    const observed = seeing([users]);
    const { cluster, waitFor } = await shrinkingSizes(clusterWith(), observed, countingSources);
    expect([cluster.replsets[0]?.size, waitFor]).toEqual([0, undefined]);
  });
});
