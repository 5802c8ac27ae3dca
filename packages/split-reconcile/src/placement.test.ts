// SPDX-License-Identifier: Apache-2.0
// Where a sub-reconciler runs is configuration: over text it sees, writes and is refused the same (stage 5).
import { describe, expect, it } from "@jest/globals";
import { configMaps, deployments, services } from "@haversack/core";
import { JsonHost } from "../test/json-host.js";
import { dbs, named, noting, Rig, type Sub } from "../test/rig.js";

/** One part on the host, and what came of a primary of size 1. */
async function placed(part: Sub): Promise<{ rig: Rig; host: JsonHost }> {
  const host = new JsonHost([part]);
  const rig = new Rig([part], { hosts: { [part.name]: host } });
  await rig.user({ size: 1 });
  return { rig, host };
}

describe("a sub-reconciler on another host", () => {
  it("is sent what it declared, and writes under its own field manager", async () => {
    const { rig, host } = await placed({
      name: "config",
      reads: [services],
      writes: [configMaps],
      async reconcile({ primary, objects, secondaries }) {
        const data = {
          size: String(primary.spec?.size),
          services: `${secondaries.services.length}`,
        };
        await objects.apply(configMaps, named("config", { data }), { owner: primary });
      },
    });
    expect(rig.writes()[1]).toBe(
      "op/config apply ConfigMap prod/config".replace("apply", "create"),
    );
    expect(Object.keys(host.sent[0]?.secondaries ?? {}).sort()).toEqual(["configMaps", "services"]);
    expect(rig.world.get(configMaps, { namespace: "prod", name: "config" })).toMatchObject({
      data: { size: "1", services: "0" },
    });
  });

  it("is refused undeclared writes with the same code, which ends the run", async () => {
    const codes: unknown[] = [];
    const { rig } = await placed({
      name: "sneaky",
      writes: [configMaps],
      async reconcile({ objects, primary }) {
        try {
          await objects.apply(deployments, named("app"), { owner: primary });
        } catch (error) {
          codes.push((error as { code: string }).code);
          throw error;
        }
      },
    });
    expect(codes).toEqual(["EXP_UNDECLARED_WRITE"]);
    expect(rig.condition("Stalled")?.message).toContain("may not write Deployment.apps prod/app");
  });

  it("cannot read what it did not declare, for it is not sent", async () => {
    const { rig } = await placed({
      name: "curious",
      reconcile: ({ secondaries }) => Promise.resolve(void secondaries.secrets),
    });
    expect(rig.condition("Stalled")?.message).toContain('"curious" may not read secrets');
  });

  it("says what it says about the status, and a refusal of it fails the run", async () => {
    const { rig } = await placed({
      name: "teller",
      writes: [{ kind: dbs, paths: ["status.size"], conditions: ["Told"] }],
      reconcile({ primary, setStatus, setCondition }) {
        setStatus({ size: primary.spec?.size });
        setCondition({ type: "Told", status: "True", reason: "Said" });
        setStatus({ other: 1 });
        return Promise.resolve();
      },
    });
    expect(rig.condition("Told")).toMatchObject({ status: "True" });
    expect(rig.condition("Stalled")?.message).toContain("status.other is not among its writes");
  });

  it("waits without holding, and is woken by the timeout", async () => {
    const states: string[] = [];
    const part: Sub = {
      name: "patient",
      writes: [{ kind: dbs, conditions: ["PodsReady"] }],
      reconcile({ waitFor }) {
        const wait = waitFor({ condition: "PodsReady", isMet: false, timeoutMs: 60_000 });
        states.push(wait.state);
        return Promise.resolve(wait.result);
      },
    };
    const host = new JsonHost([part]);
    const rig = new Rig([part], { hosts: { patient: host } });
    await rig.user({});
    await rig.advance(30_000);
    rig.process.split.wake({ namespace: "prod", name: "db" }, "patient");
    await rig.advance(31_000);
    expect(states).toEqual(["waiting", "waiting", "timed-out"]);
    expect(rig.condition("PodsReady")).toMatchObject({ status: "False", reason: "TimedOut" });
  });

  it("takes and gives back an exclusive lock", async () => {
    const { rig, host } = await placed({
      name: "keeper",
      async reconcile({ exclusive }) {
        const lock = await exclusive("maintenance");
        if (lock.isHeld) await lock.release();
      },
    });
    expect(host.calls).toEqual(["exclusive", "release"]);
    expect(rig.writes().filter((line) => line.includes("Lease"))).toEqual([
      "op/keeper create Lease.coordination.k8s.io prod/maintenance",
      "op/keeper delete Lease.coordination.k8s.io prod/maintenance",
    ]);
  });

  it("is an error when the guest does not have it", async () => {
    const host = new JsonHost([]);
    const rig = new Rig([noting([], "lost")], { hosts: { lost: host } });
    await rig.user({});
    expect(rig.condition("Stalled")?.message).toContain("this guest does not have it");
  });
});
