// SPDX-License-Identifier: Apache-2.0
// F10 as a law: from any members to any others, MongoDB refuses no step, and every walk ends.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { hostOf, MongoWorld } from "../../../test/mongo-world.js";
import { named, plainReplset, primaryWith } from "../../../test/primaries.js";
import { defaultCluster } from "../../defaults.js";
import type { MongoAdmin } from "../../mongo/mongo-admin.js";
import type { ReplsetSpec } from "../../types.js";
import { nextChange, wantedMembers, type WantedMember } from "./members.js";

interface Shape {
  readonly size: number;
  readonly arbiter: boolean;
  readonly nonvoting: number;
  readonly hidden: number;
}

const shapes = fc.record({
  size: fc.integer({ min: 1, max: 9 }),
  arbiter: fc.boolean(),
  nonvoting: fc.integer({ min: 0, max: 2 }),
  hidden: fc.integer({ min: 0, max: 2 }),
});

function specOf({ size, arbiter, nonvoting, hidden }: Shape): ReplsetSpec {
  return {
    ...plainReplset,
    size,
    arbiter: { enabled: arbiter, size: 1 },
    nonvoting: { enabled: nonvoting > 0, size: nonvoting },
    hidden: { enabled: hidden > 0, size: hidden },
  };
}

/** The members of a shape, whose pods all run. */
function wantedOf(shape: Shape): { pods: readonly string[]; wanted: readonly WantedMember[] } {
  const primary = primaryWith({
    replsets: [specOf(shape)],
    unsafeFlags: { replsetSize: true },
  });
  const cluster = { ...defaultCluster(primary) };
  const [replset] = cluster.replsets;
  if (replset === undefined) throw new Error("there is no replica set");
  const odd = { ...replset, allowsEvenVotes: false };
  const pods = odd.groups.flatMap(({ setName, size }) =>
    Array.from({ length: size }, (_, index) => `${setName}-${index}`),
  );
  const wanted = wantedMembers(
    cluster,
    odd,
    pods.map((pod) => named("Pod", pod)),
  );
  return { pods, wanted };
}

/** Walks step by step until there is nothing left to change. @returns the number of steps. */
async function walk(world: MongoWorld, admin: MongoAdmin, shape: Shape): Promise<number> {
  const { pods, wanted } = wantedOf(shape);
  for (const pod of pods) if (!world.runs(pod)) world.start(pod);
  await admin.setDefaultRWConcern("majority", "majority");
  const joinable = new Set(wanted.map(({ host }) => host));
  for (let steps = 0; steps < 100; steps += 1) {
    const { primary = "" } = await admin.hello();
    const change = nextChange(await admin.getConfig(), wanted, joinable, primary);
    if (change.kind === "none") return steps;
    if (change.kind === "stepDown") await admin.stepDown(1);
    else await admin.reconfig(change.config);
    world.nowMs += world.mongo.syncMs;
    await admin.status();
  }
  throw new Error("the walk never ends");
}

describe("walking from one set of members to another (F10)", () => {
  it("is refused nowhere and ends with the members that are wanted", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, shapes, async (from, to) => {
        const world = new MongoWorld();
        await world.founded();
        const all = [...wantedOf(from).pods, ...wantedOf(to).pods];
        const admin = await world.replset("rs0", all);
        await walk(world, admin, from);
        await walk(world, admin, to);
        const { members } = await admin.getConfig();
        const { wanted } = wantedOf(to);
        const text = (list: readonly Omit<WantedMember, "tags">[]): readonly string[] =>
          list.map(({ host, votes, priority }) => `${host} ${votes}/${priority}`).sort();
        expect(text(members)).toEqual(text(wanted));
        expect(await walk(world, admin, to)).toBe(0);
        expect((await admin.hello()).primary).toBeDefined();
        expect(members.map(({ host }) => host)).toContain(hostOf("db-rs0-0"));
      }),
      { numRuns: 150 },
    );
  });
});
