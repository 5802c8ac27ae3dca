// SPDX-License-Identifier: Apache-2.0
// A simulated replica set: configuration, users, the state of each member, elections (under every stage of a test).
import { checkConfig, checkReconfig } from "./config-rules.js";
import { SimulatedUsers } from "./simulated-users.js";
import {
  memberState,
  type MemberConfig,
  type MongoShard,
  type MongoStatus,
  type ReplsetConfig,
} from "./mongo-admin.js";
import type { MongoProcess } from "./mongod-processes.js";
import { MongoError } from "./mongo-error.js";

interface MemberRuntime {
  podUid: string | undefined;
  dataId: string | undefined;
  state: number;
  /** When it has caught up with the others. */
  readyAtMs: number;
  /** It stands for no election before. */
  passiveUntilMs: number;
  /** It has copied the data once; before, its vote does not count ("newlyAdded"). */
  hasJoined: boolean;
}

/** What a replica set looks at when time has passed. */
export interface Moment {
  readonly nowMs: number;
  /** How long a member without data copies it from the others. */
  readonly syncMs: number;
  processOf(host: string): MongoProcess | undefined;
}

/** The state of one replica set. It is the data of its members, so it outlives their pods. */
export class SimulatedReplset {
  readonly users = new SimulatedUsers();
  /** Of a config server: the shards, by name. */
  readonly shards = new Map<string, MongoShard & { isDraining: boolean }>();
  isBalancerOn = true;
  defaultWriteConcern: string | undefined;
  config: ReplsetConfig;
  /** Host of the primary. */
  primary: string | undefined;
  /** Counts changes, so that a test can tell rest from motion. */
  changes = 0;
  readonly #members = new Map<string, MemberRuntime>();
  readonly #dataIds = new Set<string>();

  constructor(config: ReplsetConfig, founder: MongoProcess) {
    checkConfig(config);
    this.config = config;
    this.#dataIds.add(founder.dataId);
  }

  /** Whether this data is a member's of this set. */
  holds(dataId: string): boolean {
    return this.#dataIds.has(dataId);
  }

  /** Members that copy data. */
  get isInMotion(): boolean {
    return [...this.#members.values()].some(({ state }) => state === memberState.startup2);
  }

  /** Takes in what happened to the pods, and elects. */
  observe(moment: Moment): void {
    const hosts = new Set(this.config.members.map(({ host }) => host));
    for (const host of [...this.#members.keys()]) if (!hosts.has(host)) this.#members.delete(host);
    for (const member of this.config.members) this.#observeMember(member, moment);
    if (this.primary !== undefined && this.#stateOf(this.primary) === memberState.down)
      this.#lead(undefined);
    this.#elect(moment.nowMs);
    for (const { host } of this.config.members) this.#catchUp(host, moment);
    this.#elect(moment.nowMs);
  }

  reconfigure(next: ReplsetConfig, moment: Moment): void {
    checkReconfig(next, {
      current: this.config,
      primaryHost: this.primary ?? "",
      hasDefaultWriteConcern: this.defaultWriteConcern !== undefined,
      isReachable: (host) => moment.processOf(host)?.isUp === true,
    });
    this.config = next;
    this.changes += 1;
    this.observe(moment);
  }

  /** @throws {@link MongoError} ExceededTimeLimit when nobody could take over. */
  stepDown(seconds: number, nowMs: number): void {
    const old = this.primary;
    if (old === undefined) throw new MongoError("NotWritablePrimary", "there is no primary");
    if (this.#candidate(nowMs) === undefined)
      throw new MongoError("ExceededTimeLimit", "no electable secondary has caught up");
    this.#runtime(old).passiveUntilMs = nowMs + seconds * 1000;
    this.#lead(undefined);
    this.#elect(nowMs);
  }

  freeze(host: string, seconds: number, nowMs: number): void {
    if (this.#stateOf(host) !== memberState.secondary)
      throw new MongoError("NotSecondary", `${host} is no secondary`);
    this.#runtime(host).passiveUntilMs = nowMs + seconds * 1000;
  }

  status(): MongoStatus {
    const members = this.config.members.map(({ id, host }) => {
      const state = this.#stateOf(host);
      return { id, host, state, stateText: stateText(state) };
    });
    return { set: this.config.name, members };
  }

  #observeMember({ host }: MemberConfig, { nowMs, syncMs, processOf }: Moment): void {
    const process = processOf(host);
    const runtime = this.#runtime(host);
    if (process?.isUp !== true) return this.#become(host, memberState.down);
    if (runtime.podUid === process.podUid && runtime.state !== memberState.down) return;
    const wasPrimary = this.primary === host && runtime.podUid !== process.podUid;
    if (wasPrimary) this.#lead(undefined);
    const hasData = this.#dataIds.has(process.dataId);
    runtime.podUid = process.podUid;
    runtime.dataId = process.dataId;
    runtime.readyAtMs = hasData ? nowMs : nowMs + syncMs;
    this.#become(host, memberState.startup2);
    // A member that has its data is back at once; a primary comes back too late for the election.
    if (hasData && !wasPrimary) this.#settleState(host);
  }

  #catchUp(host: string, { nowMs }: Moment): void {
    const runtime = this.#runtime(host);
    if (runtime.state !== memberState.startup2 || runtime.readyAtMs > nowMs) return;
    const isArbiter = this.#configOf(host)?.arbiterOnly === true;
    const { dataId = "" } = runtime;
    // There must be somebody to copy from.
    const needsSource = !isArbiter && !this.#dataIds.has(dataId);
    if (needsSource && this.primary === undefined) return;
    this.#dataIds.add(dataId);
    this.#settleState(host);
  }

  #settleState(host: string): void {
    this.#runtime(host).hasJoined = true;
    const isArbiter = this.#configOf(host)?.arbiterOnly === true;
    this.#become(host, isArbiter ? memberState.arbiter : memberState.secondary);
  }

  /** Keeps the primary as long as a majority of the votes is there, and finds a new one. */
  #elect(nowMs: number): void {
    const voters = this.config.members.filter(
      ({ votes, host }) => votes > 0 && this.#runtime(host).hasJoined,
    );
    const present = voters.filter(({ host }) => isPresent(this.#stateOf(host)));
    if (present.length * 2 <= voters.length) return this.#lead(undefined);
    if (this.primary !== undefined) return;
    this.#lead(this.#candidate(nowMs)?.host);
  }

  #candidate(nowMs: number): MemberConfig | undefined {
    return this.config.members
      .filter(({ host, priority }) => {
        const { state, passiveUntilMs } = this.#runtime(host);
        return priority > 0 && state === memberState.secondary && passiveUntilMs <= nowMs;
      })
      .sort((left, right) => right.priority - left.priority || left.id - right.id)[0];
  }

  #lead(host: string | undefined): void {
    if (this.primary === host) return;
    const old = this.primary;
    this.primary = host;
    if (old !== undefined && this.#stateOf(old) === memberState.primary)
      this.#become(old, memberState.secondary);
    if (host !== undefined) this.#become(host, memberState.primary);
    this.changes += 1;
  }

  #become(host: string, state: number): void {
    const runtime = this.#runtime(host);
    if (runtime.state === state) return;
    runtime.state = state;
    this.changes += 1;
  }

  #stateOf(host: string): number {
    return this.#runtime(host).state;
  }

  #configOf(host: string): MemberConfig | undefined {
    return this.config.members.find((member) => member.host === host);
  }

  #runtime(host: string): MemberRuntime {
    const known = this.#members.get(host);
    if (known !== undefined) return known;
    const fresh: MemberRuntime = {
      podUid: undefined,
      dataId: undefined,
      state: memberState.startup,
      readyAtMs: 0,
      passiveUntilMs: 0,
      hasJoined: false,
    };
    this.#members.set(host, fresh);
    return fresh;
  }
}

function isPresent(state: number): boolean {
  return (
    state === memberState.primary ||
    state === memberState.secondary ||
    state === memberState.arbiter
  );
}

function stateText(state: number): string {
  const entry = Object.entries(memberState).find(([, number]) => number === state);
  return (entry?.[0] ?? "unknown").toUpperCase();
}
