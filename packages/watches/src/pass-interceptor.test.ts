// SPDX-License-Identifier: Apache-2.0
// Somebody stands around passes: what he returns counts, and what he leaves out is left out (stage 5).
import { describe, expect, it } from "@jest/globals";
import { accessOf, byLabel, halt, secrets, services, type PassInterceptor } from "@haversack/core";
import { database, databases, Rig } from "../test/fixtures.js";
import { settle } from "../test/manual-clock.js";
import { watch } from "./watch-declaration.js";
import { WatchSet } from "./watch-set.js";

function rigWith(passes: PassInterceptor, gone: string[] = []): Rig {
  const rig = new Rig({}, { onGone: ({ name }) => void gone.push(name) });
  Object.assign(rig.runtime, { passes });
  return rig;
}

describe("a pass with somebody around it", () => {
  it("is made with the request it is given, and its result goes back through it", async () => {
    const results: unknown[] = [];
    const signal = AbortSignal.abort();
    const rig = rigWith({
      async reconcile(request, next) {
        results.push(await next({ ...request, signal }));
        return undefined;
      },
    });
    rig.reconcile = () => Promise.resolve(halt("mine"));
    await rig.start();
    rig.apply(database("db"));
    expect(await rig.newPasses()).toEqual(["db"]);
    expect(rig.requests[0]?.signal).toBe(signal);
    expect(results).toEqual([{ kind: "halt", because: "mine" }]);
  });

  it("is not made when it is not gone on with", async () => {
    const rig = rigWith({ reconcile: () => Promise.resolve(halt("paused")) });
    await rig.start();
    rig.apply(database("db"));
    await settle();
    expect(rig.passes).toEqual([]);
    expect(rig.watches.depth).toEqual({ ready: 0, waiting: 0, running: 0 });
  });

  it("fails with what is thrown around it", async () => {
    const rig = rigWith({ reconcile: () => Promise.reject(new Error("fenced")) });
    await rig.start();
    rig.apply(database("db"));
    await settle();
    expect(rig.watches.depth).toEqual({ ready: 0, waiting: 1, running: 0 });
  });

  it("decides on the last call for a primary that went, too", async () => {
    const gone: string[] = [];
    const told: string[] = [];
    const rig = rigWith(
      {
        async gone(ref, next) {
          told.push(ref.name);
          if (ref.name === "mine") await next();
        },
      },
      gone,
    );
    await rig.start();
    for (const name of ["mine", "theirs"]) rig.apply(database(name));
    await settle();
    for (const name of ["mine", "theirs"])
      rig.informers.of(databases).remove({ namespace: "prod", name });
    await settle();
    expect(told).toEqual(["mine", "theirs"]);
    expect(gone).toEqual(["mine"]);
  });
});

describe("what watches tell a manager", () => {
  it("names what is watched, and what of it is owned, without a start", () => {
    const watches = new WatchSet(
      databases,
      { reconcile: () => Promise.resolve() },
      {
        namespaces: ["prod"],
        owns: [services],
        watches: [{ ...watch(secrets), by: byLabel("db"), namespaces: ["shared"] }],
      },
    );
    const access = watches.hooks.access?.() ?? [];
    expect(access.map(({ purpose, kind, namespaces }) => [purpose, kind.kind, namespaces])).toEqual(
      [
        ["watch", "Database", ["prod"]],
        ["own", "Service", ["prod"]],
        ["watch", "Secret", ["shared"]],
      ],
    );
    expect(accessOf(watches)).toEqual([]);
  });

  it("knows how long the oldest ready primary waits, and forgets it when it is taken", async () => {
    const rig = new Rig();
    let release = (): void => undefined;
    rig.reconcile = () => new Promise((resolve) => (release = resolve));
    await rig.start();
    for (const name of ["a", "b"]) rig.apply(database(name));
    await settle();
    await rig.clock.advance(5000);
    expect(rig.watches.oldestWaitMs).toBe(5000);
    release();
    await settle();
    expect(rig.watches.oldestWaitMs).toBe(0);
    release();
  });
});
