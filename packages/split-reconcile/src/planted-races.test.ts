// SPDX-License-Identifier: Apache-2.0
// Races planted on purpose: each is refused at construction, stopped at run time, or found by chaos.
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { configMaps, deployments, secrets, services } from "@haversack/core";
import { learn, runSchedule, type Schedule } from "../test/chaos.js";
import { parts } from "../test/model-operator.js";
import { dbs, named, Rig, type Sub } from "../test/rig.js";
import { makePlan } from "./plan.js";

const a = { size: 1, shards: 1, text: "a" };
const b = { size: 2, shards: 3, text: "b" };
const c = { size: 1, shards: 1, text: "c" };

beforeAll(() => learn([a, b, c]));

/** The model operator with one part replaced or changed. */
const planted = (name: string, change: (part: Sub) => Sub): readonly Sub[] =>
  parts.map((part) => (part.name === name ? change(part) : part));

/** Schedules of the same form as those of the confluence test; the seed makes them the same each time. */
const schedules: readonly Schedule[] = fc.sample(
  fc.record({
    steps: fc.array(
      fc.oneof(
        fc.constantFrom(a, b, c).map((spec) => ({ do: "spec", spec }) as const),
        fc.nat(9).map((at) => ({ do: "remove", at }) as const),
        fc.nat(9).map((at) => ({ do: "drift", at }) as const),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    choices: fc.array(fc.nat(999), { maxLength: 120, size: "max" }),
    faults: fc.nat(6),
  }),
  { numRuns: 400, seed: 42 },
);

/** The first violation that chaos finds; `undefined` when it finds none. */
async function firstViolation(declared: readonly Sub[]): Promise<string | undefined> {
  for (const schedule of schedules) {
    const { violations } = await runSchedule(schedule, declared);
    if (violations.length > 0) return violations[0];
  }
  return undefined;
}

describe("planted races, refused when the reconciler is made", () => {
  const refusal = (declared: readonly Sub[]): string => {
    try {
      makePlan(declared as never[], { controller: "op", primaryKind: dbs, unordered: "refuse" });
    } catch (error) {
      return (error as Error).message;
    }
    return "accepted";
  };

  it("accepts the operator without a race", () => {
    expect(refusal(parts)).toBe("accepted");
  });

  it.each<[string, readonly Sub[], RegExp]>([
    [
      "two write the same field of one object",
      planted("rollout", (part) => ({
        ...part,
        writes: [{ kind: deployments, paths: ["spec.replicas"] }],
      })),
      /"workload" and "rollout" both write Deployment.apps spec.replicas/,
    ],
    [
      "two set one condition",
      planted("report", (part) => ({
        ...part,
        writes: [{ kind: dbs, conditions: ["ConfigReady"] }],
      })),
      /both write Db.example.com status.conditions\[ConfigReady\]/,
    ],
    [
      "one replaces the status that others write into",
      planted("report", (part) => ({ ...part, writes: [{ kind: dbs, paths: ["status"] }] })),
      /both write Db.example.com status/,
    ],
    [
      "one reads what another writes at the same time",
      planted("workload", (part) => ({ ...part, after: ["secret"] })),
      /"workload" reads ConfigMap \(config\), which "config" writes/,
    ],
    [
      "each waits for the other",
      planted("config", (part) => ({ ...part, after: ["workload"] })),
      /is a cycle/,
    ],
    [
      "one comes after what is not there",
      planted("workload", (part) => ({ ...part, after: ["config", "secret", "tls"] })),
      /"workload" names "tls"/,
    ],
    [
      "nothing wakes one for what it reads",
      planted("config", (part) => ({ ...part, reads: [services] })).filter(
        ({ name }) => name !== "service",
      ),
      /"config" reads Service and no trigger of its wakes it/,
    ],
  ])("%s", (_, declared, why) => {
    expect(refusal(declared)).toMatch(why);
  });
});

describe("planted races, stopped when they run", () => {
  it.each<[string, Sub, string]>([
    [
      "a write outside the declaration",
      {
        name: "sneaky",
        writes: [services],
        reconcile: async ({ objects, primary }) =>
          void (await objects.apply(configMaps, named("config"), { owner: primary })),
      },
      "may not write ConfigMap prod/config",
    ],
    [
      "another writer's field beside its own",
      {
        name: "greedy",
        writes: [{ kind: deployments, paths: ["metadata.annotations"] }],
        reconcile: async ({ objects }) =>
          void (await objects.apply(deployments, named("app", { spec: { replicas: 1 } }))),
      },
      "spec.replicas is not among its writes",
    ],
  ])("%s", async (_, part, message) => {
    const rig = new Rig([part]);
    await rig.user({});
    expect(rig.logs.join()).toContain(message);
    expect(rig.writes().filter((line) => line.startsWith(`op/${part.name}`))).toEqual([]);
  });

  it("a lost update: content put back from an older read", async () => {
    const codes: unknown[] = [];
    const rig: Rig = new Rig([
      {
        name: "stale",
        triggers: [],
        writes: [deployments],
        async reconcile({ objects, primary, secondaries }) {
          const read = secondaries.deployments.named("app");
          if (read === undefined) {
            await objects.apply(deployments, named("app"), { owner: primary });
            return;
          }
          const annotations = { "percona.com/restore-in-progress": "true" };
          rig.world.patch(deployments, read.metadata, { metadata: { annotations } }, "restore");
          try {
            await objects.mergePatch(deployments, read, { metadata: { annotations: null } });
          } catch (error) {
            codes.push((error as { code: string }).code);
          }
        },
      },
    ]);
    await rig.user({});
    await rig.user({ size: 2 });
    expect(codes).toEqual(["EXP_CONFLICT"]);
  });

  it("two that pass the same ball for ever", async () => {
    const bounce = (name: string, from: typeof configMaps, to: typeof configMaps): Sub => ({
      name,
      reads: [from],
      writes: [to],
      async reconcile({ objects, primary, secondaries }) {
        const [seen] = (
          from === configMaps ? secondaries.configMaps : secondaries.secrets
        ) as readonly {
          data?: Record<string, string>;
        }[];
        const data = { n: String(Number(seen?.data?.["n"] ?? 0) + 1) };
        await objects.apply(to, named("ball", { data }), { owner: primary });
      },
    });
    const rig = new Rig([
      bounce("ping", configMaps, secrets as never),
      bounce("pong", secrets as never, configMaps),
    ]);
    await rig.user({});
    await rig.advance(30_000);
    expect(rig.writes().filter((line) => line.includes("prod/ball")).length).toBeLessThan(30);
    expect(rig.condition("Stalled")?.message).toContain("data.n");
  });
});

describe("planted races, found by chaos", () => {
  it("finds nothing wrong with the operator without a race", async () => {
    expect(await firstViolation(parts)).toBeUndefined();
  }, 120_000);

  const replicasChanged = (e: { old?: object; new?: object }): boolean => {
    const of = (object?: object): unknown =>
      (object as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;
    return of(e.old) !== of(e.new);
  };

  /** State of the author's own, kept beside the engine. */
  const once = (part: Sub): Sub => {
    let isDone = false;
    return {
      ...part,
      async reconcile(request) {
        if (isDone) return;
        await part.reconcile(request);
        isDone = true;
      },
    };
  };

  it.each<[string, () => readonly Sub[], RegExp]>([
    [
      "edge-triggered: it works only when the event it waits for is among the reasons",
      () =>
        planted("config", (part) => ({
          ...part,
          reconcile: (request) =>
            request.reasons.some(({ source }) => source === "ConfigMap" || source === "start")
              ? part.reconcile(request)
              : Promise.resolve(),
        })),
      /state differs/,
    ],
    [
      "it remembers that it was done, and the world does not",
      () => planted("service", once),
      /state differs/,
    ],
    [
      "a lost wake: nothing tells it that its object was deleted",
      () => planted("service", (part) => ({ ...part, triggers: [] })),
      /state differs/,
    ],
    [
      "its predicate drops what it must repair",
      () =>
        planted("config", (part) => ({
          ...part,
          triggers: [{ kind: configMaps, when: () => false }],
        })),
      /state differs/,
    ],
    [
      "an undeclared read of what another writes: it decides on what was there before",
      () =>
        planted("workload", (part) => ({
          ...part,
          after: [],
          reads: [],
          triggers: [{ kind: deployments, when: replicasChanged }],
        })),
      /state differs/,
    ],
    [
      "a new name each time: what a crash left is made again",
      () => {
        let n = 0;
        return planted("secret", (part) => ({
          ...part,
          async reconcile({ objects, primary, secondaries }) {
            if (secondaries.secrets.length > 0) return;
            const draft = named<never>(n === 0 ? "key" : `key-${n}`, { data: { key: "random" } });
            n += 1;
            await objects.create(secrets, draft, { owner: primary });
          },
        }));
      },
      /state differs|wrote Secret/,
    ],
    [
      "it swallows its errors",
      () =>
        planted("config", (part) => ({
          ...part,
          reconcile: (request) => part.reconcile(request).catch(() => undefined),
        })),
      /state differs/,
    ],
    [
      "a value that differs each time",
      () => {
        let n = 0;
        return planted("service", (part) => ({
          ...part,
          async reconcile({ objects, primary }) {
            const spec = { port: String((n += 1)) };
            await objects.apply(services, named("db", { spec }), { owner: primary });
          },
        }));
      },
      /state differs|no rest|livelock/,
    ],
    [
      "a write that only the log of the server shows",
      () =>
        planted("report", (part) => ({
          ...part,
          async reconcile(request) {
            await part.reconcile(request);
            await request.objects.apply(services, named("db", { spec: { port: "1" } }));
          },
        })),
      /op\/report wrote Service|state differs/,
    ],
    [
      "it deletes by a stale list",
      () =>
        planted("workload", (part) => ({
          ...part,
          async reconcile(request) {
            const { objects, secondaries, primary } = request;
            for (const each of secondaries.deployments.slice(1))
              if ((primary.spec?.shards ?? 0) < 9) await objects.delete(deployments, each);
            await part.reconcile(request);
          },
        })),
      /state differs|no rest|livelock/,
    ],
  ])("%s", async (_, declared, what) => {
    expect(await firstViolation(declared())).toMatch(what);
  });
});
