// SPDX-License-Identifier: Apache-2.0
// That nothing is left behind: what came and went costs no memory (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import {
  byFunction,
  byPrimaryField,
  OwnWrites,
  ownedBy,
  podDisruptionBudgets,
  secrets,
  services,
  silentLogger,
  statefulSets,
} from "@haversack/core";
import {
  added,
  changed,
  database,
  databases,
  deleted,
  modified,
  ownerOf,
  secondary,
  type Database,
} from "../test/objects.js";
import { ownedThrough, planSources } from "./declaration.js";
import { RelationGraph } from "./relation-graph.js";
import { Snapshots } from "./snapshot.js";
import type { SecondarySource } from "./secondary-source.js";

function setUp() {
  const plans = planSources({
    kinds: {
      services: {
        kind: services,
        by: [
          ownedBy("any"),
          byFunction("all", (_, c) => [...c.primaries()].map(({ metadata }) => metadata)),
        ],
      },
      statefulSets,
      budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") },
      users: {
        kind: secrets,
        by: byPrimaryField<Database>("spec.users", ({ spec }) => spec?.users ?? []),
      },
    },
  });
  const graph = new RelationGraph({
    primaryKind: databases,
    plans,
    primaryNamespaces: undefined,
    logger: () => silentLogger,
    isHeard: () => false,
    onChanged: () => undefined,
  });
  const [first, second, third, fourth] = graph.sources;
  return {
    graph,
    services: first as SecondarySource,
    sets: second as SecondarySource,
    budgets: third as SecondarySource,
    users: fourth as SecondarySource,
  };
}

/** Everything the graph remembers, besides its declarations. */
function remembered(graph: RelationGraph): number {
  const sources = [...graph.sources, graph.primaries];
  const entries = sources.reduce(
    (sum, { entries: { size }, overlay }) => sum + size + overlay.size,
    0,
  );
  const relations = graph.sources
    .flatMap((source) => graph.relationsOf(source))
    .reduce(
      (sum, { namedBy, waiting, waitsFor, readers }) =>
        sum + namedBy.size + waiting.size + waitsFor.size + readers.size,
      0,
    );
  return entries + relations + graph.nodes.size;
}

describe("RelationGraph", () => {
  it("remembers nothing of what came, moved and went", () => {
    const { graph, services: source, sets, budgets, users } = setUp();
    const ownWrites = new OwnWrites();
    const following = graph.follow(ownWrites);
    const primary = database("one", "u1", ["s", "t"]);
    const service = secondary("a", { owners: [ownerOf("one", "u1"), ownerOf("two", "u2")] });
    const set = secondary("set", { owners: [ownerOf("one", "u1")] });
    const owner = ownerOf("set", "uid-set", { apiVersion: "apps/v1", kind: "StatefulSet" });
    const budget = secondary("pdb", { owners: [owner] });
    const secret = secondary("s");
    graph.apply(graph.primaries, added(primary));
    for (const [target, object] of [
      [source, service],
      [sets, set],
      [budgets, budget],
      [users, secret],
    ] as const) {
      graph.apply(target, added(object));
    }
    new Snapshots(graph).of(graph.nodes.get("prod", "one"), "u1");
    expect(remembered(graph)).toBeGreaterThan(8);
    const moved = changed(service, { ownerReferences: [ownerOf("three", "u3")] });
    graph.apply(source, modified(moved));
    expect(graph.nodes.get("prod", "two")).toBeUndefined();
    ownWrites.record({ kind: services, stored: changed(moved) });
    graph.apply(source, modified(changed(moved)));
    graph.apply(source, deleted(changed(moved)));
    graph.apply(sets, deleted(set));
    graph.apply(budgets, deleted(budget));
    graph.apply(users, deleted(secret));
    graph.apply(graph.primaries, deleted(primary));
    expect(remembered(graph)).toBe(0);
    following.unsubscribe();
  });

  it("keeps a large bucket in order, and small, while its entries come and go", () => {
    const { graph, services: source } = setUp();
    const name = (at: number) => `s${String((at * 7919) % 1000).padStart(4, "0")}`;
    const owned = (at: number, version: string) =>
      secondary(name(at), { uid: String(at), version, owners: [ownerOf("one", "u1")] });
    for (let at = 0; at < 1000; at += 1) graph.apply(source, added(owned(at, "1")));
    for (let at = 0; at < 990; at += 1) graph.apply(source, deleted(owned(at, "2")));
    graph.apply(source, added(owned(5, "3")));
    const node = graph.nodes.get("prod", "one");
    expect(node?.buckets[0]?.entries.length).toBeLessThan(100);
    const names = node?.sorted(0).map((entry) => entry.name) ?? [];
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(11);
    expect(new Set(names).size).toBe(11);
  });

  it("does not count twice what left and came back before anybody looked", () => {
    const { graph, services: source } = setUp();
    const object = secondary("a", { owners: [ownerOf("one", "u1")] });
    graph.apply(source, added(object));
    graph.apply(source, added(secondary("b", { owners: [ownerOf("one", "u1")] })));
    graph.apply(source, modified(changed(object, { ownerReferences: [] })));
    graph.apply(
      source,
      modified(changed(changed(object), { ownerReferences: [ownerOf("one", "u1")] })),
    );
    expect(
      graph.nodes
        .get("prod", "one")
        ?.sorted(0)
        .map(({ name }) => name),
    ).toEqual(["a", "b"]);
  });
});
