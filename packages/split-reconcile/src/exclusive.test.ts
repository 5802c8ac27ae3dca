// SPDX-License-Identifier: Apache-2.0
// Exclusive locks: one holder, takeover, renewal, and no write without it (stage 6: writes).
import { describe, expect, it } from "@jest/globals";
import { configMaps, leases, type Lease } from "@haversack/core";
import { key, named, Rig, type Sub } from "../test/rig.js";

const lockKey = { namespace: "prod", name: "maintenance" };
const lease = (rig: Rig): Lease | undefined => rig.world.get(leases, lockKey);

/** Takes the lock while `wants` says so and gives it back after. */
function holding(log: string[], name: string, wants: () => boolean, seconds = 60): Sub {
  return {
    name,
    writes: [{ kind: configMaps, role: name, named: (each) => each === name }],
    async reconcile({ exclusive, objects, primary }) {
      if (!wants()) return;
      const lock = await exclusive("maintenance", { leaseSeconds: seconds });
      log.push(`${name} ${lock.isHeld ? "holds" : `waits for ${lock.holder.split(" ")[0]}`}`);
      if (!lock.isHeld) return lock.result;
      await objects.apply(configMaps, named(name), { owner: primary });
      return undefined;
    },
  };
}

describe("an exclusive lock", () => {
  it("lets one in and names it to the other, which wakes when it is given back", async () => {
    const log: string[] = [];
    let isRolling = true;
    const rollout: Sub = {
      ...holding(log, "rollout", () => true),
      async reconcile(request) {
        const lock = await request.exclusive("maintenance");
        if (isRolling) log.push("rolling");
        else await lock.release();
      },
    };
    const restore = holding(log, "restore", () => true);
    const rig = new Rig([rollout, { ...restore, after: ["rollout"] }]);
    await rig.user({});
    expect(log).toEqual(["rolling", "restore waits for op/rollout"]);
    expect(lease(rig)?.spec?.holderIdentity).toMatch(/^op\/rollout prod\/db@/);
    isRolling = false;
    rig.process.split.wake(key, "rollout");
    await rig.settle();
    expect(log.at(-1)).toBe("restore holds");
  });

  it("is renewed by itself while it is held, without running its holder", async () => {
    const log: string[] = [];
    const rig = new Rig([holding(log, "rollout", () => true)]);
    await rig.user({});
    await rig.advance(300_000);
    expect(log).toEqual(["rollout holds"]);
    expect(lease(rig)?.spec?.renewTime).toBe("2026-01-01T00:05:00.000000Z");
  });

  it("is found again by its holder after a restart", async () => {
    const log: string[] = [];
    const rig = new Rig([holding(log, "rollout", () => true)]);
    await rig.user({});
    rig.restart();
    await rig.settle();
    expect(log).toEqual(["rollout holds", "rollout holds"]);
  });

  it("is taken over when it was seen unchanged for its whole time, not before", async () => {
    const log: string[] = [];
    const rig = new Rig([holding(log, "restore", () => true)]);
    const spec = {
      holderIdentity: "dead/one prod/x@1",
      leaseDurationSeconds: 60,
      leaseTransitions: 4,
    };
    rig.world.create(leases, { metadata: lockKey, spec } as never, "dead");
    await rig.user({});
    await rig.advance(59_999);
    expect(log.every((line) => line === "restore waits for dead/one")).toBe(true);
    await rig.advance(1);
    expect(log.at(-1)).toBe("restore holds");
    expect(lease(rig)?.spec?.leaseTransitions).toBe(5);
  });

  it("is not taken over from one that renews", async () => {
    const log: string[] = [];
    const rig = new Rig([holding(log, "restore", () => true)]);
    const spec = { holderIdentity: "live/one prod/x@1", leaseDurationSeconds: 60 };
    rig.world.create(leases, { metadata: lockKey, spec } as never, "live");
    await rig.user({});
    for (let i = 0; i < 10; i += 1) {
      await rig.advance(30_000);
      rig.world.patch(leases, lockKey, { spec: { renewTime: `t${i}` } }, "live");
    }
    expect(log.every((line) => line === "restore waits for live/one")).toBe(true);
  });

  it("goes to one when two ask at the same moment", async () => {
    const log: string[] = [];
    const ask = (name: string): Sub => holding(log, name, () => true);
    const rig = new Rig([ask("a"), ask("b")]);
    await rig.user({});
    expect(log.filter((line) => line.endsWith("holds"))).toHaveLength(1);
  });

  it("that ran out keeps its holder from writing", async () => {
    const codes: unknown[] = [];
    const rig: Rig = new Rig([
      {
        name: "slow",
        writes: [configMaps],
        async reconcile({ exclusive, objects }) {
          await exclusive("maintenance", { leaseSeconds: 10 });
          rig.clock.ms += codes.length === 0 ? 10_000 : 0;
          await objects.apply(configMaps, named("late")).catch((error: unknown) => {
            codes.push((error as { code: string }).code);
            throw error;
          });
        },
      },
    ]);
    await rig.user({});
    expect(codes).toEqual(["EXP_LOCK_LOST"]);
    await rig.advance(60_000);
    expect(codes).toEqual(["EXP_LOCK_LOST"]);
    expect(rig.world.get(configMaps, { namespace: "prod", name: "late" })).toBeDefined();
  });

  it("that another took is lost, and its holder runs again", async () => {
    const log: string[] = [];
    const rig = new Rig([holding(log, "rollout", () => true)]);
    await rig.user({});
    rig.world.patch(leases, lockKey, { spec: { holderIdentity: "thief/one x@1" } }, "thief");
    await rig.advance(30_000);
    expect(log).toEqual(["rollout holds", "rollout waits for thief/one"]);
  });

  it("is given back before the primary goes", async () => {
    const log: string[] = [];
    const rig = new Rig([
      { ...holding(log, "rollout", () => true), cleanup: () => Promise.resolve() },
    ]);
    await rig.user({});
    rig.world.delete(rig.kind, key, "user");
    await rig.settle();
    expect(lease(rig)).toBeUndefined();
  });
});
