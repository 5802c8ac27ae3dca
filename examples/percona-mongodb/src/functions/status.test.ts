// SPDX-License-Identifier: Apache-2.0
// F12: what the status says, and that it stays the same when nothing changes.
import { describe, expect, it } from "@jest/globals";
import { named, primaryWith, seeing, shardedWith } from "../../test/primaries.js";
import { defaultCluster } from "../defaults.js";
import type { Manifest } from "../json.js";
import type { Psmdb, PsmdbStatus } from "../types.js";
import { clusterStatus, errorStatus } from "./status.js";

const first = "2026-01-01T00:00:00.000Z";
const later = "2026-01-02T00:00:00.000Z";

function set(name: string, replicas: number, more: Record<string, number> = {}): Manifest {
  const status = {
    observedGeneration: 1,
    readyReplicas: replicas,
    updatedReplicas: replicas,
    ...more,
  };
  return { ...named("StatefulSet", name), metadata: { name, generation: 1 }, status };
}

function statusOf(
  primary: Psmdb,
  objects: readonly Manifest[],
  time = first,
  waits: readonly string[] = [],
): PsmdbStatus {
  return clusterStatus(primary, defaultCluster(primary), seeing(objects), { waits, time });
}

describe("clusterStatus() (F12)", () => {
  it("is ready when every pod is ready and runs the newest template", () => {
    expect(statusOf(primaryWith(), [set("db-rs0", 3)])).toMatchObject({
      state: "ready",
      host: "db-rs0.prod.svc.cluster.local",
      size: 3,
      ready: 3,
      observedGeneration: 1,
      replsets: { rs0: { size: 3, ready: 3, status: "ready" } },
    });
  });

  it.each([
    ["a pod is not ready", [set("db-rs0", 2)]],
    ["a pod runs an old template", [set("db-rs0", 3, { updatedReplicas: 2 })]],
    ["the controller has not looked yet", [set("db-rs0", 3, { observedGeneration: 0 })]],
    ["there is no StatefulSet", []],
  ])("is initializing while %s", (_what, objects) => {
    expect(statusOf(primaryWith(), objects).state).toBe("initializing");
  });

  it("counts routers and names them as the host when sharded", () => {
    const status = statusOf(shardedWith(), [
      set("db-rs0", 3),
      set("db-cfg", 3),
      set("db-mongos", 2),
    ]);
    expect(status).toMatchObject({
      state: "ready",
      size: 8,
      mongos: { size: 2, ready: 2, status: "ready" },
    });
    expect(status.host).toBe("db-mongos.prod.svc.cluster.local:27017");
  });

  it("is stopping, then paused, while paused", () => {
    expect(statusOf(primaryWith({ pause: true }), [set("db-rs0", 1)]).state).toBe("stopping");
    expect(statusOf(primaryWith({ pause: true }), [set("db-rs0", 0)]).state).toBe("paused");
  });

  it("says what is waited for", () => {
    expect(statusOf(primaryWith(), [], first, ["TLS Secret db-ssl"]).message).toBe(
      "waiting for TLS Secret db-ssl",
    );
  });

  it("is the same later when nothing changed", () => {
    const before = statusOf(primaryWith(), [set("db-rs0", 3)]);
    const primary = { ...primaryWith(), status: before };
    expect(statusOf(primary, [set("db-rs0", 3)], later)).toEqual(before);
  });

  it("adds a condition for a new state and keeps the others with their times", () => {
    const before = statusOf(primaryWith(), []);
    const after = statusOf({ ...primaryWith(), status: before }, [set("db-rs0", 3)], later);
    expect(after.conditions).toEqual([
      { type: "initializing", status: "True", lastTransitionTime: first },
      { type: "ready", status: "True", lastTransitionTime: later },
    ]);
  });
});

describe("errorStatus() (F12)", () => {
  it("says what to change and keeps what was reached", () => {
    const reached = statusOf(primaryWith(), [set("db-rs0", 3)]);
    const status = errorStatus({ ...primaryWith(), status: reached }, "use an odd size", later);
    expect(status).toMatchObject({ state: "error", message: "use an odd size", ready: 3 });
    expect(status.conditions?.at(-1)).toMatchObject({ type: "error", message: "use an odd size" });
  });
});
