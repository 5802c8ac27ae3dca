// SPDX-License-Identifier: Apache-2.0
// The whole life of a cluster, step by step, with or without faults, and what is left of it to compare.
import { FaultScript, randomFaults, seededRandom, type Fault } from "@haversack/testing";
import type { JsonObject, Manifest } from "../src/json.js";
import { psmdb, psmdbBackups, psmdbRestores } from "../src/operators/kinds.js";
import type { OperatorCluster } from "../src/operators/operator-cluster.js";
import type { Psmdb, PsmdbSpec } from "../src/types.js";
import { backedUp, backupOf, restoreOf } from "./backup-scenario.js";
import { images, key, podNames, written } from "./operator-scenario.js";
import { plainReplset } from "./primaries.js";

/** One thing that a user does, and when it is done. */
export interface LifeStep {
  readonly name: string;
  act(operators: OperatorCluster): Promise<void>;
  isDone(operators: OperatorCluster): Promise<boolean>;
}

const sharding = { configsvrReplSet: plainReplset, mongos: { size: 2 } };

function wish(size: number, image: string, more: Partial<PsmdbSpec> = {}): Manifest {
  const replset = { ...plainReplset, size, expose: { enabled: true } };
  return written(
    {
      ...backedUp(),
      crVersion: "1.23.0",
      image,
      replsets: [replset],
      sharding: { ...sharding, enabled: false },
      ...more,
    },
    ["percona.com/delete-psmdb-pods-in-order"],
  );
}

async function current({ cluster }: OperatorCluster): Promise<Psmdb | undefined> {
  return cluster.get(psmdb, key("db"));
}

function inState(state: string, pods: number, image?: string): LifeStep["isDone"] {
  return async (operators) => {
    const { metadata, status } = (await current(operators)) ?? {};
    if (status?.state !== state || status.observedGeneration !== metadata?.generation) return false;
    if ((await podNames(operators)).length !== pods) return false;
    const found = Object.values(await images(operators));
    return image === undefined || found.every((each) => each === image);
  };
}

function applying(name: string, manifest: Manifest, isDone: LifeStep["isDone"]): LifeStep {
  return { name, act: (operators) => operators.apply(manifest), isDone };
}

function jobIs(kind: typeof psmdbBackups | typeof psmdbRestores, name: string): LifeStep["isDone"] {
  return async (operators) => {
    const { metadata, status } =
      (await operators.cluster.get(kind.as<Manifest>(), key(name))) ?? {};
    return status?.["state"] === "ready" && (metadata?.finalizers ?? []).length === 0;
  };
}

/** From the first apply to the last state before the end. */
export const life: readonly LifeStep[] = [
  applying("create", wish(3, "mongod:8"), inState("ready", 3)),
  applying("scale up", wish(5, "mongod:8"), inState("ready", 5)),
  applying("scale down", wish(3, "mongod:8"), inState("ready", 3)),
  applying("upgrade", wish(3, "mongod:9"), inState("ready", 3, "mongod:9")),
  applying("backup", backupOf("b1", { startingDeadlineSeconds: 7200 }), jobIs(psmdbBackups, "b1")),
  applying("restore", restoreOf("r1", "b1"), jobIs(psmdbRestores, "r1")),
  applying("pause", wish(3, "mongod:9", { pause: true }), inState("paused", 0)),
  applying("resume", wish(3, "mongod:9"), inState("ready", 3)),
  applying(
    "sharding on",
    wish(3, "mongod:9", { sharding: { ...sharding, enabled: true } }),
    inState("ready", 8),
  ),
  applying("sharding off", wish(3, "mongod:9"), inState("ready", 3)),
];

/** The end of it. */
export const end: LifeStep = {
  name: "delete",
  act: ({ cluster }) => cluster.remove(psmdb, key("db")),
  isDone: async (operators) =>
    (await current(operators)) === undefined && (await podNames(operators)).length === 0,
};

/** What happens to the operator while it lives; nothing when there is none. */
export interface Harm {
  readonly random: () => number;
  /** Part of the API requests that fail. */
  readonly failureRate: number;
  /** Part of the seconds in which its watches break. */
  readonly cutRate: number;
  /** How often it is killed at a write, at most. */
  readonly kills: number;
}

/** Faults by chance; the same seed does the same harm. */
export function harmOf(seed: number): Harm {
  return { random: seededRandom(seed), failureRate: 0.01, cutRate: 0.05, kills: 12 };
}

const failures: readonly Fault[] = [
  { type: "status", code: 500 },
  { type: "status", code: 503 },
  { type: "reset" },
  { type: "lostAnswer" },
];

/** Writes from one start of the process to its end. */
const mostWritesAlive = 40;
/** Looks after which a step of life is said never to end. */
const mostLooks = 1800;
/** So many looks are a second apart; later ones are not: what has failed often is tried again late. */
const quickLooks = 600;

/** Runs steps on a cluster, each until it is done, and lets the operator come to rest at the end. */
export class Liver {
  /** How often the operator was killed. */
  kills = 0;
  /** Requests that failed. */
  failures = 0;
  readonly #operators: OperatorCluster;
  readonly #harm: Harm | undefined;
  #faults: FaultScript | undefined;

  constructor(operators: OperatorCluster, harm?: Harm) {
    this.#operators = operators;
    this.#harm = harm;
  }

  async run(steps: readonly LifeStep[]): Promise<void> {
    for (const step of steps) {
      await step.act(this.#operators);
      await this.#until(step);
    }
    this.#count();
    this.#faults?.clear();
    await this.#operators.settle();
  }

  async #until(step: LifeStep): Promise<void> {
    const { cluster, clock } = this.#operators;
    for (let look = 0; look < mostLooks; look += 1) {
      await this.#keepAlive();
      await cluster.settle();
      if (this.#faults?.hasCrashed === true) continue;
      if (await step.isDone(this.#operators)) return;
      this.#cut();
      const isCalm = this.#harm === undefined;
      await clock.advance(isCalm ? 5000 : look < quickLooks ? 1000 : 30_000);
    }
    const { status } = (await current(this.#operators)) ?? {};
    throw new Error(
      `"${step.name}" is never done; the status says ${status?.state ?? "nothing"}: ${status?.message ?? ""}`,
    );
  }

  /** Starts the operator, and again after it was killed. */
  async #keepAlive(): Promise<void> {
    const harm = this.#harm;
    if (harm === undefined) return this.#operators.start();
    if (this.#faults?.hasCrashed === true) {
      this.#count();
      this.kills += 1;
      await this.#operators.kill();
      await this.#operators.clock.advance(1000);
      this.#faults = undefined;
    }
    if (this.#faults !== undefined) return;
    const { random, failureRate } = harm;
    this.#faults = new FaultScript([randomFaults({ random, rate: failureRate, faults: failures })]);
    if (this.kills < harm.kills) this.#faults.add(this.#killing(random));
    await this.#operators.start(this.#faults);
  }

  #killing(random: () => number): Parameters<FaultScript["add"]>[0] {
    const after = Math.floor(random() * mostWritesAlive);
    const when = random() < 0.5 ? "before" : "after";
    return { match: { isWrite: true }, after, times: 1, fault: { type: "crash", when } };
  }

  #cut(): void {
    const { random, cutRate } = this.#harm ?? { random: () => 1, cutRate: 0 };
    if (random() < cutRate) this.#faults?.cutStreams();
  }

  #count(): void {
    const hits = this.#faults?.hits ?? [];
    this.failures += hits.filter(({ fault }) => fault.type !== "crash").length;
  }
}

/** What is left of a life, without numbers and times that the server hands out. */
export async function worldOf(operators: OperatorCluster): Promise<JsonObject> {
  const compared = ["ConfigMap", "Service", "StatefulSet", "PodDisruptionBudget"];
  const counted = ["Secret", "PersistentVolumeClaim", "Lease", "Pod"];
  const jobs = ["PerconaServerMongoDBBackup", "PerconaServerMongoDBRestore"];
  const objects = await operators.objects("prod");
  const members = operators.mongo.replset("prod", "db", "rs0")?.config.members;
  const primary = await current(operators);
  const { state, size, ready, host, conditions = [] } = primary?.status ?? {};
  const sharded = conditions.find(({ type }) => type === "sharding");
  return JSON.parse(
    JSON.stringify({
      // Which states were told on the way depends on when the operator was there to tell.
      status: { state, size, ready, host, isSharded: sharded?.status },
      objects: objects
        .filter(({ kind }) => compared.includes(kind))
        .map((object) => [nameOf(object), comparable(object)]),
      names: objects.filter(({ kind }) => counted.includes(kind)).map(nameOf),
      jobs: objects
        .filter(({ kind }) => jobs.includes(kind))
        .map((object) => [nameOf(object), object.status?.["state"], object.metadata.finalizers]),
      members: members?.map(({ host: at, votes, priority }) => ({ at, votes, priority })),
    }),
  ) as JsonObject;
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

function comparable({ metadata, spec, data }: Manifest): unknown {
  const { name, labels, annotations } = metadata;
  const { clusterIP, clusterIPs, ...rest } = spec ?? {};
  return { name, labels, annotations, spec: rest, data };
}
