// SPDX-License-Identifier: Apache-2.0
// Pods without a cluster, for the simulated MongoDB: they come, go, restart and lose their data as a test says.
import type { Manifest, TextMap } from "../src/json.js";
import type {
  MemberConfig,
  MongoAdmin,
  MongoCredentials,
  MongoEndpoint,
  ReplsetConfig,
} from "../src/mongo/mongo-admin.js";
import type { SimulatedWorld } from "../src/mongo/mongod-processes.js";
import { MongoSimulator } from "../src/mongo/simulator.js";
import { memberLabels, mongosLabels } from "../src/names.js";

const namespace = "prod";

/** The administrator that {@link MongoWorld.founded} makes. */
export const root: MongoCredentials = { user: "root", password: "secret" };

/** Host of a pod of the cluster `db`. */
export function hostOf(pod: string, replset = "rs0"): string {
  return `${pod}.db-${replset}.${namespace}.svc.cluster.local:27017`;
}

/** A member with one vote. */
export function member(pod: string, id: number, more: Partial<MemberConfig> = {}): MemberConfig {
  const host = hostOf(pod, pod.split("-")[1]);
  const shape = { votes: 1, priority: 2, arbiterOnly: false, hidden: false, tags: {} };
  return { id, host, ...shape, ...more };
}

function labelsOf(replset: string, component: string): TextMap {
  return component === "mongos" ? mongosLabels("db") : memberLabels("db", replset, component);
}

/** Pods, a clock and the simulated MongoDB in them. */
export class MongoWorld implements SimulatedWorld {
  nowMs = 0;
  readonly mongo = new MongoSimulator({ world: this, clock: { now: () => this.nowMs } });
  readonly #pods = new Map<string, Manifest>();
  readonly #claims = new Map<string, string>();
  #uid = 0;

  pods(): readonly Manifest[] {
    return [...this.#pods.values()];
  }

  claim(_namespace: string, name: string): Manifest | undefined {
    const uid = this.#claims.get(name);
    if (uid === undefined) return undefined;
    return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, uid } };
  }

  /** Starts pods, or restarts them: each is another pod with the same data. */
  start(...names: readonly string[]): void {
    for (const name of names) {
      const claimName = `mongod-data-${name}`;
      if (!this.#claims.has(claimName)) this.#claims.set(claimName, this.#nextUid());
      const [, replset = ""] = name.split("-");
      const component = replset === "rs0" || replset === "rs1" ? "mongod" : replset;
      this.#pods.set(name, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name,
          namespace,
          uid: this.#nextUid(),
          labels: labelsOf(replset, name.includes("arbiter") ? "arbiter" : component),
        },
        spec: { volumes: [{ name: "mongod-data", persistentVolumeClaim: { claimName } }] },
        status: { conditions: [{ type: "ContainersReady", status: "True" }] },
      });
    }
  }

  runs(name: string): boolean {
    return this.#pods.has(name);
  }

  stop(...names: readonly string[]): void {
    for (const name of names) this.#pods.delete(name);
  }

  /** Takes a pod's claim away, and so its data. */
  loseData(name: string): void {
    this.#claims.delete(`mongod-data-${name}`);
  }

  admin(endpoint: MongoEndpoint, credentials?: MongoCredentials): Promise<MongoAdmin> {
    return this.mongo.connect(endpoint, credentials);
  }

  local(pod: string): Promise<MongoAdmin> {
    return this.admin({ via: "localhost", namespace, pod });
  }

  replset(name = "rs0", pods: readonly string[] = [`db-${name}-0`]): Promise<MongoAdmin> {
    const hosts = pods.map((pod) => hostOf(pod, name));
    return this.admin({ via: "replset", replset: name, hosts }, root);
  }

  /** A replica set with its first member and an administrator. */
  async founded(replset = "rs0", configsvr = false): Promise<MongoAdmin> {
    const pod = `db-${replset}-0`;
    this.start(pod);
    const admin = await this.local(pod);
    await admin.initiate({ name: replset, version: 1, configsvr, members: [member(pod, 0)] });
    await admin.createUser({ user: root.user, roles: ["root"] }, root.password);
    return this.replset(replset);
  }

  /** A replica set of three members that have caught up. */
  async withThree(): Promise<MongoAdmin> {
    const admin = await this.founded();
    for (const index of [1, 2]) {
      this.start(`db-rs0-${index}`);
      await change(admin, (config) => [...config.members, member(`db-rs0-${index}`, index)]);
      this.nowMs += this.mongo.syncMs;
      await admin.status();
    }
    return this.replset("rs0", ["db-rs0-0", "db-rs0-1", "db-rs0-2"]);
  }

  #nextUid(): string {
    this.#uid += 1;
    return `uid-${this.#uid}`;
  }
}

/** Reconfigures with other members and the next version. */
export async function change(
  admin: MongoAdmin,
  members: (config: ReplsetConfig) => readonly MemberConfig[],
): Promise<void> {
  const config = await admin.getConfig();
  await admin.reconfig({ ...config, version: config.version + 1, members: members(config) });
}

/** State texts by pod. */
export async function states(admin: MongoAdmin): Promise<Readonly<Record<string, string>>> {
  const { members } = await admin.status();
  return Object.fromEntries(members.map(({ host, stateText }) => [host.split(".")[0], stateText]));
}
