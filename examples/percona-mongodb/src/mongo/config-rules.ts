// SPDX-License-Identifier: Apache-2.0
// What MongoDB checks in a replica set's configuration; part of the simulator (stage 5: reconcile).
import type { MemberConfig, ReplsetConfig } from "./mongo-admin.js";
import { MongoError } from "./mongo-error.js";

/** Limits of MongoDB (manual, "Replica Set Configuration"). */
const mostMembers = 50;
const mostVoters = 7;
const highestPriority = 1000;

/**
 * Refuses a configuration that no replica set may have.
 *
 * @throws {@link MongoError} InvalidReplicaSetConfig.
 */
export function checkConfig({ members, configsvr }: ReplsetConfig): void {
  const refuse = (why: string): never => {
    throw new MongoError("InvalidReplicaSetConfig", why);
  };
  if (members.length === 0 || members.length > mostMembers)
    refuse(`${members.length} members; a replica set has 1 to ${mostMembers}`);
  if (new Set(members.map(({ id }) => id)).size < members.length) refuse("two members with one id");
  if (new Set(members.map(({ host }) => host)).size < members.length)
    refuse("two members with one host");
  const voters = members.filter(({ votes }) => votes > 0);
  if (voters.length === 0 || voters.length > mostVoters)
    refuse(`${voters.length} voting members; a replica set has 1 to ${mostVoters}`);
  if (members.every(({ priority }) => priority === 0)) refuse("no member can become the primary");
  for (const member of members) checkMember(member, configsvr, refuse);
}

function checkMember(
  { host, votes, priority, arbiterOnly, hidden }: MemberConfig,
  isConfigServer: boolean,
  refuse: (why: string) => never,
): void {
  if (votes !== 0 && votes !== 1) refuse(`${host} has ${votes} votes; 0 or 1 are possible`);
  if (priority < 0 || priority > highestPriority) refuse(`${host} has priority ${priority}`);
  if (arbiterOnly && priority !== 0) refuse(`the arbiter ${host} has priority ${priority}, not 0`);
  if (arbiterOnly && isConfigServer) refuse(`${host}: a config server has no arbiters`);
  if (votes === 0 && priority !== 0) refuse(`${host} does not vote and has priority ${priority}`);
  if (hidden && priority !== 0) refuse(`${host} is hidden and has priority ${priority}, not 0`);
}

/** What a change of the configuration is held against. */
export interface ReconfigContext {
  readonly current: ReplsetConfig;
  readonly primaryHost: string;
  readonly hasDefaultWriteConcern: boolean;
  isReachable(host: string): boolean;
}

/**
 * Refuses a change that MongoDB refuses: too much at a time, backwards, or without its primary.
 *
 * @throws {@link MongoError} InvalidReplicaSetConfig, NewReplicaSetConfigurationIncompatible or
 * NodeNotFound.
 */
export function checkReconfig(next: ReplsetConfig, context: ReconfigContext): void {
  const { current, primaryHost } = context;
  checkConfig(next);
  const refuse = (why: string): never => {
    throw new MongoError("NewReplicaSetConfigurationIncompatible", why);
  };
  if (next.name !== current.name) refuse(`the set is called ${current.name}, not ${next.name}`);
  if (next.configsvr !== current.configsvr) refuse("a config server stays one");
  if (next.version <= current.version)
    refuse(`version ${next.version} is not above ${current.version}`);
  const primary = next.members.find(({ host }) => host === primaryHost);
  if (primary === undefined || primary.priority === 0)
    refuse(`the primary ${primaryHost} cannot be removed or made passive. Step it down first`);
  checkIdentities(current, next, refuse);
  const changed = changedVoters(current, next);
  if (changed > 1) refuse(`${changed} voting members change; only one may at a time`);
  const before = new Set(current.members.map(({ host }) => host));
  const added = next.members.filter(({ host }) => !before.has(host));
  for (const { host, arbiterOnly } of added) {
    if (!context.isReachable(host))
      throw new MongoError("NodeNotFound", `no answer from the new member ${host}`);
    if (arbiterOnly && !context.hasDefaultWriteConcern)
      refuse(`the arbiter ${host} changes the implicit write concern. Set a default first`);
  }
}

function checkIdentities(
  current: ReplsetConfig,
  next: ReplsetConfig,
  refuse: (why: string) => never,
): void {
  for (const { host, id, arbiterOnly } of next.members) {
    const old = current.members.find((member) => member.host === host);
    if (old === undefined) continue;
    if (old.id !== id) refuse(`${host} has id ${old.id}, which cannot become ${id}`);
    if (old.arbiterOnly !== arbiterOnly) refuse(`${host} cannot become or cease to be an arbiter`);
  }
}

/** Members that get or lose a vote, those that come and go with one included. */
function changedVoters(current: ReplsetConfig, next: ReplsetConfig): number {
  const before = votersOf(current);
  const after = votersOf(next);
  const gone = [...before].filter((host) => !after.has(host));
  const come = [...after].filter((host) => !before.has(host));
  return gone.length + come.length;
}

function votersOf({ members }: ReplsetConfig): ReadonlySet<string> {
  return new Set(members.filter(({ votes }) => votes > 0).map(({ host }) => host));
}
