// SPDX-License-Identifier: Apache-2.0
// This replica among the others: alone, elected, or one of a ring (stage 5: reconcile).
import type { ApiClient, Clock, Logger, Metrics } from "@haversack/core";
import { toTimes } from "../leader/election-options.js";
import { Elector } from "../leader/elector.js";
import { LeaseStore } from "../leader/lease-store.js";
import type { Fence } from "../leader/term.js";
import type { ManagerOptions } from "../manager-options.js";
import { Ring } from "../sharding/ring.js";
import { ShardedPasses } from "../sharding/sharded-passes.js";
import { replicaIdentity } from "./replica-identity.js";

/** How a replica comes to act. */
export interface Standing {
  /** Resolves with the right to act. */
  permission(): Promise<Fence>;
  start(): void;
  /** Gives the right back. Never rejects. */
  stop(): Promise<void>;
  /** How it stands, for people. */
  describe(): string;
  readonly isActing: boolean;
  /** Annotations on what it stands by, such as a pause of everything. */
  annotations(): Readonly<Record<string, string>>;
  /** Set where primaries are spread over replicas. */
  readonly shards: ShardedPasses | undefined;
}

/** What a standing is made from. */
export interface StandingParts {
  readonly options: ManagerOptions;
  readonly name: string;
  readonly namespace: string;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
}

/** Makes the standing that the options ask for. @throws ConfigurationError for impossible times. */
export function makeStanding(parts: StandingParts): Standing {
  const { sharding = false, leaderElection = false } = parts.options;
  if (sharding !== false) return shardedStanding(parts);
  return leaderElection === false ? aloneStanding() : electedStanding(parts);
}

/** One who is alone may always act. */
export function aloneStanding(): Standing {
  const fence: Fence = {
    signal: new AbortController().signal,
    untilMs: Infinity,
    ensure: () => Promise.resolve(),
  };
  return {
    permission: () => Promise.resolve(fence),
    start: () => undefined,
    stop: () => Promise.resolve(),
    describe: () => "alone",
    isActing: true,
    annotations: () => ({}),
    shards: undefined,
  };
}

function electedStanding({ options, client, ...parts }: StandingParts): Standing {
  const election = typeof options.leaderElection === "object" ? options.leaderElection : {};
  const times = toTimes(election);
  const { name = parts.name, namespace = parts.namespace } = election;
  const { identity = replicaIdentity() } = election;
  const store = new LeaseStore(client, { namespace, name }, times.renewDeadlineMs / 2);
  const { clock, logger, metrics, random } = parts;
  const elector = new Elector({ store, identity, times, clock, logger, metrics, random });
  return {
    permission: () => elector.whenLeading(),
    start: () => elector.start(),
    stop: () => elector.stop(),
    describe() {
      if (elector.term !== undefined) return "leading";
      const { holder, problem } = elector;
      if (problem !== undefined) return `standing by (${problem})`;
      return holder === "" ? "standing by" : `standing by, ${holder} leads`;
    },
    get isActing() {
      return elector.term !== undefined;
    },
    annotations: () => elector.annotations,
    shards: undefined,
  };
}

function shardedStanding({ options, client, ...parts }: StandingParts): Standing {
  const sharding = typeof options.sharding === "object" ? options.sharding : {};
  const { name = parts.name, namespace = parts.namespace, slots = 32 } = sharding;
  const { identity = replicaIdentity() } = sharding;
  const { clock, logger, metrics, random } = parts;
  const times = toTimes(sharding);
  let shards: ShardedPasses | undefined;
  const ring = new Ring({
    ...{ client, name, namespace, identity, slots, times, clock, logger, metrics, random },
    onTake: (taken) => shards?.taken(taken),
  });
  shards = new ShardedPasses(ring);
  return {
    permission: () => ring.whenMember(),
    start: () => ring.start(),
    stop: () => ring.stop(),
    describe() {
      if (ring.term !== undefined) return `in the ring with ${ring.slots.length} slots`;
      const { problem } = ring;
      return problem === undefined ? "not in the ring" : `not in the ring (${problem})`;
    },
    get isActing() {
      return ring.term !== undefined;
    },
    annotations: () => ring.annotations,
    shards,
  };
}
