// SPDX-License-Identifier: Apache-2.0
// Status writes against the embedded API server: conditions of others, times, no-ops (stage 6).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { NotFoundError, type Condition, type Kind } from "@haversack/core";
import { startEmbedded, type EmbeddedRig, type Process } from "./embedded-rig.js";
import { database, databases, defineDatabases, legacies, type Database } from "./databases.js";

let rig: EmbeddedRig;
let primary: Database;
beforeEach(async () => {
  rig = await startEmbedded();
  await defineDatabases(rig);
});
afterEach(() => rig.close());

const ready = (status: "True" | "False", message = ""): Condition => ({
  type: "Ready",
  status,
  reason: status === "True" ? "AllUp" : "Waiting",
  message,
});

async function start(kind: Kind<Database>): Promise<Process> {
  const process = rig.process();
  ({ object: primary } = await rig
    .process({ fieldManager: "user" })
    .objects.apply(kind, database()));
  rig.requests();
  return process;
}

function live(kind: Kind<Database>): Database {
  return rig.server.get(`${kind.plural}.${kind.group}`, "prod", "db") as unknown as Database;
}

function conditionTypes(kind: Kind<Database>): readonly string[] {
  return (live(kind).status?.conditions ?? []).map((each) => each.type).sort();
}

describe("applyStatus() on a server", () => {
  it("writes a status once and then nothing, until it differs", async () => {
    const { objects } = await start(databases);
    const status = { phase: "Creating", conditions: [ready("False")] };
    expect((await objects.applyStatus(databases, primary, status)).outcome).toBe("updated");
    expect(rig.requests()).toEqual(["apply databases.example.com/status"]);
    rig.clock.nowMs += 60_000;
    const again = { phase: "Creating", conditions: [ready("False")] };
    expect(await objects.applyStatus(databases, primary, again)).toMatchObject({
      outcome: "unchanged",
      requests: 0,
    });
    await objects.applyStatus(databases, primary, { ...again, ready: 1 });
    expect(live(databases).status).toMatchObject({ phase: "Creating", ready: 1 });
    expect(live(databases).spec).toMatchObject({ size: 3 });
  });

  it("changes lastTransitionTime exactly when the status of the condition changes", async () => {
    const { objects } = await start(databases);
    const times: (string | undefined)[] = [];
    for (const condition of [ready("False"), ready("False", "2 of 3"), ready("True")]) {
      await objects.applyStatus(databases, primary, { conditions: [condition] });
      times.push(live(databases).status?.conditions?.[0]?.lastTransitionTime);
      rig.clock.nowMs += 60_000;
    }
    expect(times).toEqual(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:02:00Z"]);
  });

  it("removes what it no longer declares", async () => {
    const { objects } = await start(databases);
    await objects.applyStatus(databases, primary, { phase: "Ready", ready: 3 });
    await objects.applyStatus(databases, primary, { phase: "Ready" });
    expect(live(databases).status).toEqual({ phase: "Ready" });
  });

  it("does not touch the spec or labels, nor lose a spec changed meanwhile", async () => {
    const { objects } = await start(databases);
    const other = rig.process({ fieldManager: "user" }).objects;
    await other.apply(databases, { ...database(), spec: { size: 5 } });
    const { object } = await objects.applyStatus(databases, primary, { phase: "Ready" });
    expect(object.spec).toMatchObject({ size: 5 });
    expect(object.status).toMatchObject({ phase: "Ready" });
  });

  it("says so when the object is gone", async () => {
    const { objects } = await start(databases);
    await rig.process().objects.delete(databases, primary);
    const attempt = objects.applyStatus(databases, primary, { phase: "Ready" });
    await expect(attempt).rejects.toThrow(NotFoundError);
  });

  it("sends nothing without a cache either, as long as the object it is given is the newest", async () => {
    await start(databases);
    const { objects } = rig.process({ cached: false });
    await objects.applyStatus(databases, primary, { phase: "Ready" });
    rig.requests();
    await objects.applyStatus(databases, primary, { phase: "Ready" });
    expect(rig.requests()).toEqual([]);
  });

  it("takes one GET after a restart and writes nothing", async () => {
    const status = { phase: "Ready", conditions: [ready("True")] };
    await (await start(databases)).objects.applyStatus(databases, primary, status);
    const { objects } = rig.process();
    rig.requests();
    await objects.applyStatus(databases, primary, status);
    await objects.applyStatus(databases, primary, status);
    expect(rig.requests()).toEqual(["get databases.example.com"]);
  });
});

describe.each([
  ["merged by type", databases],
  ["replaced as one list", legacies],
])("conditions that are %s", (_title, kind) => {
  async function withForeign(): Promise<Process> {
    const process = await start(kind);
    const foreign = { type: "Backup", status: "True", reason: "Done", message: "" } as const;
    const other = rig.process({ fieldManager: "backup" }).objects;
    await other.applyStatus(kind, primary, { conditions: [foreign] });
    rig.requests();
    return process;
  }

  it("keep those of others, at one GET per kind", async () => {
    const { objects } = await withForeign();
    await objects.applyStatus(kind, primary, { conditions: [ready("False")] });
    await objects.applyStatus(kind, primary, { conditions: [ready("True")] });
    expect(conditionTypes(kind)).toEqual(["Backup", "Ready"]);
    const seen = rig.requests();
    expect(seen.filter((line) => line.startsWith("get"))).toHaveLength(1);
    await objects.applyStatus(kind, primary, { conditions: [ready("True")] });
    expect(rig.requests()).toEqual([]);
  });

  it("lose those that we no longer declare, and only those", async () => {
    const { objects } = await withForeign();
    const progressing = { ...ready("True"), type: "Progressing" };
    await objects.applyStatus(kind, primary, { conditions: [ready("False"), progressing] });
    await objects.applyStatus(kind, primary, { conditions: [ready("False")] });
    expect(conditionTypes(kind)).toEqual(["Backup", "Ready"]);
  });
});
