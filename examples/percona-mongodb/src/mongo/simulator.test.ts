// SPDX-License-Identifier: Apache-2.0
// The simulated MongoDB: what members become, and that every rule refuses an orchestration that breaks it.
import { beforeEach, describe, expect, it } from "@jest/globals";
import { change, hostOf, member, MongoWorld, root, states } from "../../test/mongo-world.js";
import { authenticationFailed, connectTimeout, nodeNotFound } from "./mongo-faults.js";

let world: MongoWorld;
beforeEach(() => {
  world = new MongoWorld();
});

const refusal = (codeName: string): object => expect.objectContaining({ codeName }) as object;

describe("a replica set", () => {
  it("begins with one member, which becomes the primary", async () => {
    const admin = await world.founded();
    expect(await states(admin)).toEqual({ "db-rs0-0": "PRIMARY" });
    expect(await admin.hello()).toEqual({
      setName: "rs0",
      isWritablePrimary: true,
      isArbiter: false,
      primary: hostOf("db-rs0-0"),
    });
  });

  it("says nothing of a set before it is initiated", async () => {
    world.start("db-rs0-0");
    const admin = await world.local("db-rs0-0");
    expect(await admin.hello()).toEqual({ isWritablePrimary: false, isArbiter: false });
    await expect(admin.status()).rejects.toEqual(refusal("NotYetInitialized"));
  });

  it("lets a new member copy the data before it is a secondary", async () => {
    const admin = await world.founded();
    world.start("db-rs0-1");
    await change(admin, ({ members }) => [...members, member("db-rs0-1", 1)]);
    expect(await states(admin)).toMatchObject({ "db-rs0-1": "STARTUP2" });
    world.nowMs += world.mongo.syncMs;
    expect(await states(admin)).toMatchObject({ "db-rs0-1": "SECONDARY" });
  });

  it("takes a restarted member back without copying", async () => {
    const admin = await world.withThree();
    world.start("db-rs0-2");
    expect(await states(admin)).toMatchObject({ "db-rs0-2": "SECONDARY" });
  });

  it("lets a member that lost its volume copy again", async () => {
    const admin = await world.withThree();
    world.stop("db-rs0-2");
    expect(await states(admin)).toMatchObject({ "db-rs0-2": "DOWN" });
    world.loseData("db-rs0-2");
    world.start("db-rs0-2");
    expect(await states(admin)).toMatchObject({ "db-rs0-2": "STARTUP2" });
    world.nowMs += world.mongo.syncMs;
    expect(await states(admin)).toMatchObject({ "db-rs0-2": "SECONDARY" });
  });

  it("elects another primary when it is lost", async () => {
    const admin = await world.withThree();
    world.stop("db-rs0-0");
    expect(await states(admin)).toEqual({
      "db-rs0-0": "DOWN",
      "db-rs0-1": "PRIMARY",
      "db-rs0-2": "SECONDARY",
    });
  });

  it("elects another primary when it was restarted between two looks", async () => {
    const admin = await world.withThree();
    world.start("db-rs0-0");
    expect(await states(admin)).toMatchObject({ "db-rs0-0": "SECONDARY", "db-rs0-1": "PRIMARY" });
  });

  it("has no primary without a majority of the votes, and takes no writes then", async () => {
    const admin = await world.withThree();
    world.stop("db-rs0-0", "db-rs0-1");
    expect(await states(admin)).toMatchObject({ "db-rs0-2": "SECONDARY" });
    await expect(admin.createUser({ user: "a", roles: [] }, "b")).rejects.toEqual(
      refusal("NotWritablePrimary"),
    );
  });

  it("hands over when the primary steps down, and not back at once", async () => {
    const admin = await world.withThree();
    await admin.stepDown(60);
    expect((await admin.hello()).primary).toBe(hostOf("db-rs0-1"));
    await admin.stepDown(60);
    expect((await admin.hello()).primary).toBe(hostOf("db-rs0-2"));
  });

  it("does not elect a frozen member", async () => {
    const admin = await world.withThree();
    const frozen = await world.admin({ via: "member", host: hostOf("db-rs0-1") }, root);
    await frozen.freeze(60);
    await admin.stepDown(60);
    expect((await admin.hello()).primary).toBe(hostOf("db-rs0-2"));
  });

  it("elects its only member again after a restart", async () => {
    const admin = await world.founded();
    world.start("db-rs0-0");
    expect(await states(admin)).toEqual({ "db-rs0-0": "PRIMARY" });
  });

  it("is forgotten with the data of all its members", async () => {
    await world.founded();
    world.stop("db-rs0-0");
    world.loseData("db-rs0-0");
    world.start("db-rs0-0");
    const admin = await world.local("db-rs0-0");
    expect((await admin.hello()).setName).toBeUndefined();
  });
});

describe("initiating is refused", () => {
  const config = { name: "rs0", version: 1, configsvr: false, members: [member("db-rs0-0", 0)] };

  it("a second time", async () => {
    world.start("db-rs0-0");
    const admin = await world.local("db-rs0-0");
    await admin.initiate(config);
    await expect(admin.initiate(config)).rejects.toEqual(refusal("AlreadyInitialized"));
  });

  it("from outside the pod", async () => {
    world.start("db-rs0-0");
    const admin = await world.admin({ via: "member", host: hostOf("db-rs0-0") });
    await expect(admin.initiate(config)).rejects.toEqual(refusal("Unauthorized"));
  });

  it("with another member than the one it is sent to, or with two", async () => {
    world.start("db-rs0-0", "db-rs0-1");
    const admin = await world.local("db-rs0-1");
    await expect(admin.initiate(config)).rejects.toEqual(refusal("InvalidReplicaSetConfig"));
    const two = { ...config, members: [...config.members, member("db-rs0-1", 1)] };
    const first = await world.local("db-rs0-0");
    await expect(first.initiate(two)).rejects.toEqual(refusal("InvalidReplicaSetConfig"));
    expect((await first.hello()).setName).toBeUndefined();
  });

  it("while the pod is not ready", async () => {
    await expect(world.local("db-rs0-0")).rejects.toEqual(refusal("HostUnreachable"));
  });
});

describe("a user is needed", () => {
  it("for everything, as soon as one exists", async () => {
    await world.founded();
    const local = await world.local("db-rs0-0");
    await expect(local.createUser({ user: "a", roles: ["root"] }, "b")).rejects.toEqual(
      refusal("Unauthorized"),
    );
    await expect(local.getConfig()).rejects.toEqual(refusal("Unauthorized"));
  });

  it("with the right password", async () => {
    await world.founded();
    const endpoint = { via: "replset", replset: "rs0", hosts: [hostOf("db-rs0-0")] } as const;
    await expect(world.admin(endpoint, { ...root, password: "wrong" })).rejects.toEqual(
      refusal("AuthenticationFailed"),
    );
  });

  it("with a role that allows the call", async () => {
    const admin = await world.founded();
    await admin.createUser({ user: "m", roles: ["clusterMonitor"] }, "m");
    const endpoint = { via: "replset", replset: "rs0", hosts: [hostOf("db-rs0-0")] } as const;
    const monitor = await world.admin(endpoint, { user: "m", password: "m" });
    expect((await monitor.status()).set).toBe("rs0");
    await expect(monitor.stepDown(1)).rejects.toEqual(refusal("Unauthorized"));
  });

  it("whose password can be changed; the old one is worth nothing then", async () => {
    const admin = await world.founded();
    await admin.updateUserPassword("root", "new");
    await expect(world.replset()).rejects.toEqual(refusal("AuthenticationFailed"));
  });

  it("with roles that exist", async () => {
    const admin = await world.founded();
    const user = { user: "pbm", roles: ["pbmAnyAction"] };
    await expect(admin.createUser(user, "x")).rejects.toEqual(refusal("RoleNotFound"));
    await admin.createRole({ role: "pbmAnyAction", privileges: ["anyAction"], roles: [] });
    await admin.createUser(user, "x");
    expect(await admin.getUser("pbm")).toEqual(user);
    await expect(admin.createUser(user, "x")).rejects.toEqual(refusal("UserAlreadyExists"));
  });
});

describe("a reconfiguration is refused", () => {
  it("without a higher version", async () => {
    const admin = await world.founded();
    const config = await admin.getConfig();
    await expect(admin.reconfig(config)).rejects.toEqual(
      refusal("NewReplicaSetConfigurationIncompatible"),
    );
  });

  it("that adds two voting members at a time", async () => {
    const admin = await world.founded();
    world.start("db-rs0-1", "db-rs0-2");
    const both = [member("db-rs0-1", 1), member("db-rs0-2", 2)];
    await expect(change(admin, ({ members }) => [...members, ...both])).rejects.toEqual(
      refusal("NewReplicaSetConfigurationIncompatible"),
    );
  });

  it("that swaps one voting member for another", async () => {
    const admin = await world.withThree();
    world.start("db-rs0-3");
    await expect(
      change(admin, ({ members }) => [...members.slice(0, 2), member("db-rs0-3", 3)]),
    ).rejects.toEqual(refusal("NewReplicaSetConfigurationIncompatible"));
  });

  it("that removes the primary, or makes it passive", async () => {
    const admin = await world.withThree();
    await expect(change(admin, ({ members }) => members.slice(1))).rejects.toEqual(
      refusal("NewReplicaSetConfigurationIncompatible"),
    );
    await expect(
      change(admin, ({ members }) =>
        members.map((each) => (each.id === 0 ? { ...each, priority: 0 } : each)),
      ),
    ).rejects.toEqual(refusal("NewReplicaSetConfigurationIncompatible"));
  });

  it("with a new member that does not answer", async () => {
    const admin = await world.founded();
    await expect(
      change(admin, ({ members }) => [...members, member("db-rs0-1", 1)]),
    ).rejects.toEqual(refusal("NodeNotFound"));
  });

  it("with an arbiter before a default write concern is set", async () => {
    const admin = await world.founded();
    world.start("db-rs0-arbiter-0");
    const arbiter = member("db-rs0-arbiter-0", 1, { arbiterOnly: true, priority: 0 });
    const add = (): Promise<void> => change(admin, ({ members }) => [...members, arbiter]);
    await expect(add()).rejects.toEqual(refusal("NewReplicaSetConfigurationIncompatible"));
    await admin.setDefaultRWConcern("majority", "majority");
    await add();
    expect(await states(admin)).toMatchObject({ "db-rs0-arbiter-0": "STARTUP2" });
    world.nowMs += world.mongo.syncMs;
    expect(await states(admin)).toMatchObject({ "db-rs0-arbiter-0": "ARBITER" });
  });

  it.each([
    ["an arbiter with a priority", { arbiterOnly: true, priority: 2 }],
    ["a member without a vote and with a priority", { votes: 0, priority: 2 }],
    ["a hidden member with a priority", { hidden: true, priority: 2 }],
    ["two votes of one member", { votes: 2 }],
    ["an id that is taken", { id: 0 }],
  ])("with %s", async (_what, shape) => {
    const admin = await world.founded();
    world.start("db-rs0-1");
    await expect(
      change(admin, ({ members }) => [...members, member("db-rs0-1", 1, shape)]),
    ).rejects.toEqual(refusal("InvalidReplicaSetConfig"));
  });

  it("with an eighth voting member, or a fifty-first of any kind", async () => {
    const admin = await world.founded();
    const silent = { votes: 0, priority: 0 };
    for (let id = 1; id <= 50; id += 1) world.start(`db-rs0-${id}`);
    const many = Array.from({ length: 50 }, (_, index) =>
      member(`db-rs0-${index + 1}`, index + 1, silent),
    );
    await expect(change(admin, ({ members }) => [...members, ...many])).rejects.toEqual(
      refusal("InvalidReplicaSetConfig"),
    );
    await change(admin, ({ members }) => [...members, ...many.slice(0, 49)]);
    const grant = (id: number): Promise<void> =>
      change(admin, ({ members }) =>
        members.map((each) => (each.id === id ? { ...each, votes: 1, priority: 2 } : each)),
      );
    for (let id = 1; id <= 6; id += 1) await grant(id);
    await expect(grant(7)).rejects.toEqual(refusal("InvalidReplicaSetConfig"));
  });

  it("on a member that is not the primary", async () => {
    await world.withThree();
    const secondary = await world.admin({ via: "member", host: hostOf("db-rs0-1") }, root);
    await expect(change(secondary, ({ members }) => members.slice(0, 2))).rejects.toEqual(
      refusal("NotWritablePrimary"),
    );
  });
});

describe("stepping down and freezing are refused", () => {
  it("when nobody could take over", async () => {
    const admin = await world.founded();
    await expect(admin.stepDown(60)).rejects.toEqual(refusal("ExceededTimeLimit"));
    expect((await admin.hello()).isWritablePrimary).toBe(true);
  });

  it("on the wrong member", async () => {
    await world.withThree();
    const primary = await world.admin({ via: "member", host: hostOf("db-rs0-0") }, root);
    await expect(primary.freeze(60)).rejects.toEqual(refusal("NotSecondary"));
    const secondary = await world.admin({ via: "member", host: hostOf("db-rs0-1") }, root);
    await expect(secondary.stepDown(60)).rejects.toEqual(refusal("NotWritablePrimary"));
  });
});

describe("shards", () => {
  const mongos = { via: "mongos", host: "db-mongos.prod.svc.cluster.local:27017" } as const;

  it("are added through a router, once their replica set is initiated", async () => {
    await world.founded("cfg", true);
    world.start("db-mongos-0", "db-rs0-0");
    const admin = await world.admin(mongos, root);
    const add = (): Promise<void> => admin.addShard("rs0", [hostOf("db-rs0-0")]);
    await expect(add()).rejects.toEqual(refusal("NotYetInitialized"));
    await world.founded();
    await add();
    await add();
    expect(await admin.listShards()).toEqual([{ id: "rs0", hosts: [hostOf("db-rs0-0")] }]);
  });

  it("need a router that runs and a config server that is initiated", async () => {
    await expect(world.admin(mongos, root)).rejects.toEqual(refusal("HostUnreachable"));
    world.start("db-mongos-0");
    await expect(world.admin(mongos, root)).rejects.toEqual(
      refusal("FailedToSatisfyReadPreference"),
    );
  });

  it("are no affair of a member, and the config server is none", async () => {
    const config = await world.founded("cfg", true);
    await expect(config.listShards()).rejects.toEqual(refusal("IllegalOperation"));
    world.start("db-mongos-0");
    const admin = await world.admin(mongos, root);
    await expect(admin.addShard("cfg", [hostOf("db-cfg-0", "cfg")])).rejects.toEqual(
      refusal("IllegalOperation"),
    );
  });

  it("are drained before they are removed, and the last one stays", async () => {
    await world.founded("cfg", true);
    await world.founded();
    await world.founded("rs1");
    world.start("db-mongos-0");
    const admin = await world.admin(mongos, root);
    await admin.addShard("rs0", [hostOf("db-rs0-0")]);
    await expect(admin.removeShard("rs0")).rejects.toEqual(refusal("IllegalOperation"));
    await admin.addShard("rs1", [hostOf("db-rs1-0", "rs1")]);
    expect(await admin.removeShard("rs1")).toBe("started");
    expect(await admin.removeShard("rs1")).toBe("completed");
    expect((await admin.listShards()).map(({ id }) => id)).toEqual(["rs0"]);
  });

  it("are balanced unless told otherwise", async () => {
    await world.founded("cfg", true);
    world.start("db-mongos-0");
    const admin = await world.admin(mongos, root);
    expect(await admin.isBalancerOn()).toBe(true);
    await admin.stopBalancer();
    expect(await admin.isBalancerOn()).toBe(false);
  });
});

describe("a fault", () => {
  it.each([
    ["connect", connectTimeout(), "NetworkTimeout"],
    ["connect", authenticationFailed(), "AuthenticationFailed"],
  ] as const)("hits the %s it was meant for, once", async (call, error, codeName) => {
    await world.founded();
    world.mongo.faults.fail(call, error);
    await expect(world.replset()).rejects.toEqual(refusal(codeName));
    await world.replset();
  });

  it("changes nothing", async () => {
    const admin = await world.founded();
    world.start("db-rs0-1");
    world.mongo.faults.fail("reconfig", nodeNotFound(), { after: 0 });
    const add = (): Promise<void> =>
      change(admin, ({ members }) => [...members, member("db-rs0-1", 1)]);
    await expect(add()).rejects.toEqual(refusal("NodeNotFound"));
    expect((await admin.getConfig()).version).toBe(1);
    await add();
  });

  it("between initiating and the first user leaves a set without users", async () => {
    world.start("db-rs0-0");
    const admin = await world.local("db-rs0-0");
    const config = { name: "rs0", version: 1, configsvr: false, members: [member("db-rs0-0", 0)] };
    await admin.initiate(config);
    world.mongo.faults.fail("createUser", new Error("the operator died"));
    await expect(admin.createUser({ user: "a", roles: [] }, "b")).rejects.toThrow("died");
    const again = await world.local("db-rs0-0");
    expect((await again.hello()).setName).toBe("rs0");
    await again.createUser({ user: "a", roles: [] }, "b");
  });
});
