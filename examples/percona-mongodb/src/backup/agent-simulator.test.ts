// SPDX-License-Identifier: Apache-2.0
// The simulated agents refuse what real ones refuse, so that wrong orchestration fails.
import { beforeEach, describe, expect, it } from "@jest/globals";
import { named } from "../../test/primaries.js";
import type { Manifest } from "../json.js";
import { memberLabels, mongosLabels } from "../names.js";
import { AgentSimulator } from "./agent-simulator.js";
import type { BackupAgent, BackupOrder } from "./backup-agent.js";

const place = { namespace: "prod", cluster: "db" };
const order: BackupOrder = { name: "x", storage: "s3", type: "logical", compression: "gzip" };
let nowMs = 0;
let pods: readonly Manifest[] = [];
let agents: AgentSimulator;
let agent: BackupAgent;

function pod(name: string, uid: string, isReady = true): Manifest {
  const replset = name.split("-")[1] ?? "";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, uid, namespace: "prod", labels: memberLabels("db", replset, "mongod") },
    spec: { containers: [{ name: "mongod" }, { name: "backup-agent" }] },
    status: { conditions: [{ type: "ContainersReady", status: isReady ? "True" : "False" }] },
  };
}

beforeEach(async () => {
  nowMs = 0;
  pods = [pod("db-rs0-0", "a"), pod("db-rs1-0", "b")];
  agents = new AgentSimulator({
    clock: { now: () => nowMs },
    world: { pods: () => pods, claim: () => undefined },
  });
  agent = await agents.connect(place);
});

async function taken(): Promise<void> {
  await agent.startBackup(order);
  nowMs += 60_000;
  expect((await agent.backup("x"))?.state).toBe("done");
}

describe("AgentSimulator", () => {
  it("runs a backup from start to end, over every replica set, and stores it", async () => {
    await agent.startBackup(order);
    expect(await agent.backup("x")).toMatchObject({ state: "starting", replsets: ["rs0", "rs1"] });
    nowMs += agents.startMs;
    expect((await agent.currentJob())?.state).toBe("running");
    expect(agents.stored("prod")).toEqual([]);
    nowMs += agents.durationMs;
    expect(await agent.backup("x")).toMatchObject({ state: "done", endMs: nowMs });
    expect(await agent.currentJob()).toBeUndefined();
    expect(agents.stored("prod")).toEqual(["x"]);
  });

  it("takes an order once, and no other meanwhile", async () => {
    await agent.startBackup(order);
    await agent.startBackup(order);
    expect(agents.jobs(place)).toHaveLength(1);
    await expect(agent.startBackup({ ...order, name: "y" })).rejects.toMatchObject({
      code: "Busy",
    });
  });

  it("fails a job whose pod is replaced, and stores nothing of it", async () => {
    await agent.startBackup(order);
    pods = [pod("db-rs0-0", "a"), pod("db-rs1-0", "another")];
    expect(await agent.backup("x")).toMatchObject({
      state: "error",
      error: expect.stringContaining("db-rs1-0"),
    });
    nowMs += 60_000;
    expect(agents.stored("prod")).toEqual([]);
  });

  it("begins nothing while an agent is away, and answers nothing without any", async () => {
    pods = [pod("db-rs0-0", "a"), pod("db-rs1-0", "b", false)];
    await expect(agent.startBackup(order)).rejects.toMatchObject({ code: "Unreachable" });
    pods = [];
    await expect(agent.currentJob()).rejects.toMatchObject({ code: "Unreachable" });
  });

  it("puts data back only without routers, and only what is stored", async () => {
    await taken();
    const restore = { name: "r", backup: "x", storage: "s3" };
    await expect(agent.startRestore({ ...restore, backup: "y" })).rejects.toMatchObject({
      code: "NotFound",
    });
    const running = pods;
    pods = [...running, named("Pod", "db-mongos-0", mongosLabels("db"))];
    await expect(agent.startRestore(restore)).rejects.toMatchObject({ code: "Busy" });
    pods = running;
    await agent.startRestore(restore);
    nowMs += 60_000;
    expect((await agent.restore("r"))?.state).toBe("done");
  });

  it("deletes a backup although the cluster is gone, but not while it is in use", async () => {
    await taken();
    await agent.startRestore({ name: "r", backup: "x", storage: "s3" });
    await expect(agent.deleteBackup("x")).rejects.toMatchObject({ code: "Busy" });
    nowMs += 60_000;
    expect((await agent.restore("r"))?.state).toBe("done");
    pods = [];
    await agent.deleteBackup("x");
    await agent.deleteBackup("x");
    expect(agents.stored("prod")).toEqual([]);
  });

  it("ends only the running backup of the name that is called off", async () => {
    await agent.startBackup(order);
    await agent.cancelBackup("y");
    expect((await agent.backup("x"))?.state).toBe("starting");
    await agent.cancelBackup("x");
    expect((await agent.backup("x"))?.state).toBe("cancelled");
  });
});
