// SPDX-License-Identifier: Apache-2.0
// The nine published plans: the packs end as without the fault; what the original's way of reading shows is noted.
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { compareHistories } from "@haversack/testing";
import { play, workloads, type Played, type PlannedFault } from "../../test/published-plans.js";
import { Scenarios } from "../../test/operator-scenario.js";
import type { OperatorMode } from "./operator-cluster.js";

// Each plays a workload twice; a busy machine is given time.
jest.setTimeout(120_000);

const scenarios = new Scenarios();
afterEach(() => scenarios.close());

/** What the publication found wrong, as it shows here; those in the way of it are not counted. */
interface Plan {
  readonly name: string;
  readonly workload: keyof typeof workloads;
  readonly fault?: PlannedFault;
  /** What an operator whose informers accept old lists does wrong, among other things. */
  readonly published?: readonly string[];
}

const restartAfter = (resource: string): PlannedFault => ({
  type: "restartAfterCreate",
  resource,
  name: "db-ssl",
});
const staleServer: PlannedFault = { type: "staleServer", asInStep: 1 };
const twice = (object: string): readonly string[] => [
  `${object} was added 3 times, expected 2`,
  `${object} was deleted 2 times, expected 1`,
];

const plans: readonly Plan[] = [
  {
    name: "intermediate-state-1: restart between the two Secrets with certificates",
    workload: "disable-enable-shard",
    fault: restartAfter("secrets"),
  },
  {
    name: "intermediate-state-2: restart between the two Certificates",
    workload: "run-cert-manager",
    fault: restartAfter("certificates.cert-manager.io"),
  },
  {
    name: "stale-state-1: a deletion of the last cluster of this name",
    workload: "recreate",
    fault: staleServer,
    published: twice("PersistentVolumeClaim prod/mongod-data-db-rs0-0"),
  },
  {
    name: "stale-state-2: sharding as it was, switched off",
    workload: "disable-enable-shard",
    fault: staleServer,
    published: twice("Pod prod/db-cfg-0"),
  },
  {
    name: "stale-state-3: the arbiter as it was, switched off",
    workload: "disable-enable-arbiter",
    fault: staleServer,
    published: twice("Pod prod/db-rs0-arbiter-0"),
  },
  {
    name: "indirect-1 and indirect-3: no fault, sharding off and on again",
    workload: "disable-enable-shard",
  },
  {
    name: "indirect-2: the next cluster comes before the garbage of the last is gone",
    workload: "recreate",
    fault: { type: "atOnce", step: 2 },
  },
];

/** The member that is there only while the arbiter is not. */
const onlyMeanwhile = /db-rs0-4\b/;

const calm = new Map<string, Promise<Played>>();
const modes = ["packs", "monolith-cached"] as const;

async function played(
  mode: OperatorMode,
  workload: keyof typeof workloads,
  fault?: PlannedFault,
): Promise<Played> {
  const operators = await scenarios.empty(mode);
  const result = await play(operators, workloads[workload], fault, mode === "monolith-cached");
  await scenarios.close();
  return result;
}

/** What a workload ends in without a fault, played once. */
function undisturbed(mode: OperatorMode, workload: keyof typeof workloads): Promise<Played> {
  const id = `${mode} ${workload}`;
  const result = calm.get(id) ?? played(mode, workload);
  calm.set(id, result);
  return result;
}

async function differences(
  mode: OperatorMode,
  { workload, fault }: Omit<Plan, "name">,
): Promise<{ readonly names: readonly string[]; readonly lifetimes: readonly string[] }> {
  const reference = await undisturbed(mode, workload);
  const result = await played(mode, workload, fault);
  expect(result.isStruck).toBe(fault !== undefined);
  expect([reference.state, result.state]).toEqual(["ready", "ready"]);
  const both = new Set(reference.names.filter((name) => result.names.includes(name)));
  return {
    names: [...reference.names, ...result.names].filter((name) => !both.has(name)),
    lifetimes: compareHistories(reference.lifetimes, result.lifetimes),
  };
}

describe("the published plans against packs", () => {
  it.each(plans)("end as without the fault: $name", async (plan) => {
    expect(await differences("packs", plan)).toEqual({ names: [], lifetimes: [] });
  });

  it("cannot be told what was: no list accepts an answer of any age", async () => {
    const operators = await scenarios.empty("packs");
    const lists: string[] = [];
    operators.cluster.server?.requests.subscribe(({ verb, path }) => {
      if (verb === "list") lists.push(path);
    });
    await operators.settle();
    expect(lists.length).toBeGreaterThan(10);
    expect(lists.filter((path) => /[?&]resourceVersion=0(&|$)/.test(path))).toEqual([]);
  });
});

describe("the published plans against the monolith with the lists of client-go", () => {
  it.each(plans.filter(({ published }) => published === undefined))(
    "end as without the fault: $name",
    async (plan) => {
      expect(await differences("monolith-cached", plan)).toEqual({ names: [], lifetimes: [] });
    },
  );

  it.each(plans.filter(({ published }) => published !== undefined))(
    "show what was published: $name",
    async (plan) => {
      const { lifetimes } = await differences("monolith-cached", plan);
      expect(lifetimes).toEqual(expect.arrayContaining([...(plan.published ?? [])]));
    },
  );
});

describe.each(modes)("unobserved-state-1 against %s", (mode) => {
  it("misses a member that nobody asks for in the end, and nothing else", async () => {
    const fault: PlannedFault = { type: "unobserved", fromStep: 1 };
    const { names, lifetimes } = await differences(mode, {
      workload: "disable-enable-arbiter",
      fault,
    });
    // Published as a failure; an operator that goes by what is wanted cannot know what was wanted.
    expect(names).toEqual(["PersistentVolumeClaim/mongod-data-db-rs0-4"]);
    expect(lifetimes.every((line) => onlyMeanwhile.test(line))).toBe(true);
  });
});
