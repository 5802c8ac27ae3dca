// SPDX-License-Identifier: Apache-2.0
// One simulated job: it ends in time, or with the pod that runs it (under every stage of a test).
import type { Manifest } from "../json.js";
import { configReplsetName } from "../names.js";
import type { AgentJob, AgentJobState } from "./backup-agent.js";

/** A pod with a backup agent in it. */
export interface AgentPod {
  readonly pod: string;
  /** Another one after every restart. */
  readonly uid: string;
  readonly replset: string;
  readonly isUp: boolean;
}

/** The agents of a cluster, read off its pods. **API requests:** 0. */
export function agentsOf(pods: readonly Manifest[], cluster: string): readonly AgentPod[] {
  return pods.flatMap((pod) => {
    const { name, uid = "", labels = {}, deletionTimestamp } = pod.metadata;
    if (labels["app.kubernetes.io/instance"] !== cluster || !hasAgent(pod)) return [];
    const isUp = deletionTimestamp === undefined && hasReadyContainers(pod);
    const replset = labels["app.kubernetes.io/replset"] ?? configReplsetName;
    return [{ pod: name, uid, replset, isUp }];
  });
}

function hasAgent({ spec }: Manifest): boolean {
  const containers = (spec?.["containers"] ?? []) as unknown as readonly { name: string }[];
  return containers.some(({ name }) => name === "backup-agent");
}

function hasReadyContainers({ status }: Manifest): boolean {
  const conditions = (status?.["conditions"] ?? []) as unknown as readonly {
    type: string;
    status: string;
  }[];
  return conditions.some(({ type, status: is }) => type === "ContainersReady" && is === "True");
}

/** What a job is made of. */
export interface JobPlan {
  readonly kind: AgentJob["kind"];
  readonly name: string;
  readonly storage: string;
  readonly agents: readonly AgentPod[];
  /** The backup that a restore reads. */
  readonly source: string | undefined;
  readonly startMs: number;
  /** When data begins to flow, and when it has. */
  readonly dataMs: number;
  readonly endMs: number;
}

/** A backup or a restore on its way. */
export class SimulatedJob {
  readonly kind: AgentJob["kind"];
  readonly name: string;
  readonly storage: string;
  readonly replsets: readonly string[];
  state: AgentJobState = "starting";
  readonly source: string | undefined;
  readonly #plan: JobPlan;
  #error: string | undefined;
  #endMs: number | undefined;

  constructor(plan: JobPlan) {
    const { kind, name, storage, agents, source } = plan;
    this.#plan = plan;
    this.kind = kind;
    this.name = name;
    this.storage = storage;
    this.source = source;
    this.replsets = [...new Set(agents.map(({ replset }) => replset))].sort();
  }

  get isRunning(): boolean {
    return this.state === "starting" || this.state === "running";
  }

  /** Takes in what happened to the agents and how late it is. */
  observe(nowMs: number, agents: readonly AgentPod[]): void {
    const { dataMs, endMs } = this.#plan;
    const lost = this.#plan.agents.find(
      ({ uid }) => !agents.some((agent) => agent.uid === uid && agent.isUp),
    );
    if (lost !== undefined)
      return this.end("error", nowMs, `the backup agent in pod ${lost.pod} was lost`);
    if (nowMs >= endMs) return this.end("done", endMs);
    if (nowMs >= dataMs) this.state = "running";
  }

  end(state: AgentJobState, nowMs: number, error?: string): void {
    this.state = state;
    this.#endMs = nowMs;
    this.#error = error;
  }

  told(): AgentJob {
    const { kind, name, state, replsets } = this;
    return {
      kind,
      name,
      state,
      replsets,
      startMs: this.#plan.startMs,
      ...(this.#endMs === undefined ? {} : { endMs: this.#endMs }),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }
}
