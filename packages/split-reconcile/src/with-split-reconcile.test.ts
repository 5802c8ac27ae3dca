// SPDX-License-Identifier: Apache-2.0
// The mixin: supplies reconcile, keeps an existing one as a part, passes on what is gone (stage 5).
import { describe, expect, it } from "@jest/globals";
import {
  ConfigurationError,
  configMaps,
  expand,
  Reconciler,
  refOf,
  secrets,
  silentLogger,
  startReconciler,
  type ApiObjects,
  type Constructor,
  type ObjectsApi,
  type ReconcileRequest,
  type ResourceRef,
} from "@haversack/core";
import { db, dbs, HandClock, key, named, noting, Rig, type Db, type Sub } from "../test/rig.js";
import { withSplitReconcile } from "./index.js";

/** The objects API of a small cluster, as a pack. */
function withObjects(objects: ObjectsApi): (Base: Constructor) => Constructor<ApiObjects> {
  return (Base) => {
    abstract class WithObjects extends Base implements ApiObjects {
      readonly objects = objects;
    }
    return WithObjects;
  };
}

const request = (spec: Db["spec"]): ReconcileRequest<Db> => {
  const primary = { ...db(spec), metadata: { ...key, uid: "u1" } };
  const { signal } = new AbortController();
  return { ref: refOf(dbs, primary), primary, signal, attempt: 0, reasons: [] };
};

/** Starts a reconciler as core does, on nothing. */
const start = (reconciler: object): Promise<void> => {
  const environment = { client: undefined as never, clock: new HandClock(), logger: silentLogger };
  return startReconciler(reconciler, environment).ready;
};

describe("withSplitReconcile()", () => {
  const { objects } = new Rig([]).process;
  const options = { status: false };

  /** A monolith as one finds it. */
  abstract class Monolith extends Reconciler.of(dbs) {
    readonly log: string[] = [];
    reconcile({ primary }: ReconcileRequest<Db>): Promise<void> {
      this.log.push(`monolith ${primary.spec?.size}`);
      return Promise.resolve();
    }
    onGone(ref: ResourceRef): void {
      this.log.push(`gone ${ref.name}`);
    }
  }
  type Expanded = Constructor<Monolith & ApiObjects>;
  const Base = withObjects(objects)(Monolith) as Expanded;

  it("supplies the reconcile of a class that has none", async () => {
    const runs: string[] = [];
    const Bare = withObjects(objects)(Reconciler.of(dbs)) as Constructor<
      Reconciler<Db> & ApiObjects
    >;
    class Split extends expand(Bare, withSplitReconcile([noting(runs, "a") as never], options)) {}
    const split = new Split();
    await start(split);
    await split.reconcile(request({ size: 1 }));
    expect(runs).toEqual(["a"]);
    expect(split.subReconcilers.map(({ name }) => name)).toEqual(["a"]);
    expect(split.split.explain(key)).toContain("a: done");
  });

  it("keeps the class's own reconcile as one more part, run alone", async () => {
    const log: string[] = [];
    const moved: Sub = {
      name: "moved",
      writes: [configMaps],
      async reconcile() {
        log.push("moved begins");
        await Promise.resolve();
        log.push("moved ends");
      },
    };
    class Split extends expand(
      Base,
      withSplitReconcile([moved as never], { ...options, rest: {} }),
    ) {}
    const split = new Split();
    await start(split);
    await split.reconcile(request({ size: 7 }));
    expect(split.subReconcilers.map(({ name }) => name)).toEqual(["moved", "rest"]);
    expect(log).toEqual(["moved begins", "moved ends"]);
    expect(split.log).toEqual(["monolith 7"]);
  });

  it("holds what the own reconcile declares against the others", () => {
    const moved: Sub = noting([], "moved", { writes: [configMaps] });
    const rest = { name: "monolith", writes: [configMaps] };
    class Split extends expand(Base, withSplitReconcile([moved as never], { rest })) {}
    expect(() => new Split()).toThrow(/"moved" and "monolith" both write ConfigMap/);
  });

  it("holds what the own reconcile writes to what it declared, under its own field manager", async () => {
    const rig = new Rig([]);
    const api = rig.process.objects;
    rig.world.create(dbs, db({}), "user");
    const codes: unknown[] = [];
    abstract class Writer extends Reconciler.of(dbs) {
      declare readonly objects: ObjectsApi;
      async reconcile({ primary }: ReconcileRequest<Db>): Promise<void> {
        await this.objects.apply(configMaps, named("mine"), { owner: primary });
        try {
          await this.objects.apply(secrets, named("not-mine"), { owner: primary });
        } catch (error) {
          codes.push((error as { code: string }).code);
        }
      }
    }
    const Writing = withObjects(api)(Writer) as Constructor<Writer & ApiObjects>;
    class Split extends expand(
      Writing,
      withSplitReconcile([], { ...options, rest: { writes: [configMaps] } }),
    ) {}
    const split = new Split();
    await start(split);
    const primary = rig.world.get(dbs, key) as Db;
    await split.reconcile({ ...request({}), primary });
    expect(codes).toEqual(["EXP_UNDECLARED_WRITE"]);
    expect(rig.writes().slice(1)).toEqual(["op create ConfigMap prod/mine"]);
    // Between runs it is the API itself.
    await split.objects.apply(secrets, named("by-hand"));
    expect(rig.writes()).toEqual(["op create Secret prod/by-hand"]);
  });

  it("guards nothing of an own reconcile that declares nothing", async () => {
    const { objects: api } = new Rig([]).process;
    const Whole = withObjects(api)(Monolith) as Expanded;
    class Split extends expand(Whole, withSplitReconcile([], { ...options, rest: {} })) {}
    expect(new Split().objects).toBe(api);
  });

  it("refuses to keep a reconcile that is not there", () => {
    const Bare = withObjects(objects)(Reconciler.of(dbs)) as Constructor<
      Reconciler<Db> & ApiObjects
    >;
    class Split extends expand(Bare, withSplitReconcile([], { rest: {} })) {}
    expect(() => new Split()).toThrow(ConfigurationError);
  });

  it("passes on what is gone, and forgets it", async () => {
    class Split extends expand(Base, withSplitReconcile([], { ...options, rest: {} })) {}
    const split = new Split();
    await start(split);
    await split.reconcile(request({ size: 1 }));
    await split.onGone?.(refOf(dbs, request({}).primary));
    expect(split.log).toEqual(["monolith 1", "gone db"]);
    expect(split.split.explain(key)).toContain("no pass yet");
  });

  it("applied twice is once", () => {
    const once = expand(Base, withSplitReconcile([], { rest: {} }));
    expect(expand(once, withSplitReconcile([noting([], "a") as never]))).toBe(once);
  });

  it("gives a name whose primary came again nothing of the one before", async () => {
    const runs: string[] = [];
    class Split extends expand(Base, withSplitReconcile([noting(runs, "a") as never], options)) {}
    const split = new Split();
    await start(split);
    await split.reconcile(request({}));
    const again = request({});
    const primary = { ...again.primary, metadata: { ...key, uid: "u2" } };
    await split.reconcile({ ...again, primary });
    expect(runs).toEqual(["a", "a"]);
    expect(split.split.explain(key)).toContain("[1 runs");
  });
});

describe("writes of a run that has ended", () => {
  it("are waited for when they were sent, and refused when they were not", async () => {
    const codes: unknown[] = [];
    const open: (() => void)[] = [];
    const gate = (what: string): Promise<void> =>
      what.startsWith("op/hasty applies")
        ? new Promise((resolve) => open.push(resolve))
        : Promise.resolve();
    const hasty: Sub = {
      name: "hasty",
      writes: [configMaps],
      async reconcile({ objects, primary }) {
        const late = async (): Promise<void> => {
          await objects.apply(configMaps, named("sent"), { owner: primary });
          await objects.apply(configMaps, named("late"), { owner: primary });
        };
        void late().catch((error: unknown) => codes.push((error as { code: string }).code));
        await Promise.reject(new Error("the others are not waited for"));
      },
    };
    const rig = new Rig([hasty], {}, { gate });
    rig.world.create(dbs, db({}), "user");
    for (const delivery of rig.pending.splice(0)) rig.process.deliver(delivery);
    let hasEnded = false;
    const pass = rig.process.pass("prod/db").then(() => (hasEnded = true));
    await new Promise((resolve) => void setImmediate(resolve));
    expect(hasEnded).toBe(false);
    for (const release of open.splice(0)) release();
    await pass;
    expect(codes).toEqual(["EXP_RUN_ENDED"]);
    expect(rig.world.get(configMaps, { namespace: "prod", name: "sent" })).toBeDefined();
    expect(rig.world.get(configMaps, { namespace: "prod", name: "late" })).toBeUndefined();
  });
});

describe("a wake that comes while a pass is under way", () => {
  it("is answered by another run, for what it tells of was not in the snapshot", async () => {
    const seen: unknown[] = [];
    const rig: Rig = new Rig([
      {
        name: "slow",
        writes: [configMaps],
        async reconcile({ objects, primary }) {
          if (seen.length > 0) return;
          await objects.apply(configMaps, named("slow"), { owner: primary });
          rig.world.patch(dbs, key, { spec: { size: 2 } }, "user");
          for (const delivery of rig.pending.splice(0)) rig.process.deliver(delivery);
        },
      },
      {
        name: "late",
        after: ["slow"],
        reconcile({ primary }) {
          seen.push(primary.spec?.size);
          return Promise.resolve();
        },
      },
    ]);
    await rig.user({ size: 1 });
    expect(seen.at(-1)).toBe(2);
    expect(seen).toHaveLength(2);
  });
});
