// SPDX-License-Identifier: Apache-2.0
// F10, members: which members a replica set should have, and the one next change that leads there (stage 5: reconcile).
import type { Cluster, Replset } from "../../cluster.js";
import type { Manifest } from "../../json.js";
import type { MemberConfig, ReplsetConfig } from "../../mongo/mongo-admin.js";

/** MongoDB takes no more voters. */
const mostVoters = 7;
/** The original's; above MongoDB's 1, so that a member added by hand is not preferred. */
const defaultPriority = 2;

/** A member as it should be; ids are MongoDB's affair, tags are known once there is a pod. */
export type WantedMember = Omit<MemberConfig, "id" | "tags"> & Partial<Pick<MemberConfig, "tags">>;

/** Host of a pod's member. */
export function memberHost(cluster: Cluster, replset: Replset, pod: string): string {
  const service = `${cluster.name}-${replset.name}`;
  return `${pod}.${service}.${cluster.namespace}.${cluster.dnsSuffix}:${replset.port}`;
}

/** Orders pods of one StatefulSet: pod 10 comes behind pod 9. */
export function byOrdinal(left: string, right: string): number {
  return ordinalOf(left) - ordinalOf(right);
}

/** The number of a StatefulSet's pod. */
export function ordinalOf(pod: string): number {
  return Number(/-(\d+)$/.exec(pod)?.[1] ?? 0);
}

/**
 * The members that a replica set should have, with votes and priorities.
 *
 * A pod within the size is a member even while it is away: it restarts. One beyond the size is a
 * member until its pod is gone. Arbiters vote first, then the others in order, up to seven votes; an
 * even number of votes loses the last one that is no arbiter's. Nonvoting members have neither vote
 * nor priority; hidden ones vote and are never elected.
 */
export function wantedMembers(
  cluster: Cluster,
  replset: Replset,
  pods: readonly Manifest[],
): readonly WantedMember[] {
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const members = replset.groups.flatMap(({ setName, size, member }) => {
    const within = Array.from({ length: size }, (_, index) => `${setName}-${index}`);
    const beyond = [...byName.keys()].filter(
      (name) => isOfSet(name, setName) && ordinalOf(name) >= size,
    );
    return [...within, ...beyond.sort(byOrdinal)].map((name) => ({ name, member }));
  });
  const shapes = withVotes(
    members.map(({ member }) => member),
    replset.allowsEvenVotes,
  );
  return members.map(({ name, member }, index) => {
    const pod = byName.get(name);
    const shape = shapes[index] ?? { votes: 0, priority: 0 };
    return {
      host: memberHost(cluster, replset, name),
      arbiterOnly: member === "arbiter",
      hidden: member === "hidden",
      ...shape,
      ...(pod === undefined ? {} : { tags: tagsOf(cluster, pod, member) }),
    };
  });
}

/** Votes and priorities of members, in order. */
export function withVotes(
  members: readonly string[],
  allowsEvenVotes = false,
): readonly { readonly votes: number; readonly priority: number }[] {
  const arbiters = members.filter((member) => member === "arbiter").length;
  let left = mostVoters - Math.min(arbiters, mostVoters);
  const shapes = members.map((member) => {
    if (member === "arbiter") return { votes: 1, priority: 0 };
    if (member === "nonVoting" || left === 0) return { votes: 0, priority: 0 };
    left -= 1;
    return { votes: 1, priority: member === "hidden" ? 0 : defaultPriority };
  });
  const votes = shapes.reduce((sum, shape) => sum + shape.votes, 0);
  if (votes % 2 !== 0 || votes === 0 || allowsEvenVotes) return shapes;
  const electable = shapes.filter(({ priority }) => priority > 0).length;
  const last = shapes.findLastIndex(
    (shape, index) =>
      shape.votes > 0 &&
      members[index] !== "arbiter" &&
      // Somebody has to become the primary: one member and an arbiter both vote.
      (shape.priority === 0 || electable > 1),
  );
  return shapes.map((shape, index) => (index === last ? { votes: 0, priority: 0 } : shape));
}

/** Whether a pod belongs to a StatefulSet, by its name. */
export function isOfSet(pod: string, setName: string): boolean {
  return pod.startsWith(`${setName}-`) && /^\d+$/.test(pod.slice(setName.length + 1));
}

function tagsOf(
  cluster: Cluster,
  { metadata, spec }: Manifest,
  member: string,
): MemberConfig["tags"] {
  if (member === "arbiter") return {};
  const nodeName = spec?.["nodeName"];
  return {
    ...(typeof nodeName === "string" ? { nodeName } : {}),
    podName: metadata.name,
    serviceName: cluster.name,
    ...(member === "nonVoting" ? { nonVoting: "true" } : {}),
  };
}

/** One change of a configuration, or what has to happen before it can be made. */
export type NextChange =
  | { readonly kind: "none" }
  | { readonly kind: "reconfig"; readonly config: ReplsetConfig; readonly what: string }
  /** The primary is to go: it has to hand over first. */
  | { readonly kind: "stepDown"; readonly host: string };

/**
 * The next change on the way to the wanted members: never more than one vote at a time.
 *
 * First members go that are not wanted, then votes that are lost, then new members come, then votes
 * that are won: so there are never more than seven.
 *
 * @param joinable Hosts that may be added now: their pods are ready.
 */
export function nextChange(
  config: ReplsetConfig,
  wanted: readonly WantedMember[],
  joinable: ReadonlySet<string>,
  primary: string,
): NextChange {
  const byHost = new Map(wanted.map((member) => [member.host, member]));
  const gone = config.members.filter(({ host }) => !byHost.has(host));
  const removable = gone.find(({ host }) => host !== primary);
  if (removable !== undefined) {
    const members = config.members.filter(({ host }) => host !== removable.host);
    return changed(config, members, `remove ${removable.host}`);
  }
  const gains = (member: MemberConfig): number =>
    (byHost.get(member.host)?.votes ?? member.votes) - member.votes;
  const different = config.members.filter((member) => !hasShape(member, byHost.get(member.host)));
  const newcomer = wanted.find(
    ({ host }) => joinable.has(host) && !config.members.some((member) => member.host === host),
  );
  const loser = different.find((member) => gains(member) <= 0);
  const winner = different.find((member) => gains(member) > 0);
  if (loser !== undefined && loser.host !== primary) return reshape(config, loser.host, byHost);
  if (newcomer !== undefined) {
    const id = Math.max(-1, ...config.members.map((member) => member.id)) + 1;
    const member = { tags: {}, ...newcomer, id };
    return changed(config, [...config.members, member], `add ${newcomer.host}`);
  }
  if (winner !== undefined) return reshape(config, winner.host, byHost);
  // The primary hands over before it goes or becomes passive; by now somebody else can be elected.
  if (gone.length > 0 || loser !== undefined) return { kind: "stepDown", host: primary };
  const tagged = config.members.map((member) => ({
    ...member,
    tags: byHost.get(member.host)?.tags ?? member.tags,
  }));
  return isSame(tagged, config.members) ? { kind: "none" } : changed(config, tagged, "change tags");
}

function reshape(
  config: ReplsetConfig,
  host: string,
  byHost: ReadonlyMap<string, WantedMember>,
): NextChange {
  const wanted = byHost.get(host);
  const members = config.members.map((member) =>
    member.host === host && wanted !== undefined
      ? { ...member, votes: wanted.votes, priority: wanted.priority, hidden: wanted.hidden }
      : member,
  );
  return changed(config, members, `change the vote of ${host}`);
}

function changed(
  config: ReplsetConfig,
  members: readonly MemberConfig[],
  what: string,
): NextChange {
  return { kind: "reconfig", config: { ...config, version: config.version + 1, members }, what };
}

function hasShape(member: MemberConfig, wanted: WantedMember | undefined): boolean {
  return (
    wanted === undefined ||
    (member.votes === wanted.votes &&
      member.priority === wanted.priority &&
      member.hidden === wanted.hidden)
  );
}

/** Tags are built in one order on both sides, or are the very same. */
function isSame(left: readonly MemberConfig[], right: readonly MemberConfig[]): boolean {
  const text = (members: readonly MemberConfig[]): string =>
    JSON.stringify(members.map(({ tags }) => Object.entries(tags).sort()));
  return text(left) === text(right);
}
