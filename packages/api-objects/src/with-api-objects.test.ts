// SPDX-License-Identifier: Apache-2.0
// Tests of the mixin: any class, once, from start to stop (stage 6).
import { describe, expect, it } from "@jest/globals";
import {
  configMaps,
  ConfigurationError,
  defineKind,
  expand,
  Reconciler,
  startReconciler,
  type ReconcileRequest,
} from "@haversack/core";
import { Objects, withApiObjects } from "./index.js";
import { created, ok, ScriptedClient } from "../test/scripted-client.js";
import { applied, configMap, storedConfigMap } from "../test/samples.js";
import { CacheStub } from "../test/scripted-runtime.js";

const databases = defineKind("example.com/v1", "Database");
const pack = withApiObjects({ fieldManager: "tester" });
const managedFields = [applied("tester", { "f:data": { "f:size": {} } })];
const written = storedConfigMap("a", "10", { size: "3" }, { managedFields });

class DatabaseReconciler extends expand(Reconciler.of(databases), pack) {
  override async reconcile({ primary }: ReconcileRequest): Promise<void> {
    await this.objects.apply(configMaps, configMap("a", { size: "3" }), { owner: primary });
  }
}

describe("withApiObjects()", () => {
  it("gives a class of its own constructor its objects, and keeps its parameters", async () => {
    class Foreign {
      readonly title: string;
      constructor(title: string) {
        this.title = title;
      }
    }
    const Expanded = class extends expand(Foreign, pack) {};
    const instance = new Expanded("kept");
    const running = startReconciler(instance, { client: new ScriptedClient(ok(written)) });
    await running.ready;
    expect(instance.title).toBe("kept");
    expect(instance.objects.fieldManager).toBe("tester");
    expect(await instance.objects.get(configMaps, written.metadata)).toEqual(written);
    await running.stop();
  });

  it("is a no-op when applied twice", () => {
    const once = expand(Reconciler.of(databases), pack);
    expect(expand(once, withApiObjects({ fieldManager: "other" }))).toBe(once);
  });

  it("keeps instances apart", () => {
    const [one, two] = [new DatabaseReconciler(), new DatabaseReconciler()];
    expect(one.objects).not.toBe(two.objects);
    expect(one.objects).toBe(one.objects);
  });

  it("refuses an unusable field manager where it is written down", () => {
    expect(() => withApiObjects({ fieldManager: "" })).toThrow(ConfigurationError);
  });

  it("says so when it is used before the start or after the stop", async () => {
    const reconciler = new DatabaseReconciler();
    const read = (): Promise<unknown> => reconciler.objects.get(configMaps, written.metadata);
    await expect(read()).rejects.toThrow(ConfigurationError);
    const running = startReconciler(reconciler, { client: new ScriptedClient() });
    await running.ready;
    await running.stop();
    await expect(read()).rejects.toThrow(ConfigurationError);
  });

  it("knows the kind of owners that come without one", async () => {
    const client = new ScriptedClient(created(written));
    const informers = new CacheStub();
    informers.hold(configMaps);
    const reconciler = new DatabaseReconciler();
    const running = startReconciler(reconciler, { client, informers });
    await running.ready;
    const primary = { metadata: { name: "db", namespace: "prod", uid: "uid-db" } };
    await reconciler.reconcile({ primary } as ReconcileRequest);
    expect(client.sent[0]?.json).toMatchObject({
      metadata: { ownerReferences: [{ apiVersion: "example.com/v1", kind: "Database" }] },
    });
    await running.stop();
  });

  it("asks again after a restart, since another process may have written under its name", async () => {
    const client = new ScriptedClient(created(written), ok(written));
    const informers = new CacheStub();
    informers.hold(configMaps);
    const reconciler = new DatabaseReconciler();
    const apply = (): Promise<{ requests: number }> =>
      reconciler.objects.apply(configMaps, configMap("a", { size: "3" }));
    const first = startReconciler(reconciler, { client, informers });
    await first.ready;
    await apply();
    expect((await apply()).requests).toBe(0);
    await first.stop();
    informers.hold(configMaps, storedConfigMap("a", "10", { size: "3" }));
    await startReconciler(reconciler, { client, informers }).ready;
    expect((await apply()).requests).toBe(1);
  });
});

describe("Objects", () => {
  it("works on a client alone", async () => {
    const objects = new Objects(new ScriptedClient(ok(written)), { fieldManager: "tester" });
    expect(await objects.get(configMaps, written.metadata)).toEqual(written);
  });

  it("writes under another manager's name, one object per name", async () => {
    const client = new ScriptedClient(ok(storedConfigMap("a", "11", { size: "4" })));
    const objects = new Objects(client, { fieldManager: "tester" });
    expect(objects.as("part")).toBe(objects.as("part"));
    expect(objects.as("tester")).toBe(objects);
    await objects.as("part").mergePatch(configMaps, written, { data: { size: "4" } });
    expect(client.sent[0]?.query).toMatchObject({ fieldManager: "part" });
    expect(() => objects.as("")).toThrow(ConfigurationError);
  });
});
