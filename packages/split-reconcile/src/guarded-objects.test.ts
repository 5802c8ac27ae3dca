// SPDX-License-Identifier: Apache-2.0
// What a sub-reconciler may write, under which name, from which version (stage 6: writes).
import { describe, expect, it } from "@jest/globals";
import { configMaps, deployments, secrets, services, type Access } from "@haversack/core";
import { dbs, key, named, Rig, type Db, type Sub } from "../test/rig.js";

type Request = Parameters<Sub["reconcile"]>[0];

/** Runs one action as a sub-reconciler with these writes; says how it ended. */
async function outcomeOf(
  writes: readonly Access[],
  act: (request: Request) => Promise<unknown>,
  mode: "refuse" | "count" = "refuse",
): Promise<{ rig: Rig; code: string | undefined }> {
  let code: string | undefined;
  const only: Sub = {
    name: "only",
    writes,
    async reconcile(request) {
      try {
        await act(request);
      } catch (error) {
        code = (error as { code?: string }).code ?? String(error);
      }
    },
  };
  const rig = new Rig([only], { undeclaredWrites: mode });
  await rig.user({});
  return { rig, code };
}

const config = named<never>("cfg", { data: { size: "3" } });
const refused = "EXP_UNDECLARED_WRITE";

describe("a write that was not declared", () => {
  it.each<[string, readonly Access[], (request: Request) => Promise<unknown>, string | undefined]>([
    ["apply of another kind", [secrets], (r) => r.objects.apply(configMaps, config), refused],
    ["apply of its kind", [configMaps], (r) => r.objects.apply(configMaps, config), undefined],
    [
      "apply of another path",
      [{ kind: configMaps, paths: ["data.other"] }],
      (r) => r.objects.apply(configMaps, config),
      refused,
    ],
    [
      "apply of its path",
      [{ kind: configMaps, paths: ["data.size"] }],
      (r) => r.objects.apply(configMaps, config),
      undefined,
    ],
    [
      "apply under another name than its role's",
      [{ kind: configMaps, role: "config", named: (name) => name === "db-config" }],
      (r) => r.objects.apply(configMaps, config),
      refused,
    ],
    ["create", [secrets], (r) => r.objects.create(configMaps, config), refused],
    [
      "create with a claim on a path alone",
      [{ kind: configMaps, paths: ["data"] }],
      (r) => r.objects.create(configMaps, config),
      refused,
    ],
    [
      "merge patch of the primary's spec",
      [{ kind: dbs, paths: ["status"] }],
      (r) => r.objects.mergePatch(dbs, r.primary, { spec: { size: 9 } }),
      refused,
    ],
    [
      "JSON patch of the primary's spec",
      [{ kind: dbs, paths: ["status"] }],
      (r) => r.objects.jsonPatch(dbs, r.primary, { ...r.primary, spec: { size: 9 } }),
      refused,
    ],
    ["delete", [secrets], (r) => r.objects.delete(configMaps, config), refused],
    ["finalizer", [], (r) => r.objects.addFinalizer(dbs, r.primary, "a.b/c"), refused],
    [
      "condition",
      [],
      (r) => Promise.resolve(r.setCondition({ type: "X", status: "True" })),
      refused,
    ],
    [
      "condition within the status it has",
      [{ kind: dbs, conditions: ["X"] }],
      (r) => Promise.resolve(r.setCondition({ type: "X", status: "True" })),
      undefined,
    ],
    [
      "status of the primary",
      [{ kind: dbs, paths: ["status.phase"] }],
      (r) => r.objects.applyStatus(dbs, r.primary, { phase: "up", other: 1 }),
      refused,
    ],
    [
      "event",
      [],
      (r) => r.objects.event(dbs, r.primary, { type: "Normal", reason: "A", message: "" }),
      undefined,
    ],
    ["read of what it writes", [configMaps], (r) => r.objects.get(configMaps, key), undefined],
    [
      "another field manager",
      [configMaps],
      (r) => Promise.resolve(r.objects.as("x")),
      "EXP_CONFIGURATION",
    ],
  ])("is refused: %s", async (_, writes, act, expected) => {
    const { rig, code } = await outcomeOf(writes, act);
    expect(code).toBe(expected);
    if (expected === refused) {
      const by = rig.world.log.filter(({ manager }) => manager === "op/only");
      expect(by).toEqual([]);
    }
  });

  it("names the sub-reconciler, the object and the path", async () => {
    let message = "";
    await outcomeOf([{ kind: configMaps, paths: ["data.other"] }], async ({ objects }) => {
      await objects.apply(configMaps, config).catch((error: Error) => (message = error.message));
    });
    expect(message).toContain('"only" may not write ConfigMap prod/cfg: data.size is not among');
  });

  it("is counted and logged once instead, by option", async () => {
    const twice = async ({ objects }: Request): Promise<void> => {
      await objects.apply(configMaps, config);
      await objects.apply(configMaps, named("other"));
    };
    const { rig, code } = await outcomeOf([], twice, "count");
    expect(code).toBeUndefined();
    expect(rig.world.get(configMaps, { namespace: "prod", name: "cfg" })).toBeDefined();
    expect(rig.logs.filter((line) => line.includes("may not write"))).toHaveLength(1);
  });

  it("is found when two roles turn out to be one object", async () => {
    const write = (name: string, role: string): Sub => ({
      name,
      writes: [{ kind: configMaps, role }],
      async reconcile({ objects, primary }) {
        await objects.apply(configMaps, config, { owner: primary });
      },
    });
    const rig = new Rig([write("a", "config"), write("b", "scripts")]);
    await rig.user({});
    expect(rig.logs.join()).toContain('"a" writes the same object under another role');
  });
});

describe("writes", () => {
  it("carry a field manager per sub-reconciler, or the one declared", async () => {
    const write = (name: string, kind: typeof configMaps, fieldManager?: string): Sub => ({
      name,
      writes: [kind],
      ...(fieldManager === undefined ? {} : { fieldManager }),
      async reconcile({ objects, primary }) {
        await objects.apply(kind, named(name), { owner: primary });
      },
    });
    const rig = new Rig([write("a", configMaps), write("b", services as never, "old-operator")]);
    await rig.user({});
    expect(rig.writes().filter((line) => !line.includes("Db"))).toEqual([
      "op/a create ConfigMap prod/a",
      "old-operator create Service prod/b",
    ]);
  });

  it("are refused when the object changed after the snapshot they were computed from", async () => {
    let isFirst = true;
    const seen: unknown[] = [];
    const rig: Rig = new Rig([
      {
        name: "lagging",
        writes: [deployments],
        async reconcile({ objects, primary, secondaries }) {
          const before = secondaries.deployments.named("app") as { spec?: { replicas?: number } };
          const replicas = (before?.spec?.replicas ?? 0) + 1;
          if (before !== undefined && replicas > 2) return;
          if (before !== undefined && isFirst) {
            isFirst = false;
            const annotations = { "example.com/restore": "1" };
            rig.world.patch(
              deployments,
              named<Db>("app").metadata,
              { metadata: { annotations } },
              "x",
            );
          }
          const desired = named<never>("app", { spec: { replicas } });
          await objects.apply(deployments, desired, { owner: primary }).catch((error: unknown) => {
            seen.push((error as { code: string }).code);
            throw error;
          });
        },
      },
    ]);
    await rig.user({});
    rig.process.split.wake(key);
    await rig.advance(1000);
    expect(seen).toEqual(["EXP_CONFLICT"]);
    expect(rig.world.get(deployments, { namespace: "prod", name: "app" })).toMatchObject({
      spec: { replicas: 2 },
      metadata: { annotations: { "example.com/restore": "1" } },
    });
  });

  it("of two in one run follow each other: the second knows the version of the first", async () => {
    const { code } = await outcomeOf([configMaps], async ({ objects }) => {
      await objects.apply(configMaps, config);
      const { object } = await objects.mergePatch(configMaps, config, { data: { more: "1" } });
      await objects.delete(configMaps, object);
    });
    expect(code).toBeUndefined();
  });
});
