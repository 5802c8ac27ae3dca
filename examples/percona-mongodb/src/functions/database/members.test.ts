// SPDX-License-Identifier: Apache-2.0
// F10: who votes (after the original's table, TestVoting), and which change comes next.
import { describe, expect, it } from "@jest/globals";
import { hostOf, member } from "../../../test/mongo-world.js";
import { named, plainReplset, primaryWith } from "../../../test/primaries.js";
import type { Cluster, Replset } from "../../cluster.js";
import { defaultCluster } from "../../defaults.js";
import type { Manifest } from "../../json.js";
import type { MemberConfig, ReplsetConfig } from "../../mongo/mongo-admin.js";
import type { ReplsetSpec } from "../../types.js";
import { nextChange, wantedMembers, withVotes, type WantedMember } from "./members.js";

const many = (kind: string, count: number): readonly string[] =>
  Array.from({ length: count }, () => kind);

describe("withVotes() (F10)", () => {
  const voter = "1/2";
  const none = "0/0";
  const arbiter = "1/0";
  it.each<[string, readonly string[], readonly string[]]>([
    ["nobody", [], []],
    ["3 members", many("mongod", 3), [voter, voter, voter]],
    ["2 members: the last has no vote", many("mongod", 2), [voter, none]],
    ["2 members and an arbiter", ["mongod", "mongod", "arbiter"], [voter, voter, arbiter]],
    ["an arbiter before 2 members", ["arbiter", "mongod", "mongod"], [arbiter, voter, voter]],
    ["9 members: 7 may vote", many("mongod", 9), [...many(voter, 7), none, none]],
    ["8 members", many("mongod", 8), [...many(voter, 7), none]],
    [
      "8 members and an arbiter, whose vote counts first",
      [...many("mongod", 8), "arbiter"],
      [...many(voter, 6), none, none, arbiter],
    ],
    [
      "3 members and an arbiter: a member loses its vote, not the arbiter",
      [...many("mongod", 3), "arbiter"],
      [voter, voter, none, arbiter],
    ],
    ["one member and an arbiter: somebody must lead", ["mongod", "arbiter"], [voter, arbiter]],
    [
      "nonvoting members, which never vote",
      [...many("mongod", 3), ...many("nonVoting", 2)],
      [voter, voter, voter, none, none],
    ],
    [
      "hidden members, which vote and are never elected",
      [...many("mongod", 3), ...many("hidden", 2)],
      [voter, voter, voter, "1/0", "1/0"],
    ],
    [
      "one hidden member more than an odd number",
      [...many("mongod", 3), "hidden"],
      [voter, voter, voter, none],
    ],
  ])("gives votes and priorities to %s", (_what, members, shapes) => {
    expect(withVotes(members).map(({ votes, priority }) => `${votes}/${priority}`)).toEqual(shapes);
  });

  it("keeps an even number where the user takes the risk", () => {
    const shapes = withVotes([...many("mongod", 3), "arbiter"], true);
    expect(shapes.every(({ votes }) => votes === 1)).toBe(true);
  });
});

function replsetOf(spec: Partial<ReplsetSpec>): { cluster: Cluster; replset: Replset } {
  const cluster = defaultCluster(primaryWith({ replsets: [{ ...plainReplset, ...spec }] }));
  const [replset] = cluster.replsets;
  if (replset === undefined) throw new Error("there is no replica set");
  return { cluster, replset };
}

function pods(...names: readonly string[]): readonly Manifest[] {
  return names.map((name) => ({ ...named("Pod", name), spec: { nodeName: `node-of-${name}` } }));
}

describe("wantedMembers() (F10)", () => {
  it("describes a pod's member as the original does", () => {
    const { cluster, replset } = replsetOf({});
    expect(wantedMembers(cluster, replset, pods("db-rs0-0"))[0]).toEqual({
      host: "db-rs0-0.db-rs0.prod.svc.cluster.local:27017",
      arbiterOnly: false,
      hidden: false,
      votes: 1,
      priority: 2,
      tags: { nodeName: "node-of-db-rs0-0", podName: "db-rs0-0", serviceName: "db" },
    });
  });

  it("keeps a pod that restarts, and one beyond the size until it is gone", () => {
    const { cluster, replset } = replsetOf({});
    const hosts = (names: readonly string[]): readonly (string | undefined)[] =>
      wantedMembers(cluster, replset, pods(...names)).map(({ host }) => host.split(".")[0]);
    expect(hosts(["db-rs0-0", "db-rs0-2"])).toEqual(["db-rs0-0", "db-rs0-1", "db-rs0-2"]);
    expect(hosts(["db-rs0-0", "db-rs0-3"])).toEqual([
      ...["db-rs0-0", "db-rs0-1", "db-rs0-2", "db-rs0-3"],
    ]);
  });

  it("counts pods as numbers: pod 10 comes behind pod 9", () => {
    const { cluster, replset } = replsetOf({ size: 11 });
    const hosts = wantedMembers(cluster, replset, []).map(({ host }) => host.split(".")[0]);
    expect(hosts.slice(-2)).toEqual(["db-rs0-9", "db-rs0-10"]);
  });

  it("does not take the pods of another set for its own", () => {
    const { cluster, replset } = replsetOf({});
    const other = pods("db-rs0-arbiter-0", "db-rs01-7", "db-rs0-x");
    expect(wantedMembers(cluster, replset, other)).toHaveLength(3);
  });
});

describe("nextChange() (F10)", () => {
  const primary = hostOf("db-rs0-0");
  const current = (...members: readonly MemberConfig[]): ReplsetConfig => ({
    name: "rs0",
    version: 7,
    configsvr: false,
    members,
  });
  const wanted = (...members: readonly MemberConfig[]): readonly WantedMember[] =>
    members.map(({ id, ...rest }) => rest);
  const [a, b, c] = [0, 1, 2].map((index) => member(`db-rs0-${index}`, index)) as [
    MemberConfig,
    MemberConfig,
    MemberConfig,
  ];
  const everybody = new Set([a, b, c].map(({ host }) => host));

  it("adds one member at a time, with the next version and a new id", () => {
    const change = nextChange(current(a), wanted(a, b, c), everybody, primary);
    expect(change).toMatchObject({ kind: "reconfig", config: { version: 8, members: [a, b] } });
  });

  it("adds nobody whose pod is not ready", () => {
    expect(nextChange(current(a), wanted(a, b), new Set([a.host]), primary)).toEqual({
      kind: "none",
    });
  });

  it("never gives an id twice, not even that of a member that left", () => {
    const change = nextChange(current(a, { ...c, id: 9 }), wanted(a, b, c), everybody, primary);
    expect(change).toMatchObject({ config: { members: [{ id: 0 }, { id: 9 }, { id: 10 }] } });
  });

  it("removes before it adds, and the primary only after it has handed over", () => {
    expect(nextChange(current(a, b), wanted(a, c), everybody, primary)).toMatchObject({
      config: { members: [a] },
    });
    expect(nextChange(current(a, b), wanted(b), everybody, primary)).toEqual({
      kind: "stepDown",
      host: primary,
    });
  });

  it("gives a vote before the only one that can be elected steps down", () => {
    const silent = { ...b, votes: 0, priority: 0 };
    expect(nextChange(current(a, silent), wanted(b), everybody, primary)).toMatchObject({
      config: { members: [a, b] },
    });
  });

  it("changes tags without touching votes", () => {
    const moved = { ...b, tags: { nodeName: "elsewhere" } };
    expect(nextChange(current(a, b), wanted(a, moved), everybody, primary)).toMatchObject({
      what: "change tags",
      config: { members: [a, moved] },
    });
  });

  it("keeps the tags of a member whose pod is away", () => {
    const { tags, ...away } = b;
    expect(nextChange(current(a, b), [...wanted(a), away], everybody, primary).kind).toBe("none");
  });
});
