// SPDX-License-Identifier: Apache-2.0
// F12: what the status says of every state, and that it stays the same when nothing changes.
import { describe, expect, it } from "@jest/globals";
import { named, plainReplset, primaryWith, seeing, shardedWith } from "../../../test/primaries.js";
import { defaultCluster } from "../../defaults.js";
import type { JsonObject, Manifest, TextMap } from "../../json.js";
import { mongosLabels, replsetLabels } from "../../names.js";
import type { Psmdb, PsmdbStatus } from "../../types.js";
import type { Notes } from "../notes.js";
import { clusterStatus, errorStatus, type TimedStatus } from "./status.js";

const first = Date.parse("2026-01-01T00:00:00.000Z");
const later = Date.parse("2026-01-02T00:00:00.000Z");

function set(name: string, replicas: number, more: Record<string, number> = {}): Manifest {
  const status = { observedGeneration: 1, replicas, updatedReplicas: replicas, ...more };
  const labels = replsetLabels("db", name);
  return {
    ...named("StatefulSet", `db-${name}`),
    metadata: { name: `db-${name}`, labels, generation: 1 },
    status,
  };
}

function pods(replset: string, ready: number, away = 0): readonly Manifest[] {
  const labels = replset === "mongos" ? mongosLabels("db") : replsetLabels("db", replset);
  return Array.from({ length: ready + away }, (_, index) =>
    pod(`db-${replset}-${index}`, labels, [
      { type: "ContainersReady", status: index < ready ? "True" : "False" },
    ]),
  );
}

function pod(name: string, labels: TextMap, conditions: readonly JsonObject[]): Manifest {
  return { ...named("Pod", name, labels), status: { conditions } };
}

function healthy(...replsets: readonly string[]): Notes {
  const note = { initialized: true, isHealthy: true, members: {} };
  return { replsets: Object.fromEntries(replsets.map((name) => [name, note])) };
}

function timedStatusOf(
  primary: Psmdb,
  objects: readonly Manifest[],
  notes: Notes = healthy("rs0", "cfg"),
  nowMs = first,
  waits: readonly string[] = [],
): TimedStatus {
  return clusterStatus(primary, defaultCluster(primary), seeing(objects), { waits, notes, nowMs });
}

function statusOf(...given: Parameters<typeof timedStatusOf>): PsmdbStatus {
  return timedStatusOf(...given).status;
}

const whole = [set("rs0", 3), ...pods("rs0", 3)];

describe("clusterStatus() (F12)", () => {
  it("is ready when every pod is ready, every member in its place, and nothing rolls out", () => {
    expect(statusOf(primaryWith(), whole)).toMatchObject({
      state: "ready",
      host: "db-rs0.prod.svc.cluster.local",
      size: 3,
      ready: 3,
      observedGeneration: 1,
      mongoImage: "mongod:8",
      replsets: { rs0: { size: 3, ready: 3, status: "ready", initialized: true } },
    });
  });

  it.each<[string, readonly Manifest[], Notes]>([
    ["a pod is not ready", [set("rs0", 3), ...pods("rs0", 2, 1)], healthy("rs0")],
    [
      "a pod runs an old template",
      [set("rs0", 3, { updatedReplicas: 2 }), ...pods("rs0", 3)],
      healthy("rs0"),
    ],
    [
      "the controller has not looked yet",
      [set("rs0", 3, { observedGeneration: 0 }), ...pods("rs0", 3)],
      healthy("rs0"),
    ],
    ["there is no pod", [], healthy("rs0")],
    ["one pod is too many", [set("rs0", 3), ...pods("rs0", 4)], healthy("rs0")],
    ["MongoDB is not initiated", whole, {}],
    [
      "a member copies data",
      whole,
      { replsets: { rs0: { initialized: true, isHealthy: false, members: {} } } },
    ],
    [
      "backups cannot be taken",
      whole,
      { ...healthy("rs0"), conditions: [{ type: "PBMReady", status: "False" }] },
    ],
  ])("is initializing while %s", (_what, objects, notes) => {
    expect(statusOf(primaryWith(), objects, notes).state).toBe("initializing");
  });

  it("counts arbiters, nonvoting and hidden members", () => {
    const primary = primaryWith({
      replsets: [
        {
          ...plainReplset,
          size: 4,
          arbiter: { enabled: true, size: 1 },
          nonvoting: { enabled: true, size: 2 },
          hidden: { enabled: true, size: 1 },
        },
      ],
    });
    expect(statusOf(primary, pods("rs0", 7)).replsets?.["rs0"]).toMatchObject({
      size: 8,
      ready: 7,
      status: "initializing",
    });
  });

  it("counts routers when sharded, and waits for them", () => {
    const members = [set("rs0", 3), ...pods("rs0", 3), set("cfg", 3), ...pods("cfg", 3)];
    const status = statusOf(shardedWith(), [...members, ...pods("mongos", 2)]);
    expect(status).toMatchObject({
      state: "ready",
      size: 8,
      mongos: { size: 2, ready: 2, status: "ready" },
    });
    expect(statusOf(shardedWith(), [...members, ...pods("mongos", 1)]).state).toBe("initializing");
  });

  it("is stopping, then paused, while paused", () => {
    expect(statusOf(primaryWith({ pause: true }), pods("rs0", 1)).state).toBe("stopping");
    expect(statusOf(primaryWith({ pause: true }), []).state).toBe("paused");
  });

  it("is stopping as soon as the custom resource is to go", () => {
    const { metadata, ...rest } = primaryWith();
    const going = { ...rest, metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    expect(statusOf(going, whole).state).toBe("stopping");
  });

  describe("with a pod that finds no node", () => {
    const labels = replsetLabels("db", "rs0");
    const homeless = pod("db-rs0-2", labels, [
      {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "0/3 nodes are available",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ]);
    const objects = [set("rs0", 3), ...pods("rs0", 2), homeless];

    it("waits a minute, and looks again when it is over", () => {
      const { status, askAgainMs } = timedStatusOf(primaryWith(), objects, {}, first + 20_000);
      expect(status.state).toBe("initializing");
      expect(askAgainMs).toBe(40_000);
    });

    it("is in error then, and says why", () => {
      const { status, askAgainMs } = timedStatusOf(primaryWith(), objects, {}, first + 60_000);
      expect(status).toMatchObject({ state: "error", message: "rs0: 0/3 nodes are available" });
      expect(status.conditions?.at(-1)).toMatchObject({ type: "error", reason: "ErrorRS" });
      expect(askAgainMs).toBeUndefined();
    });
  });

  it("says what is waited for", () => {
    expect(statusOf(primaryWith(), [], {}, first, ["TLS Secret db-ssl"]).message).toBe(
      "waiting for TLS Secret db-ssl",
    );
  });

  it("is the same later when nothing changed", () => {
    const before = statusOf(primaryWith(), whole);
    expect(statusOf({ ...primaryWith(), status: before }, whole, healthy("rs0"), later)).toEqual(
      before,
    );
  });

  it("keeps what was initialized while MongoDB does not answer", () => {
    const before = statusOf(primaryWith(), whole);
    const after = statusOf({ ...primaryWith(), status: before }, whole, {});
    expect(after.replsets?.["rs0"]?.initialized).toBe(true);
  });

  it("adds a condition for a new state and keeps the others with their times", () => {
    const before = statusOf(primaryWith(), []);
    const primary = { ...primaryWith(), status: before };
    expect(statusOf(primary, whole, healthy("rs0"), later).conditions).toEqual([
      { type: "initializing", status: "True", lastTransitionTime: "2026-01-01T00:00:00.000Z" },
      { type: "ready", status: "True", lastTransitionTime: "2026-01-02T00:00:00.000Z" },
    ]);
  });

  it("tells a function's condition once it is true, and when it ceases to be", () => {
    const pending = (status: "True" | "False"): Notes => ({
      conditions: [{ type: "pendingSmartUpdate", status }],
    });
    expect(statusOf(primaryWith(), [], pending("False")).conditions).toHaveLength(1);
    const before = statusOf(primaryWith(), [], pending("True"));
    const primary = { ...primaryWith(), status: before };
    expect(statusOf(primary, [], pending("False"), later).conditions?.[1]).toEqual({
      type: "pendingSmartUpdate",
      status: "False",
      lastTransitionTime: "2026-01-02T00:00:00.000Z",
    });
  });
});

describe("errorStatus() (F12)", () => {
  it("says what to change and keeps what was reached", () => {
    const reached = statusOf(primaryWith(), whole);
    const status = errorStatus({ ...primaryWith(), status: reached }, "use an odd size", later);
    expect(status).toMatchObject({ state: "error", message: "use an odd size", ready: 3 });
    expect(status.conditions?.at(-1)).toMatchObject({ type: "error", message: "use an odd size" });
  });
});
