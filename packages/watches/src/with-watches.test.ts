// SPDX-License-Identifier: Apache-2.0
// The pack on reconcilers: ours, and classes that are not (stages 1 to 5).
import { describe, expect, it } from "@jest/globals";
import {
  addHooks,
  applyOnce,
  expand,
  Reconciler,
  secrets,
  startReconciler,
  withPrimary,
  type Constructor,
  type HasPrimary,
  type ReconcileRequest,
  type Reconciles,
} from "@haversack/core";
import { FakeInformers } from "../test/fake-informers.js";
import {
  database,
  databases,
  LogBook,
  noClient,
  ownedBy,
  type Database,
} from "../test/fixtures.js";
import { ManualClock, settle } from "../test/manual-clock.js";
import { withWatches } from "./with-watches.js";

class DatabaseReconciler extends expand(
  Reconciler.of(databases),
  withWatches({ owns: [secrets] }),
) {
  readonly passes: string[] = [];

  override reconcile({ primary }: ReconcileRequest<Database>): Promise<void> {
    this.passes.push(`${primary.metadata.name} ${primary.spec.size}`);
    return Promise.resolve();
  }
}

function environment(): {
  client: typeof noClient;
  clock: ManualClock;
  logger: LogBook;
  informers: FakeInformers;
} {
  return {
    client: noClient,
    clock: new ManualClock(),
    logger: new LogBook(),
    informers: new FakeInformers(),
  };
}

describe("withWatches()", () => {
  it("wakes the reconcile of the class it is applied to", async () => {
    const reconciler = new DatabaseReconciler();
    const env = environment();
    const running = startReconciler(reconciler, env);
    await running.ready;
    env.informers.of(databases).apply(database("db", { size: 3 }));
    await settle();
    env.informers.of(secrets).apply(ownedBy("db", "s"));
    await settle();
    expect(reconciler.passes).toEqual(["db 3", "db 3"]);
    expect(reconciler.watches.primary({ namespace: "prod", name: "db" })?.spec.size).toBe(3);
    await running.stop();
    expect(env.informers.leases).toBe(0);
  });

  it("keeps the constructor of a class that is not ours", async () => {
    class Existing {
      readonly seen: string[] = [];
      readonly #prefix: string;

      constructor(prefix: string) {
        this.#prefix = prefix;
      }

      reconcile({ primary }: ReconcileRequest<Database>): Promise<void> {
        this.seen.push(`${this.#prefix} ${primary.metadata.name}`);
        return Promise.resolve();
      }
    }
    class Expanded extends expand(Existing, withPrimary(databases), withWatches()) {}
    const reconciler = new Expanded("hello");
    const env = environment();
    const running = startReconciler(reconciler, env);
    await running.ready;
    env.informers.of(databases).apply(database("db"));
    await settle();
    expect(reconciler.seen).toEqual(["hello db"]);
    await running.stop();
  });

  it("applied twice is applied once", () => {
    const once = withWatches({ workers: 2 })(Reconciler.of(databases));
    expect(withWatches({ workers: 9 })(once)).toBe(once);
    expect(Reflect.ownKeys(new DatabaseReconciler()).map(String)).not.toContain("watches");
  });

  it("starts after the packs on its left and stops before them", async () => {
    const order: string[] = [];
    const spy = <TBase extends Constructor<HasPrimary & Reconciles>>(Base: TBase): TBase =>
      applyOnce("spy", Base, (Target: Constructor<HasPrimary & Reconciles>) => {
        abstract class WithSpy extends Target {
          constructor(...args: unknown[]) {
            super(...args);
            addHooks(this, {
              pack: "spy",
              start: () => void order.push("start"),
              run: () => void order.push("run"),
              stop: () => void order.push("stop"),
            });
          }
        }
        return WithSpy;
      }) as TBase;
    class Spied extends expand(Reconciler.of(databases), spy, withWatches()) {
      override reconcile(): Promise<void> {
        order.push("reconcile");
        return Promise.resolve();
      }
    }
    const env = environment();
    const running = startReconciler(new Spied(), env);
    await running.ready;
    env.informers.of(databases).apply(database("db"));
    await settle();
    await running.stop();
    expect(order).toEqual(["start", "run", "reconcile", "stop"]);
  });

  it("provides informers where the environment has none", async () => {
    const { informers: _none, ...env } = environment();
    const running = startReconciler(new DatabaseReconciler(), env);
    await settle();
    expect(running.runtime.informers).toBeDefined();
    await running.stop();
  });
});
