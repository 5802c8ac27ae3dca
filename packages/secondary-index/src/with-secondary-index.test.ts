// SPDX-License-Identifier: Apache-2.0
// The pack on a reconciler: fed by informers and own writes, started and stopped (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import {
  applyOnce,
  byPrimaryField,
  expand,
  IndexNotReadyError,
  OwnWrites,
  Reconciler,
  secrets,
  services,
  silentLogger,
  startReconciler,
  systemClock,
  withPrimary,
  type ApiClient,
  type ApiObjects,
  type Constructor,
  type Environment,
  type ObjectsApi,
} from "@haversack/core";
import {
  added,
  backups,
  database,
  databases,
  deleted,
  modified,
  namesIn,
  ownerOf,
  secondary,
  type Database,
} from "../test/objects.js";
import { ScriptedInformers } from "../test/scripted-informers.js";
import { withSecondaryIndex } from "./index.js";

function withObjects() {
  return <TBase extends Constructor>(Base: TBase): TBase & Constructor<ApiObjects> =>
    applyOnce("test-objects", Base as Constructor, (Target: Constructor) => {
      abstract class WithObjects extends Target implements ApiObjects {
        readonly objects = {} as ObjectsApi;
      }
      return WithObjects;
    }) as TBase & Constructor<ApiObjects>;
}

class DatabaseReconciler extends expand(
  Reconciler.of(databases),
  withObjects(),
  withSecondaryIndex({
    kinds: {
      services,
      users: {
        kind: secrets,
        by: byPrimaryField<Database>("spec.users", ({ spec }) => spec?.users ?? []),
        retain: "refs",
      },
    },
    namespaces: ["prod"],
  }),
) {
  override async reconcile(): Promise<void> {}
}

const client: ApiClient = {
  server: "https://127.0.0.1",
  request: () => Promise.reject(new Error("no request is expected")),
  stream: () => Promise.reject(new Error("no request is expected")),
  close: () => Promise.resolve(),
};
const primary = database("one", "u1", ["s"]);
const service = secondary("a", { owners: [ownerOf("one", "u1")] });

function start(reconciler: object, informers?: ScriptedInformers) {
  const environment: Environment = {
    client,
    clock: systemClock,
    logger: silentLogger,
    ...(informers === undefined ? {} : { informers }),
  };
  return startReconciler(reconciler, environment);
}

function sync(informers: ScriptedInformers): void {
  for (const informer of informers.all) informer.sync("100");
}

describe("withSecondaryIndex()", () => {
  it("is ready when every declared kind and the primaries have had a complete list", async () => {
    const informers = new ScriptedInformers();
    const reconciler = new DatabaseReconciler();
    const running = start(reconciler, informers);
    informers.the(services).push(added(service, { isInitial: true }));
    informers.the(services).sync("100");
    expect(() => reconciler.secondaries.of(primary)).toThrow(IndexNotReadyError);
    informers.the(secrets).sync("100");
    informers.the(databases).push(added(primary, { isInitial: true }));
    informers.the(databases).sync("100");
    await running.ready;
    expect(namesIn(reconciler.secondaries.of(primary).services)).toEqual(["a"]);
    await running.stop();
  });

  it("asks informers for just what is declared, and shares those of the same wish", () => {
    const informers = new ScriptedInformers();
    start(new DatabaseReconciler(), informers);
    start(new DatabaseReconciler(), informers);
    expect(informers.all.map(({ kind, holders }) => [kind.kind, holders])).toEqual([
      ["Service", 2],
      ["Secret", 2],
      ["Database", 2],
    ]);
    const { wantedBy, ...options } = informers.the(secrets).options;
    expect(options).toEqual({ namespaces: ["prod"], projection: { keep: "metadata" } });
    expect(wantedBy).toMatch(/users/);
    expect(Object.keys(informers.the(services).options)).toEqual(["namespaces", "wantedBy"]);
  });

  it("does not watch the primaries when no relation needs them", () => {
    class Plain extends expand(
      Reconciler.of(databases),
      withObjects(),
      withSecondaryIndex({ kinds: { services } }),
    ) {
      override async reconcile(): Promise<void> {}
    }
    const informers = new ScriptedInformers();
    start(new Plain(), informers);
    expect(informers.all.map(({ kind }) => kind.kind)).toEqual(["Service"]);
  });

  it("joins the index stage, so that reconciles are queued for what it has seen", async () => {
    const informers = new ScriptedInformers();
    start(new DatabaseReconciler(), informers);
    const stages = informers.all.flatMap(({ handlers }) => [...handlers].map(({ stage }) => stage));
    expect(stages).toEqual(["index", "index", "index"]);
  });

  it("shows what the runtime's own writes say, and clears them by its events", async () => {
    const informers = new ScriptedInformers();
    const reconciler = new DatabaseReconciler();
    const { ready, runtime, stop } = start(reconciler, informers);
    sync(informers);
    await ready;
    const written = secondary("b", { version: "101", owners: [ownerOf("one", "u1")] });
    runtime.ownWrites.record({ kind: services, stored: written });
    expect(namesIn(reconciler.secondaries.of(primary).services)).toEqual(["b"]);
    informers.the(services).push(added(written));
    expect(runtime.ownWrites.size).toBe(0);
    runtime.ownWrites.record({
      kind: services,
      deleted: written.metadata,
      uid: written.metadata.uid,
      resourceVersion: "101",
    });
    expect(reconciler.secondaries.of(primary).services).toHaveLength(0);
    informers.the(services).sync("110", true);
    expect(runtime.ownWrites.size).toBe(0);
    await stop();
  });

  it("goes on with a kind that is not served, and takes it in when it appears", async () => {
    class WithBackups extends expand(
      Reconciler.of(databases),
      withObjects(),
      withSecondaryIndex({ kinds: { backups, services } }),
    ) {
      override async reconcile(): Promise<void> {}
    }
    const informers = new ScriptedInformers();
    const reconciler = new WithBackups();
    const { ready, stop } = start(reconciler, informers);
    informers.the(services).sync("100");
    informers.the(backups).report("absent");
    await ready;
    expect(reconciler.secondaries.of(primary).backups.available).toBe(false);
    informers.the(backups).report("syncing");
    const backup = secondary("b", { owners: [ownerOf("one", "u1")] });
    informers.the(backups).push(added(backup, { isInitial: true }));
    informers.the(backups).sync("120");
    expect(reconciler.secondaries.of(primary).backups).toEqual([backup]);
    expect(reconciler.secondaries.of(primary).backups.available).toBe(true);
    informers.the(backups).push(deleted(backup, { isRelist: true, synthetic: true }));
    informers.the(backups).report("absent");
    expect(reconciler.secondaries.of(primary).backups.available).toBe(false);
    await stop();
  });

  it("settles when an informer was synced before it was asked for", async () => {
    class Plain extends expand(
      Reconciler.of(databases),
      withObjects(),
      withSecondaryIndex({ kinds: { services } }),
    ) {
      override async reconcile(): Promise<void> {}
    }
    const informers = new ScriptedInformers();
    const early = informers.acquire(services);
    informers.the(services).sync("100");
    const reconciler = new Plain();
    await start(reconciler, informers).ready;
    expect(early.status.state).toBe("synced");
    expect(reconciler.secondaries.of(primary).services.synced).toBe(true);
  });

  it("gives every informer back and forgets everything when stopped, and starts again", async () => {
    const informers = new ScriptedInformers();
    const reconciler = new DatabaseReconciler();
    const first = start(reconciler, informers);
    informers.the(services).push(added(service, { isInitial: true }));
    sync(informers);
    await first.ready;
    await first.stop();
    expect(informers.all.map(({ holders, handlers }) => [holders, handlers.size])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(() => reconciler.secondaries.of(primary)).toThrow(IndexNotReadyError);
    first.runtime.ownWrites.record({ kind: services, stored: service });
    const again = new ScriptedInformers();
    const second = start(reconciler, again);
    sync(again);
    await second.ready;
    expect(reconciler.secondaries.of(primary).services).toHaveLength(0);
    await second.stop();
  });

  it("starts without informers, says so on look-up, and still fetches", async () => {
    const reconciler = new DatabaseReconciler();
    await start(reconciler).ready;
    expect(() => reconciler.secondaries.of(primary)).toThrow(/withWatches/);
  });

  it("is one layer when applied twice, and the first options hold", () => {
    const once = expand(
      Reconciler.of(databases),
      withObjects(),
      withSecondaryIndex({ kinds: { services } }),
    );
    expect(expand(once, withSecondaryIndex({ kinds: { secrets } }))).toBe(once);
  });

  it("keeps two reconcilers of one class apart", async () => {
    const informers = [new ScriptedInformers(), new ScriptedInformers()] as const;
    const [a, b] = [new DatabaseReconciler(), new DatabaseReconciler()];
    const running = [start(a, informers[0]), start(b, informers[1])];
    informers[0].the(services).push(added(service, { isInitial: true }));
    informers.forEach(sync);
    await Promise.all(running.map(({ ready }) => ready));
    expect(a.secondaries.of(primary).services).toHaveLength(1);
    expect(b.secondaries.of(primary).services).toHaveLength(0);
  });

  it("fits on an existing class with a constructor of its own", () => {
    class Existing {
      readonly url: string;
      constructor(url: string) {
        this.url = url;
      }
    }
    class Expanded extends expand(
      Existing,
      withPrimary(databases),
      withObjects(),
      withSecondaryIndex({ kinds: { services } }),
    ) {}
    const made = new Expanded("https://127.0.0.1");
    expect(made.url).toBe("https://127.0.0.1");
    expect(() => made.secondaries.of(primary)).toThrow(IndexNotReadyError);
  });

  it("has one own write overlay per cache of a kind", async () => {
    class Twice extends expand(
      Reconciler.of(databases),
      withObjects(),
      withSecondaryIndex({ kinds: { services, refs: { kind: services, retain: "refs" } } }),
    ) {
      override async reconcile(): Promise<void> {}
    }
    const informers = new ScriptedInformers();
    const reconciler = new Twice();
    const { ready, runtime, stop } = start(reconciler, informers);
    const [whole, refs] = informers.all;
    sync(informers);
    await ready;
    runtime.ownWrites.record({
      kind: services,
      stored: secondary("b", { version: "101", owners: [ownerOf("one", "u1")] }),
    });
    whole?.push(added(secondary("b", { version: "101", owners: [ownerOf("one", "u1")] })));
    expect(runtime.ownWrites.size).toBe(0);
    const found = reconciler.secondaries.of(primary);
    expect([found.services.length, found.refs.length]).toEqual([1, 1]);
    refs?.push(modified(secondary("b", { version: "102", owners: [] })));
    expect(reconciler.secondaries.of(primary).refs).toHaveLength(0);
    expect(reconciler.secondaries.of(primary).services).toHaveLength(1);
    expect(runtime.ownWrites).toBeInstanceOf(OwnWrites);
    await stop();
  });
});
