// SPDX-License-Identifier: Apache-2.0
// Backup agents that are simulated: jobs with one lock, driven by pods and by time; no data (under every stage of a test).
import { attempt } from "../mongo/attempt.js";
import { CallFaults } from "../mongo/mongo-faults.js";
import { processesIn, type SimulatedWorld } from "../mongo/mongod-processes.js";
import {
  AgentError,
  type AgentCall,
  type AgentJob,
  type AgentPlace,
  type BackupAgent,
  type BackupDriver,
  type BackupOrder,
  type RestoreOrder,
} from "./backup-agent.js";
import { agentsOf, SimulatedJob, type AgentPod, type JobPlan } from "./simulated-job.js";

/** Options of {@link AgentSimulator}. */
export interface AgentSimulatorOptions {
  readonly world: SimulatedWorld;
  readonly clock: { now(): number };
  /** From the order until data flows. Default 1 s. */
  readonly startMs?: number;
  /** How long data flows. Default 8 s. */
  readonly durationMs?: number;
}

/** A backup in a storage; it outlives its cluster. */
interface StoredBackup {
  readonly storage: string;
  readonly replsets: readonly string[];
}

/**
 * The agents of all clusters, and the storage that they share.
 *
 * They refuse what Percona Backup for MongoDB refuses: a second job, a restore while routers run, a
 * restore of what is not there. A job whose pod goes away fails: that is what a rollout in the middle
 * of a backup does.
 *
 * **API requests:** 0.
 */
export class AgentSimulator implements BackupDriver {
  readonly faults = new CallFaults<AgentCall | "connect">();
  /** Every order that was carried out, in order. */
  readonly orders: string[] = [];
  /** Counts changes, so that a test can tell rest from motion. */
  changes = 0;
  startMs: number;
  durationMs: number;
  readonly #world: SimulatedWorld;
  readonly #clock: { now(): number };
  readonly #jobs = new Map<string, SimulatedJob[]>();
  readonly #storage = new Map<string, Map<string, StoredBackup>>();

  constructor({ world, clock, startMs = 1000, durationMs = 8000 }: AgentSimulatorOptions) {
    this.#world = world;
    this.#clock = clock;
    this.startMs = startMs;
    this.durationMs = durationMs;
  }

  connect(place: AgentPlace): Promise<BackupAgent> {
    return attempt(() => {
      this.faults.pass("connect");
      return new SimulatedAgent(this, place);
    });
  }

  /** Whether a job runs, so that time alone will change something. */
  get isInMotion(): boolean {
    return [...this.#jobs.keys()].some((key) => this.#current(key) !== undefined);
  }

  /** Names of the backups in a namespace's storage, sorted. */
  stored(namespace: string): readonly string[] {
    return [...(this.#storage.get(namespace)?.keys() ?? [])].sort();
  }

  /** All jobs of a cluster, oldest first. */
  jobs(place: AgentPlace): readonly AgentJob[] {
    const key = keyOf(place);
    this.#current(key);
    return (this.#jobs.get(key) ?? []).map((job) => job.told());
  }

  /** What runs in a cluster now. @internal */
  current(place: AgentPlace): AgentJob | undefined {
    return this.#current(keyOf(place))?.told();
  }

  /** @internal */
  find(place: AgentPlace, kind: AgentJob["kind"], name: string): AgentJob | undefined {
    return this.jobs(place).find((job) => job.kind === kind && job.name === name);
  }

  /** @internal */
  startBackup(place: AgentPlace, order: BackupOrder): void {
    if (this.find(place, "backup", order.name) !== undefined) return;
    const agents = this.#mustBeFree(place);
    const { name, storage } = order;
    this.#begin(place, { kind: "backup", name, storage, agents, source: undefined });
  }

  /** @internal */
  startRestore(place: AgentPlace, order: RestoreOrder): void {
    if (this.find(place, "restore", order.name) !== undefined) return;
    const agents = this.#mustBeFree(place);
    if (this.#storage.get(place.namespace)?.has(order.backup) !== true)
      throw new AgentError("NotFound", `the storage has no backup ${order.backup}`);
    if (this.#routersOf(place) > 0)
      throw new AgentError("Busy", "routers are running; data cannot be put back under them");
    const { name, storage, backup } = order;
    this.#begin(place, { kind: "restore", name, storage, agents, source: backup });
  }

  /** @internal */
  cancel(place: AgentPlace, name: string): void {
    const job = this.#current(keyOf(place));
    if (job?.name !== name || job.kind !== "backup") return;
    job.end("cancelled", this.#clock.now(), "cancelled by the operator");
    this.#changed(`cancel ${name}`);
  }

  /** @internal */
  deleteBackup(place: AgentPlace, name: string): void {
    const job = this.#current(keyOf(place));
    if (job !== undefined && (job.name === name || job.source === name))
      throw new AgentError("Busy", `backup ${name} is in use by ${job.kind} ${job.name}`);
    if (this.#storage.get(place.namespace)?.delete(name) === true) this.#changed(`delete ${name}`);
  }

  /** @throws {@link AgentError} when no agent of the cluster runs. @internal */
  agents(place: AgentPlace): readonly AgentPod[] {
    const agents = agentsOf(this.#world.pods(place.namespace), place.cluster);
    if (!agents.some(({ isUp }) => isUp))
      throw new AgentError("Unreachable", `no backup agent of ${place.cluster} answers`);
    return agents;
  }

  #begin(place: AgentPlace, job: Omit<JobPlan, "startMs" | "dataMs" | "endMs">): void {
    const startMs = this.#clock.now();
    const dataMs = startMs + this.startMs;
    const endMs = dataMs + this.durationMs;
    const made = new SimulatedJob({ ...job, startMs, dataMs, endMs });
    const key = keyOf(place);
    this.#jobs.set(key, [...(this.#jobs.get(key) ?? []), made]);
    this.#changed(`${job.kind} ${job.name}`);
  }

  #mustBeFree(place: AgentPlace): readonly AgentPod[] {
    const agents = this.agents(place);
    const job = this.#current(keyOf(place));
    if (job !== undefined) throw new AgentError("Busy", `${job.kind} ${job.name} is running`);
    const idle = agents.find(({ isUp }) => !isUp);
    if (idle !== undefined)
      throw new AgentError("Unreachable", `the backup agent in pod ${idle.pod} does not answer`);
    return agents;
  }

  /** The running job of a cluster, after taking in time and pods. */
  #current(key: string): SimulatedJob | undefined {
    const job = this.#jobs.get(key)?.at(-1);
    if (job === undefined || !job.isRunning) return undefined;
    const [namespace = "", cluster = ""] = key.split("/");
    const before = job.state;
    job.observe(this.#clock.now(), agentsOf(this.#world.pods(namespace), cluster));
    if (job.state === "done" && job.kind === "backup") this.#store(namespace, job);
    if (job.state !== before) this.changes += 1;
    return job.isRunning ? job : undefined;
  }

  #store(namespace: string, { name, storage, replsets }: SimulatedJob): void {
    const backups = this.#storage.get(namespace) ?? new Map<string, StoredBackup>();
    this.#storage.set(namespace, backups.set(name, { storage, replsets }));
  }

  #routersOf({ namespace, cluster }: AgentPlace): number {
    const processes = [...processesIn(this.#world, namespace).values()];
    return processes.filter((it) => it.cluster === cluster && it.component === "mongos").length;
  }

  #changed(order: string): void {
    this.orders.push(order);
    this.changes += 1;
  }
}

/** A {@link BackupAgent} of the simulator. */
class SimulatedAgent implements BackupAgent {
  readonly #simulator: AgentSimulator;
  readonly #place: AgentPlace;

  constructor(simulator: AgentSimulator, place: AgentPlace) {
    this.#simulator = simulator;
    this.#place = place;
  }

  currentJob(): Promise<AgentJob | undefined> {
    return this.#ask("currentJob", () => this.#simulator.current(this.#place));
  }

  startBackup(order: BackupOrder): Promise<void> {
    return this.#ask("startBackup", () => this.#simulator.startBackup(this.#place, order));
  }

  backup(name: string): Promise<AgentJob | undefined> {
    return this.#ask("backup", () => this.#simulator.find(this.#place, "backup", name));
  }

  cancelBackup(name: string): Promise<void> {
    return this.#ask("cancelBackup", () => this.#simulator.cancel(this.#place, name));
  }

  /** The storage is reached without the cluster, which may be gone by now. */
  deleteBackup(name: string): Promise<void> {
    return this.#call("deleteBackup", () => this.#simulator.deleteBackup(this.#place, name));
  }

  startRestore(order: RestoreOrder): Promise<void> {
    return this.#ask("startRestore", () => this.#simulator.startRestore(this.#place, order));
  }

  restore(name: string): Promise<AgentJob | undefined> {
    return this.#ask("restore", () => this.#simulator.find(this.#place, "restore", name));
  }

  #ask<T>(call: AgentCall, act: () => T): Promise<T> {
    return this.#call(call, () => {
      this.#simulator.agents(this.#place);
      return act();
    });
  }

  #call<T>(call: AgentCall, act: () => T): Promise<T> {
    return attempt(() => {
      this.#simulator.faults.pass(call);
      const answer = act();
      this.#simulator.faults.answered();
      return answer;
    });
  }
}

function keyOf({ namespace, cluster }: AgentPlace): string {
  return `${namespace}/${cluster}`;
}
