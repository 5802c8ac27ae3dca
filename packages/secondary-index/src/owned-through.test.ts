// SPDX-License-Identifier: Apache-2.0
// Secondaries whose owner is itself a secondary (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import { podDisruptionBudgets, pods, services, statefulSets } from "@haversack/core";
import {
  added,
  changed,
  databaseRef,
  databases,
  deleted,
  modified,
  namesIn,
  ownerOf,
  secondary,
} from "../test/objects.js";
import { ownedThrough } from "./declaration.js";
import { SecondaryIndex } from "./secondary-index.js";

const one = databaseRef("one", "u1");
const two = databaseRef("two", "u2");
const owned = (name: string, owner = ownerOf("one", "u1")) => secondary(name, { owners: [owner] });

describe("ownedThrough()", () => {
  const setOwner = (name: string, uid = `uid-${name}`) =>
    ownerOf(name, uid, { apiVersion: "apps/v1", kind: "StatefulSet" });
  const budget = (name: string, owner: string) => secondary(name, { owners: [setOwner(owner)] });
  const throughKinds = {
    statefulSets,
    budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") },
  };
  function throughIndex() {
    const index = new SecondaryIndex({ primaryKind: databases, kinds: throughKinds });
    index.markSynced();
    return index;
  }

  it("leads through the owner to the primary, in either order of arrival", () => {
    for (const order of [0, 1]) {
      const index = throughIndex();
      const steps = [
        () => index.apply(statefulSets, added(owned("set"))),
        () => index.apply(podDisruptionBudgets, added(budget("pdb", "set"))),
      ];
      steps[order]?.();
      steps[1 - order]?.();
      expect(namesIn(index.of(one).budgets)).toEqual(["pdb"]);
      expect(index.of(databaseRef("one", "u9")).budgets).toHaveLength(0);
    }
  });

  it("moves with the owner, and goes with it", () => {
    const index = throughIndex();
    const set = owned("set");
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    index.apply(statefulSets, added(set));
    const moved = changed(set, { ownerReferences: [ownerOf("two", "u2")] });
    index.apply(statefulSets, modified(moved));
    expect(index.of(one).budgets).toHaveLength(0);
    expect(namesIn(index.of(two).budgets)).toEqual(["pdb"]);
    index.apply(statefulSets, deleted(moved));
    expect(index.of(two).budgets).toHaveLength(0);
    index.apply(statefulSets, added(changed(moved)));
    expect(index.of(two).budgets).toHaveLength(1);
  });

  it("does not take a namesake of the owner for it", () => {
    const index = throughIndex();
    index.apply(
      statefulSets,
      added(secondary("set", { uid: "other", owners: [ownerOf("one", "u1")] })),
    );
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    expect(index.of(one).budgets).toHaveLength(0);
  });

  it("keeps the snapshot when the owner changes in what does not matter", () => {
    const index = throughIndex();
    const set = owned("set");
    index.apply(statefulSets, added(set));
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    const before = index.of(one);
    index.apply(statefulSets, modified(changed(set)));
    expect(index.of(one)).not.toBe(before);
    expect(index.of(one).budgets).toBe(before.budgets);
  });

  it("leads through several owners in a row", () => {
    const index = new SecondaryIndex({
      primaryKind: databases,
      kinds: { ...throughKinds, pods: { kind: pods, by: ownedThrough("budgets") } },
    });
    index.markSynced();
    const owner = ownerOf("pdb", "uid-pdb", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
    });
    index.apply(pods, added(secondary("pod", { owners: [owner] })));
    index.apply(podDisruptionBudgets, added(budget("pdb", "set")));
    index.apply(statefulSets, added(owned("set")));
    expect(namesIn(index.of(one).pods)).toEqual(["pod"]);
    index.apply(statefulSets, deleted(owned("set")));
    expect(index.of(one).pods).toHaveLength(0);
  });

  it.each([
    ["an undeclared name", { pods: { kind: pods, by: ownedThrough("sets") } }],
    ["itself", { pods: { kind: pods, by: ownedThrough("pods") } }],
    [
      "a circle",
      {
        pods: { kind: pods, by: ownedThrough("services") },
        services: { kind: services, by: ownedThrough("pods") },
      },
    ],
  ])("refuses %s", (_title, kinds) => {
    expect(() => new SecondaryIndex({ primaryKind: databases, kinds })).toThrow(
      expect.objectContaining({ code: "EXP_CONFIGURATION" }),
    );
  });
});
