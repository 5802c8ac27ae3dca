// SPDX-License-Identifier: Apache-2.0
// A MongoDB that is simulated: the state that administration commands see and change, driven by pods; no data, no
// wire protocol (under every stage of a test).
import { MongoError } from "./mongo-error.js";
import type {
  MongoAdmin,
  MongoCall,
  MongoCredentials,
  MongoDriver,
  MongoEndpoint,
  ReplsetConfig,
} from "./mongo-admin.js";
import { MongoFaults } from "./mongo-faults.js";
import {
  placeOf,
  processesIn,
  type MongoProcess,
  type SimulatedWorld,
} from "./mongod-processes.js";
import { attempt } from "./attempt.js";
import { SimulatedConnection } from "./simulated-connection.js";
import { SimulatedReplset, type Moment } from "./simulated-replset.js";

/** Options of {@link MongoSimulator}. */
export interface SimulatorOptions {
  readonly world: SimulatedWorld;
  readonly clock: { now(): number };
  /** How long a new member copies data. Default 2 s. */
  readonly syncMs?: number;
}

/** A command that was sent. */
export interface SentCommand {
  readonly call: MongoCall;
  readonly via: MongoEndpoint["via"];
  /** The replica set it was for; absent as long as the member belongs to none. */
  readonly replset: string | undefined;
}

/**
 * All MongoDB processes of a cluster.
 *
 * It refuses what MongoDB refuses: commands without a user, a second change at a time, a removed
 * primary, a member that does not answer. What happened to pods is taken in with every command.
 *
 * **API requests:** 0.
 */
export class MongoSimulator implements MongoDriver {
  readonly faults = new MongoFaults();
  readonly sent: SentCommand[] = [];
  /** Connections opened. */
  dials = 0;
  /** How long a new member copies data; longer is a slow network. */
  syncMs: number;
  readonly #world: SimulatedWorld;
  readonly #clock: { now(): number };
  readonly #replsets = new Map<string, SimulatedReplset[]>();

  constructor({ world, clock, syncMs = 2000 }: SimulatorOptions) {
    this.#world = world;
    this.#clock = clock;
    this.syncMs = syncMs;
  }

  connect(endpoint: MongoEndpoint, credentials?: MongoCredentials): Promise<MongoAdmin> {
    return attempt(() => {
      this.dials += 1;
      this.faults.pass("connect");
      const connection = new SimulatedConnection(this, endpoint, credentials);
      connection.authenticate();
      return connection;
    });
  }

  /** Counts changes in all replica sets of a namespace, after taking in its pods. */
  changes(namespace: string): number {
    return this.replsetsIn(namespace).reduce((sum, replset) => sum + replset.changes, 0);
  }

  /** Whether a member copies data, so that time alone will change something. */
  isInMotion(namespace: string): boolean {
    return this.replsetsIn(namespace).some((replset) => replset.isInMotion);
  }

  /** The replica set of this name in a cluster, as a test wants to see it. */
  replset(namespace: string, cluster: string, name: string): SimulatedReplset | undefined {
    const service = `${cluster}-${name}`;
    return this.replsetsIn(namespace).find(
      ({ config }) =>
        config.name === name && config.members.some(({ host }) => host.includes(`.${service}.`)),
    );
  }

  /** All replica sets of a namespace, up to date. @internal */
  replsetsIn(namespace: string): readonly SimulatedReplset[] {
    const all = this.#replsets.get(namespace) ?? [];
    const moment = this.moment(namespace);
    for (const replset of all) replset.observe(moment);
    return all;
  }

  /** What is true now. @internal */
  moment(namespace: string): Moment {
    const processes = processesIn(this.#world, namespace);
    return {
      nowMs: this.#clock.now(),
      syncMs: this.syncMs,
      processOf: (host) => processes.get(placeOf(host).name),
    };
  }

  /** The process of a pod. @internal */
  process(namespace: string, pod: string): MongoProcess | undefined {
    return processesIn(this.#world, namespace).get(pod);
  }

  /** Running routers behind a Service, or the one in a pod. @internal */
  routers(host: string): readonly MongoProcess[] {
    const { namespace, name } = placeOf(host);
    return [...processesIn(this.#world, namespace).values()].filter(
      ({ pod, component, isUp }) =>
        isUp && component === "mongos" && (pod === name || pod.startsWith(`${name}-`)),
    );
  }

  /** The replica set that this process holds data of, or that has told it so. @internal */
  replsetOf({ namespace, dataId, pod }: MongoProcess): SimulatedReplset | undefined {
    const all = this.replsetsIn(namespace);
    const invited = (replset: SimulatedReplset): boolean =>
      replset.primary !== undefined && isMember(replset, pod);
    return all.find((replset) => replset.holds(dataId)) ?? all.find(invited);
  }

  /** Makes a replica set of one process. @internal */
  initiate(founder: MongoProcess, config: ReplsetConfig): SimulatedReplset {
    const replset = new SimulatedReplset(config, founder);
    const moment = this.moment(founder.namespace);
    const [only, second] = config.members;
    if (second !== undefined || only === undefined)
      throw new MongoError("InvalidReplicaSetConfig", "a set is initiated with one member");
    if (moment.processOf(only.host)?.pod !== founder.pod)
      throw new MongoError("InvalidReplicaSetConfig", `${only.host} is not ${founder.pod}`);
    // A set whose members have all lost their data is nobody's any more.
    const others = this.#replsets.get(founder.namespace) ?? [];
    const living = others.filter((other) => !isMember(other, founder.pod));
    this.#replsets.set(founder.namespace, [...living, replset]);
    replset.changes += 1;
    replset.observe(moment);
    return replset;
  }
}

function isMember({ config }: SimulatedReplset, pod: string): boolean {
  return config.members.some(({ host }) => placeOf(host).name === pod);
}
