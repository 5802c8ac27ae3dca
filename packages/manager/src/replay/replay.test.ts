// SPDX-License-Identifier: Apache-2.0
// A recorded pass is made again byte by byte, anywhere, and tells no secret (stage 5: reconcile).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  configMaps,
  expand,
  Reconciler,
  requeueAfter,
  secrets,
  type ReconcileRequest,
  type Result,
  type Secret,
} from "@haversack/core";
import { withApiObjects } from "@haversack/api-objects";
import { withSecondaryIndex } from "@haversack/secondary-index";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import { withWatches } from "@haversack/watches";
import {
  applyConfig,
  database,
  databaseDefinition,
  DatabaseReconciler,
  databases,
  LogBook,
  type Database,
} from "../../test/databases.js";
import { Manager } from "../manager.js";
import type { PassRecording } from "./pass-recording.js";
import { redactRecording } from "./redact-recording.js";
import { replayPass } from "./replay-pass.js";

const key = { namespace: "default", name: "db" };

/** Copies a Secret's password into a ConfigMap and counts what it has. */
class Copying extends expand(
  Reconciler.of(databases),
  withApiObjects({ fieldManager: "copying" }),
  withSecondaryIndex({ kinds: { configMaps } }),
  withWatches({ owns: [configMaps] }),
) {
  readonly #suffix: string;

  constructor(suffix = "") {
    super();
    this.#suffix = suffix;
  }

  override async reconcile({ primary }: ReconcileRequest<Database>): Promise<Result> {
    const secret = await this.objects.mustGet(secrets, key);
    const owned = this.secondaries.of(primary).configMaps.length;
    const data = {
      password: atob(secret.data?.["password"] ?? "") + this.#suffix,
      owned: String(owned),
      members: String(primary.spec.members),
    };
    await this.objects.apply(configMaps, { metadata: key, data }, { owner: primary });
    return requeueAfter(60_000);
  }
}

describe("record and replay", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  let manager: Manager | undefined;

  beforeEach(async () => {
    clock = new FakeClock();
    cluster = await startCluster({ clock });
    await cluster.apply(databaseDefinition);
    const secret: Secret = { metadata: key, stringData: { password: "planted-password" } };
    await cluster.apply({ apiVersion: "v1", kind: "Secret", ...secret });
    await cluster.apply(database("db", 3));
  });

  afterEach(async () => {
    await manager?.stop();
    await cluster.close();
  });

  async function recorded(reconciler: object): Promise<PassRecording> {
    const own = { client: cluster.client, clock, logger: new LogBook(), signals: false } as const;
    manager = await new Manager({ ...own, access: "off" }).add(reconciler).start();
    await cluster.settle();
    await cluster.apply(database("db", 5));
    const recording = manager.record("database", key);
    await clock.advance(5_000); // One that fails is recorded with its next try.
    return recording;
  }

  it("makes the same requests to the byte and comes to the same outcome", async () => {
    const recording = await recorded(new Copying());
    expect(recording.exchanges.length).toBeGreaterThan(0);
    expect(recording.outcome).toEqual({ result: { kind: "requeue", afterMs: 60_000 } });
    const read = JSON.parse(JSON.stringify(recording)) as PassRecording;
    const replay = await replayPass(new Copying(), read);
    expect(replay.differences).toEqual([]);
    expect(replay.isSame).toBe(true);
  });

  it("tells which request differs after the code has changed", async () => {
    const recording = await recorded(new Copying());
    const { isSame, differences } = await replayPass(new Copying("!"), recording);
    expect(isSame).toBe(false);
    expect(differences.join()).toContain("/api/v1/namespaces/default/configmaps/db");
  });

  it("holds no value of a Secret, in no form", async () => {
    const text = JSON.stringify(await recorded(new Copying()));
    for (const form of ["planted-password", btoa("planted-password"), "planted"])
      expect(text).not.toContain(form);
    expect(text).toContain("redacted-1");
    expect(text.length).toBeLessThan(20_000);
  });

  it("records failures and answers that refuse", async () => {
    await cluster.remove(secrets, key);
    const recording = await recorded(new Copying());
    expect(recording.outcome).toEqual({ error: { code: "EXP_NOT_FOUND", name: "NotFoundError" } });
    expect(recording.exchanges[0]).toMatchObject({ method: "GET", status: 404 });
    expect((await replayPass(new Copying(), recording)).isSame).toBe(true);
  });

  it("replays what only reads the caches", async () => {
    const recording = await recorded(new DatabaseReconciler(applyConfig));
    const replay = await replayPass(new DatabaseReconciler(applyConfig), recording);
    expect(replay.differences).toEqual([]);
  });

  it("refuses another format, and what is no reconciler", async () => {
    const recording = await recorded(new Copying());
    const other = { ...recording, format: "haversack-pass/2" as "haversack-pass/1" };
    await expect(replayPass(new Copying(), other)).rejects.toThrow("haversack-pass/2");
    await expect(replayPass({}, recording)).rejects.toThrow("no reconciler");
    expect(() => manager?.record("nobody", key)).toThrow('no reconciler is named "nobody"');
  });
});

describe("redactRecording()", () => {
  it("replaces equal values by equal words, short ones where they stand, and keeps hostile names", () => {
    const secret = (data: object) => ({ apiVersion: "v1", kind: "Secret", data });
    const given = {
      one: secret({ a: btoa("long-value"), b: btoa("x"), ["__proto__x"]: btoa("long-value") }),
      text: "it was long-value and x",
      metadata: JSON.parse('{"__proto__": "long-value"}') as object,
    };
    const redacted = redactRecording(given);
    expect(redacted.one).toEqual(
      secret({ a: btoa("redacted-1"), b: btoa("redacted-2"), ["__proto__x"]: btoa("redacted-1") }),
    );
    expect(redacted.text).toBe("it was redacted-1 and x");
    expect(Object.keys(redacted.metadata)).toEqual(["__proto__"]);
  });
});
