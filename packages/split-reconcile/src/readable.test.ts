// SPDX-License-Identifier: Apache-2.0
// What is not declared cannot be read: lists, names, fields, and what others say in the status (stage 5).
import { describe, expect, it } from "@jest/globals";
import { configMaps, deployments, secrets, services } from "@haversack/core";
import { dbs, named, noting, Rig, type Sub } from "../test/rig.js";

type Look = Sub["reconcile"];

/** Runs one part that looks at something, with objects to look at. */
async function looking(part: Partial<Sub>, look: Look, rest: readonly Sub[] = []): Promise<Rig> {
  const maker: Sub = {
    name: "maker",
    writes: [configMaps, deployments],
    async reconcile({ primary, objects }) {
      for (const name of ["config", "other"])
        await objects.apply(configMaps, named(name, { data: { name } }), { owner: primary });
      const spec = { replicas: 3, paused: true };
      await objects.apply(deployments, named("app", { spec }), { owner: primary });
    },
  };
  const rig = new Rig([
    maker,
    { name: "looker", follows: ["maker"], ...part, reconcile: look },
    ...rest,
  ]);
  await rig.user({ size: 1 });
  return rig;
}

const refusal = (rig: Rig): string | undefined => rig.condition("Stalled")?.message;

describe("an undeclared read", () => {
  it("of a list is refused when it is asked for, and is not there for who counts", async () => {
    const keys: string[] = [];
    const rig = await looking({ reads: [deployments] }, ({ secondaries }) => {
      keys.push(...Object.keys(secondaries));
      return Promise.resolve(void secondaries.secrets);
    });
    expect(refusal(rig)).toContain('"looker" may not read secrets');
    expect(keys).toEqual(["deployments"]);
  });

  it("of another name is refused when it is looked up, and is not in the list", async () => {
    const names: string[] = [];
    const own = { kind: configMaps, role: "own", named: (name: string) => name === "config" };
    const rig = await looking({ reads: [own] }, ({ secondaries }) => {
      names.push(...secondaries.configMaps.map(({ metadata }) => metadata.name));
      names.push(`${secondaries.configMaps.named("config")?.data?.["name"]}`);
      return Promise.resolve(void secondaries.configMaps.named("other"));
    });
    expect(names).toEqual(["config", "config"]);
    expect(refusal(rig)).toContain('"looker" may not read ConfigMap other');
  });

  it("of another field is refused when it is looked at, and not copied", async () => {
    const seen: unknown[] = [];
    const reads = [{ kind: deployments, paths: ["spec.replicas"] }];
    const rig = await looking({ reads }, ({ secondaries }) => {
      const app = secondaries.deployments.named("app") as unknown as { spec: { paused: boolean } };
      seen.push(JSON.parse(JSON.stringify(app.spec)));
      return Promise.resolve(void app.spec.paused);
    });
    expect(seen).toEqual([{ replicas: 3 }]);
    expect(refusal(rig)).toContain('"looker" may not read spec.paused');
  });

  it("by a request is refused before it is sent", async () => {
    const rig = await looking({}, async ({ objects }) => {
      await objects.get(configMaps, { namespace: "prod", name: "config" });
    });
    expect(refusal(rig)).toContain('"looker" may not read ConfigMap config');
    const other = await looking({}, async ({ objects }) => void (await objects.list(services)));
    expect(refusal(other)).toContain('"looker" may not read Service');
  });

  it("of what another part says in the status finds nothing", async () => {
    const seen: unknown[] = [];
    const teller: Sub = {
      name: "teller",
      writes: [{ kind: dbs, paths: ["status.phase"], conditions: ["Told"] }],
      reconcile({ setStatus, setCondition }) {
        setStatus({ phase: "up" });
        setCondition({ type: "Told", status: "True", reason: "Said" });
        return Promise.resolve();
      },
    };
    const look: Look = ({ primary }) => Promise.resolve(void seen.push(primary.status ?? {}));
    await looking({ follows: ["teller"] }, look, [teller]);
    expect(seen).toEqual([{ conditions: [] }]);
    seen.length = 0;
    const reads = [{ kind: dbs, paths: ["status.phase"] }];
    await looking({ follows: ["teller"], reads }, look, [teller]);
    expect(seen).toMatchObject([{ phase: "up", conditions: [] }]);
  });
});

describe("a declared read", () => {
  it("is fulfilled, from the index and by request; writing is reading", async () => {
    const seen: unknown[] = [];
    const rig = await looking(
      { reads: [deployments], writes: [secrets] },
      async ({ objects, secondaries, primary }) => {
        seen.push(secondaries.deployments.length, secondaries.secrets.length);
        seen.push((await objects.list(deployments)).length);
        seen.push((await objects.get(dbs, primary.metadata))?.spec?.size);
      },
    );
    expect(refusal(rig)).toBeUndefined();
    expect(seen).toEqual([1, 0, 1, 1]);
  });

  it("gives the same list as long as nothing in it changed", async () => {
    const lists: unknown[] = [];
    const own = { kind: configMaps, role: "own", named: (name: string) => name === "config" };
    const rig = new Rig([
      {
        name: "looker",
        reads: [own],
        reconcile({ secondaries }) {
          lists.push(secondaries.configMaps, secondaries.configMaps);
          return Promise.resolve();
        },
      },
    ]);
    await rig.user({});
    expect(lists[0]).toBe(lists[1]);
  });
});

describe("undeclaredReads: count", () => {
  it("shows everything and tells of it once", async () => {
    const seen: unknown[] = [];
    const looker = noting([], "looker");
    const rig = new Rig(
      [
        {
          ...looker,
          reconcile({ secondaries }) {
            seen.push(secondaries.secrets.length, secondaries.services.length);
            return Promise.resolve();
          },
        },
      ],
      { undeclaredReads: "count" },
    );
    await rig.user({});
    expect(seen).toEqual([0, 0]);
    expect(rig.logs.filter((line) => line.includes("may not read"))).toHaveLength(1);
  });
});
