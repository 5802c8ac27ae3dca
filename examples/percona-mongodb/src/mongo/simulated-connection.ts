// SPDX-License-Identifier: Apache-2.0
// One connection to the simulated MongoDB: finds the member, checks the user, carries the command out (under tests).
// Long, because it has one method for each of 23 commands.
import { MongoError } from "./mongo-error.js";
import type {
  Hello,
  MongoAdmin,
  MongoCall,
  MongoCredentials,
  MongoEndpoint,
  MongoRole,
  MongoShard,
  MongoStatus,
  MongoUser,
  ReplsetConfig,
} from "./mongo-admin.js";
import { placeOf, type MongoProcess } from "./mongod-processes.js";
import type { SimulatedReplset } from "./simulated-replset.js";
import { attempt } from "./attempt.js";
import type { MongoSimulator } from "./simulator.js";

/** Version that the simulated servers say they have. */
const serverVersion = "8.0.8";

/** What a command is carried out on. */
interface Target {
  readonly namespace: string;
  /** The process that answers; a router's is the one of the config server's replica set. */
  readonly process: MongoProcess;
  readonly replset: SimulatedReplset | undefined;
}

/** A {@link MongoAdmin} of the simulator. @internal */
export class SimulatedConnection implements MongoAdmin {
  readonly #simulator: MongoSimulator;
  readonly #endpoint: MongoEndpoint;
  readonly #credentials: MongoCredentials | undefined;
  #isOpen = true;

  constructor(
    simulator: MongoSimulator,
    endpoint: MongoEndpoint,
    credentials: MongoCredentials | undefined,
  ) {
    this.#simulator = simulator;
    this.#endpoint = endpoint;
    this.#credentials = credentials;
  }

  /** @throws {@link MongoError} when nobody answers, or the password is wrong. */
  authenticate(): void {
    const { replset } = this.#target();
    if (this.#credentials === undefined) return;
    if (replset === undefined)
      throw new MongoError("AuthenticationFailed", "there are no users yet");
    replset.users.authenticate(this.#credentials);
  }

  ping(): Promise<void> {
    return this.#run("ping", () => undefined);
  }

  hello(): Promise<Hello> {
    return this.#run("hello", ({ process, replset }) => {
      if (replset === undefined) return { isWritablePrimary: false, isArbiter: false };
      const { primary, config } = replset;
      return {
        setName: config.name,
        isWritablePrimary: primary !== undefined && placeOf(primary).name === process.pod,
        isArbiter: process.component === "arbiter",
        ...(primary === undefined ? {} : { primary }),
      };
    });
  }

  buildInfo(): Promise<{ readonly version: string }> {
    return this.#run("buildInfo", () => ({ version: serverVersion }));
  }

  initiate(config: ReplsetConfig): Promise<void> {
    return this.#run("initiate", ({ process, replset }) => {
      if (replset !== undefined)
        throw new MongoError("AlreadyInitialized", `${process.pod} belongs to a replica set`);
      if (this.#endpoint.via !== "localhost")
        throw new MongoError("Unauthorized", "without users only localhost may initiate");
      this.#simulator.initiate(process, config);
    });
  }

  getConfig(): Promise<ReplsetConfig> {
    return this.#run("getConfig", (target) => structuredClone(must(target).config));
  }

  reconfig(config: ReplsetConfig): Promise<void> {
    return this.#write("reconfig", (replset, { namespace }) =>
      replset.reconfigure(structuredClone(config), this.#simulator.moment(namespace)),
    );
  }

  status(): Promise<MongoStatus> {
    return this.#run("status", (target) => must(target).status());
  }

  stepDown(seconds: number): Promise<void> {
    return this.#write("stepDown", (replset, { namespace }) =>
      replset.stepDown(seconds, this.#simulator.moment(namespace).nowMs),
    );
  }

  freeze(seconds: number): Promise<void> {
    return this.#run("freeze", (target) => {
      const replset = must(target);
      const host = replset.config.members.find(
        (member) => placeOf(member.host).name === target.process.pod,
      )?.host;
      const { nowMs } = this.#simulator.moment(target.namespace);
      replset.freeze(host ?? target.process.pod, seconds, nowMs);
    });
  }

  getRole(role: string): Promise<MongoRole | undefined> {
    return this.#run("getRole", (target) => must(target).users.getRole(role));
  }

  createRole(role: MongoRole): Promise<void> {
    return this.#write("createRole", ({ users }) => users.createRole(role));
  }

  updateRole(role: MongoRole): Promise<void> {
    return this.#write("updateRole", ({ users }) => users.updateRole(role));
  }

  getUser(user: string): Promise<MongoUser | undefined> {
    return this.#run("getUser", (target) => must(target).users.get(user));
  }

  createUser(user: MongoUser, password: string): Promise<void> {
    return this.#write("createUser", ({ users }) => users.create(user, password));
  }

  updateUserPassword(user: string, password: string): Promise<void> {
    return this.#write("updateUserPassword", ({ users }) => users.changePassword(user, password));
  }

  updateUserRoles(user: string, roles: readonly string[]): Promise<void> {
    return this.#write("updateUserRoles", ({ users }) => users.changeRoles(user, roles));
  }

  setDefaultRWConcern(_readConcern: string, writeConcern: string): Promise<void> {
    return this.#write("setDefaultRWConcern", (replset) => {
      replset.defaultWriteConcern = writeConcern;
    });
  }

  listShards(): Promise<readonly MongoShard[]> {
    return this.#run("listShards", (target) =>
      [...this.#routed(target).shards.values()].map(({ id, hosts }) => ({ id, hosts })),
    );
  }

  addShard(name: string, hosts: readonly string[]): Promise<void> {
    return this.#write("addShard", (config, target) => {
      this.#routed(target);
      const [host = ""] = hosts;
      const member = this.#simulator.process(target.namespace, placeOf(host).name);
      const shard = member === undefined ? undefined : this.#simulator.replsetOf(member);
      if (shard === undefined || shard.config.name !== name)
        throw new MongoError("NotYetInitialized", `${host} is no member of a replica set ${name}`);
      if (shard.primary === undefined)
        throw new MongoError("FailedToSatisfyReadPreference", `${name} has no primary`);
      if (shard.config.configsvr)
        throw new MongoError("IllegalOperation", `${name} is a config server`);
      config.shards.set(name, { id: name, hosts: [...hosts], isDraining: false });
    });
  }

  removeShard(id: string): Promise<"started" | "ongoing" | "completed"> {
    return this.#write("removeShard", ({ shards }, target) => {
      this.#routed(target);
      const shard = shards.get(id);
      if (shard === undefined) throw new MongoError("ShardNotFound", `no shard ${id}`);
      if (shards.size === 1)
        throw new MongoError("IllegalOperation", "the last shard cannot be removed");
      if (!shard.isDraining) {
        shard.isDraining = true;
        return "started";
      }
      shards.delete(id);
      return "completed";
    });
  }

  isBalancerOn(): Promise<boolean> {
    return this.#run("isBalancerOn", (target) => this.#routed(target).isBalancerOn);
  }

  startBalancer(): Promise<void> {
    return this.#balance("startBalancer", true);
  }

  stopBalancer(): Promise<void> {
    return this.#balance("stopBalancer", false);
  }

  close(): Promise<void> {
    this.#isOpen = false;
    return Promise.resolve();
  }

  #balance(call: MongoCall, isOn: boolean): Promise<void> {
    return this.#write(call, (config, target) => {
      this.#routed(target);
      config.isBalancerOn = isOn;
    });
  }

  #write<T>(call: MongoCall, act: (replset: SimulatedReplset, target: Target) => T): Promise<T> {
    return this.#run(call, (target) => {
      const replset = must(target);
      const { primary } = replset;
      if (primary === undefined)
        throw new MongoError("NotWritablePrimary", `${replset.config.name} has no primary`);
      const isDirect = this.#endpoint.via === "localhost" || this.#endpoint.via === "member";
      if (isDirect && placeOf(primary).name !== target.process.pod)
        throw new MongoError("NotWritablePrimary", `${target.process.pod} is not the primary`);
      const result = act(replset, target);
      replset.changes += 1;
      return result;
    });
  }

  #run<T>(call: MongoCall, act: (target: Target) => T): Promise<T> {
    return attempt(() => {
      if (!this.#isOpen) throw new MongoError("HostUnreachable", "the connection is closed");
      const target = this.#target();
      const { replset } = target;
      this.#simulator.sent.push({
        call,
        via: this.#endpoint.via,
        replset: replset?.config.name,
      });
      this.#simulator.faults.pass(call);
      this.#authorize(call, replset);
      const result = act(target);
      this.#simulator.faults.answered();
      return result;
    });
  }

  #authorize(call: MongoCall, replset: SimulatedReplset | undefined): void {
    if (replset === undefined) {
      if (["ping", "hello", "buildInfo", "initiate"].includes(call)) return;
      throw new MongoError("NotYetInitialized", "the member belongs to no replica set");
    }
    const isException = this.#endpoint.via === "localhost" && replset.users.isEmpty;
    if (isException && (call === "createUser" || call === "initiate")) return;
    replset.users.authorize(call, this.#credentials?.user);
  }

  /** Shards are known to routers alone. */
  #routed(target: Target): SimulatedReplset {
    if (this.#endpoint.via !== "mongos")
      throw new MongoError("IllegalOperation", "only mongos takes commands about shards");
    return must(target);
  }

  #target(): Target {
    const endpoint = this.#endpoint;
    switch (endpoint.via) {
      case "localhost":
        return this.#of(endpoint.namespace, endpoint.pod);
      case "member": {
        const { namespace, name } = placeOf(endpoint.host);
        return this.#of(namespace, name);
      }
      case "replset":
        return this.#member(endpoint.replset, endpoint.hosts);
      case "mongos":
        return this.#router(endpoint.host);
    }
  }

  #of(namespace: string, pod: string): Target {
    const process = this.#simulator.process(namespace, pod);
    if (process?.isUp !== true)
      throw new MongoError("HostUnreachable", `mongod in pod ${pod} does not answer`);
    return { namespace, process, replset: this.#simulator.replsetOf(process) };
  }

  /** The primary when there is one, else the first member that answers. */
  #member(name: string, hosts: readonly string[]): Target {
    const targets = hosts.flatMap((host): readonly Target[] => {
      const { namespace, name: pod } = placeOf(host);
      const process = this.#simulator.process(namespace, pod);
      if (process?.isUp !== true) return [];
      const replset = this.#simulator.replsetOf(process);
      return replset?.config.name === name ? [{ namespace, process, replset }] : [];
    });
    const [first] = targets;
    if (first === undefined)
      throw new MongoError("FailedToSatisfyReadPreference", `no member of ${name} answers`);
    const primary = first.replset?.primary;
    return primary === undefined ? first : this.#of(first.namespace, placeOf(primary).name);
  }

  #router(host: string): Target {
    const [router] = this.#simulator.routers(host);
    if (router === undefined) throw new MongoError("HostUnreachable", `no mongos at ${host}`);
    const config = this.#simulator
      .replsetsIn(router.namespace)
      .find(
        (replset) =>
          replset.config.configsvr &&
          replset.config.members.some(
            (member) =>
              this.#simulator.process(router.namespace, placeOf(member.host).name)?.cluster ===
              router.cluster,
          ),
      );
    if (config === undefined)
      throw new MongoError("FailedToSatisfyReadPreference", "the config server is not initiated");
    return { namespace: router.namespace, process: router, replset: config };
  }
}

function must({ replset, process }: Target): SimulatedReplset {
  if (replset !== undefined) return replset;
  throw new MongoError("NotYetInitialized", `${process.pod} belongs to no replica set`);
}
