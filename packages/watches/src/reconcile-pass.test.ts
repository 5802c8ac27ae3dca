// SPDX-License-Identifier: Apache-2.0
// What a pass comes to: results, errors, bad reconcilers, primaries that go (stage 5: reconcile).
import { describe, expect, it } from "@jest/globals";
import {
  done,
  errorFromPlain,
  halt,
  InvalidObjectError,
  requeueAfter,
  secrets,
  TerminalError,
  ThrottledError,
  type ReconcileRequest,
  type Result,
} from "@haversack/core";
import { database, databases, ownedBy, Rig, type Database } from "../test/fixtures.js";
import { settle } from "../test/manual-clock.js";

const db = { namespace: "prod", name: "db" };

async function started(
  reconcile: Rig["reconcile"],
  options: ConstructorParameters<typeof Rig>[0] = {},
): Promise<Rig> {
  const rig = new Rig({ backoff: { initialMs: 1000 }, ...options });
  rig.reconcile = reconcile;
  await rig.start();
  rig.apply(database("db"));
  return rig;
}

describe("a pass, its result", () => {
  it("follows nothing from done, halt and nothing", async () => {
    for (const result of [done, halt("paused"), undefined]) {
      const rig = await started(() => Promise.resolve(result));
      await rig.clock.advance(1e9);
      expect(rig.passes).toEqual(["db"]);
      expect(rig.watches.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
    }
  });

  it("runs again after the time asked for, with a fresh backoff", async () => {
    const results: (Result | Error)[] = [new Error("once"), requeueAfter(5000), new Error("again")];
    const rig = await started(() => {
      const next = results.shift();
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    });
    await rig.clock.advance(1000);
    expect(rig.requests.map(({ attempt }) => attempt)).toEqual([0, 1]);
    await rig.clock.advance(5000);
    expect(rig.requests.at(-1)?.attempt).toBe(0);
    await rig.clock.advance(999);
    expect(rig.passes).toHaveLength(3);
    await rig.clock.advance(1);
    expect(rig.passes).toHaveLength(4);
  });

  it("lets an error beat everything: nothing is requeued but by the backoff", async () => {
    const rig = await started(() => Promise.reject(new Error("no luck")));
    for (const delayMs of [1000, 2000, 4000]) {
      await rig.clock.advance(delayMs - 1);
      const before = rig.passes.length;
      await rig.clock.advance(1);
      expect(rig.passes).toHaveLength(before + 1);
    }
    expect(rig.log.at("error")[0]).toBe(
      "reconcile Database.example.com prod/db@uid-prod/db failed: no luck Tried again in 1000 ms.",
    );
  });

  it("keeps Retry-After, whatever changes meanwhile", async () => {
    const error = new ThrottledError("EXP_THROTTLED", "later", { afterMs: 7000 }, 429);
    const rig = await started(() => Promise.reject(error));
    await settle();
    rig.apply(database("db", {}, { generation: 2 }));
    await rig.clock.advance(6999);
    expect(rig.passes).toHaveLength(1);
    await rig.clock.advance(1);
    expect(rig.passes).toHaveLength(2);
  });

  it("backs off for an error whose retry rule is garbage", async () => {
    const bad = errorFromPlain({
      name: "GuestError",
      code: "X",
      message: "bad",
      retry: { afterMs: NaN },
    });
    const rig = await started(() => Promise.reject(bad));
    await rig.clock.advance(1000);
    expect(rig.passes).toHaveLength(2);
  });

  it("gives the request's parts: frozen primary, signal, attempt, reasons, ref with uid", async () => {
    const rig = await started(() => Promise.resolve());
    await settle();
    const request = rig.requests[0] as ReconcileRequest<Database>;
    expect(Object.isFrozen(request)).toBe(true);
    expect(Object.isFrozen(request.primary)).toBe(true);
    expect(request.signal.aborted).toBe(false);
    expect(request.ref).toEqual({
      group: "example.com",
      kind: "Database",
      namespace: "prod",
      name: "db",
      uid: "uid-prod/db",
    });
  });
});

describe("a pass, terminal errors", () => {
  it.each([
    ["TerminalError", new TerminalError("cannot go on")],
    ["InvalidObjectError", new InvalidObjectError("EXP_INVALID", "no", "never", 422)],
  ])("%s is not retried until the generation is another", async (_name, error) => {
    const rig = await started(() => Promise.reject(error), { owns: [secrets] });
    await rig.clock.advance(1e7);
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    rig.watches.enqueue(db);
    rig.apply(database("db", {}, { labels: { a: "b" } }));
    await rig.clock.advance(1e7);
    expect(rig.passes).toHaveLength(1);
    rig.apply(database("db", {}, { generation: 2 }));
    await settle();
    expect(rig.passes).toHaveLength(2);
    expect(rig.log.at("error")[0]).toMatch(/Not retried until its generation changes\.$/);
  });

  it("ends with the object: its namesake is reconciled", async () => {
    const rig = await started(() => Promise.reject(new TerminalError("no")));
    await settle();
    rig.informers.of(databases).remove(db);
    rig.apply(database("db", {}, { uid: "another" }));
    await settle();
    expect(rig.passes).toHaveLength(2);
  });

  it("ends when the object leaves what is watched: it is reconciled when it comes back", async () => {
    const rig = await started(() => Promise.reject(new TerminalError("no")));
    await settle();
    rig.informers.of(databases).remove(db);
    await settle();
    rig.apply(database("db"));
    await settle();
    expect(rig.passes).toHaveLength(2);
  });

  it("does not hold for a generation that came while the pass ran", async () => {
    let fail = (_error: Error): void => undefined;
    const rig = await started(() => new Promise((_resolve, reject) => (fail = reject)));
    await settle();
    rig.apply(database("db", {}, { generation: 2 }));
    fail(new TerminalError("generation 1 is wrong"));
    await settle();
    expect(rig.requests.map(({ primary }) => primary.metadata.generation)).toEqual([1, 2]);
  });
});

describe("a pass, bad reconcilers", () => {
  const garbage: [string, unknown][] = [
    ["null", null],
    ["a number", 7],
    ["a text", "done"],
    ["an object without a kind", { requeueAfter: 5 }],
    ["a requeue without a time", { kind: "requeue" }],
    ["a requeue after NaN", { kind: "requeue", afterMs: NaN }],
    ["a requeue after ever", { kind: "requeue", afterMs: Infinity }],
    ["a requeue in the past", { kind: "requeue", afterMs: -1 }],
    ["a requeue of no priority", { kind: "requeue", afterMs: 1, priority: "high" }],
  ];

  it.each(garbage)("returning %s is an error that names the object", async (_name, value) => {
    const rig = await started(() => Promise.resolve(value as never));
    await settle();
    expect(rig.log.at("error")[0]).toMatch(
      /^reconcile Database\.example\.com prod\/db.*it returned .*Return nothing, done/,
    );
    await rig.clock.advance(1000);
    expect(rig.passes).toHaveLength(2);
  });

  const thrown: [string, unknown][] = [
    ["undefined", undefined],
    ["null", null],
    ["a text", "text"],
    ["an object", {}],
    ["an object without a prototype", Object.create(null)],
    ["a symbol", Symbol("s")],
  ];

  it.each(thrown)("rejecting with %s is an error that names the object", async (_name, value) => {
    const rig = await started(() => Promise.reject(value));
    await settle();
    expect(rig.log.at("error")[0]).toMatch(/^reconcile Database\.example\.com prod\/db/);
    await rig.clock.advance(1000);
    expect(rig.passes).toHaveLength(2);
  });

  it("throwing instead of rejecting, or being no async function, changes nothing", async () => {
    const rig = await started(() => {
      throw new Error("at once");
    });
    await rig.clock.advance(1000);
    expect(rig.passes).toHaveLength(2);
    rig.reconcile = (() => undefined) as never;
    await rig.clock.advance(2000);
    expect(rig.watches.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
  });

  it("does not stop others: one that fails every time leaves them alone", async () => {
    const rig = await started(({ ref }) =>
      ref.name === "db" ? Promise.reject(new Error("poison")) : Promise.resolve(),
    );
    for (let index = 0; index < 20; index += 1) rig.apply(database(`good-${index}`));
    await settle();
    expect(rig.passes.filter((name) => name !== "db")).toHaveLength(20);
  });

  it("survives a logger that throws, without losing the primary", async () => {
    const rig = await started(() => Promise.resolve());
    await settle();
    let left = 3;
    rig.log.debug = () => {
      if (left-- > 0) throw new Error("disk full");
    };
    rig.watches.enqueue(db);
    await rig.clock.advance(10_000);
    expect(rig.passes.length).toBeGreaterThan(2);
    expect(rig.watches.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
  });

  it("keeps its worker even when reporting a failure fails", async () => {
    const rig = await started(() => Promise.resolve());
    await settle();
    const broken = (): never => {
      throw new Error("disk full");
    };
    rig.log.debug = broken;
    rig.log.error = broken;
    rig.watches.enqueue(db);
    await settle();
    rig.log.debug = () => undefined;
    rig.apply(database("other"));
    await rig.clock.advance(10_000);
    expect(rig.passes).toContain("other");
    expect(rig.watches.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
  });
});

describe("a primary that is gone", () => {
  async function withGone(
    onGone?: (ref: { name: string; uid?: string | undefined }) => void | Promise<void>,
  ): Promise<Rig> {
    const rig = new Rig(
      { backoff: { initialMs: 1000 }, owns: [secrets] },
      onGone === undefined ? {} : { onGone },
    );
    await rig.start();
    rig.apply(database("db"));
    await rig.newPasses();
    return rig;
  }

  it("gets onGone once, with its uid, and no reconcile", async () => {
    const gone: string[] = [];
    const rig = await withGone(({ name, uid }) => void gone.push(`${name} ${uid}`));
    rig.informers.of(databases).remove(db);
    rig.informers.of(secrets).apply(ownedBy("db", "late"));
    await settle();
    rig.watches.enqueue(db);
    expect(await rig.newPasses()).toEqual([]);
    expect(gone).toEqual(["db uid-prod/db"]);
  });

  it("needs no onGone", async () => {
    const rig = await withGone();
    rig.informers.of(databases).remove(db);
    expect(await rig.newPasses()).toEqual([]);
    expect(rig.log.at("error")).toEqual([]);
    expect(rig.watches.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
  });

  it("is told again when onGone fails, and before its namesake is reconciled", async () => {
    const order: string[] = [];
    let failures = 1;
    const rig = await withGone(({ uid }) => {
      order.push(`gone ${uid}`);
      if (failures-- > 0) throw new Error("not yet");
    });
    rig.reconcile = ({ primary }) => {
      order.push(`reconcile ${primary.metadata.uid}`);
      return Promise.resolve();
    };
    rig.informers.of(databases).remove(db);
    rig.apply(database("db", {}, { uid: "second" }));
    await rig.clock.advance(1000);
    expect(order).toEqual(["gone uid-prod/db", "gone uid-prod/db", "reconcile second"]);
  });

  it("is told for each of its name that went before the pass", async () => {
    const gone: unknown[] = [];
    const rig = await withGone(({ uid }) => void gone.push(uid));
    let release = (): void => undefined;
    rig.reconcile = () => new Promise((resolve) => (release = resolve));
    rig.watches.enqueue(db);
    await settle();
    rig.informers.of(databases).remove(db);
    rig.apply(database("db", {}, { uid: "second" }));
    rig.informers.of(databases).remove(db);
    release();
    await settle();
    expect(gone).toEqual(["uid-prod/db", "second"]);
  });

  it("ends its schedule and its backoff", async () => {
    const rig = await withGone();
    rig.reconcile = () => Promise.resolve(requeueAfter(1000));
    rig.watches.enqueue(db);
    await rig.newPasses();
    rig.informers.of(databases).remove(db);
    await rig.clock.advance(1e6);
    expect(await rig.newPasses()).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });

  it("is deleted for us as soon as our own delete was answered", async () => {
    const rig = await withGone();
    const { resourceVersion, uid } = rig.watches.primary(db)?.metadata ?? {};
    rig.runtime.ownWrites.record({ kind: databases, deleted: db, uid, resourceVersion });
    rig.watches.enqueue(db);
    expect(await rig.newPasses()).toEqual([]);
  });
});
