// SPDX-License-Identifier: Apache-2.0
// Listeners of wakes are told which watch woke whom, before the primary is queued (stage 3 to 4).
import { describe, expect, it } from "@jest/globals";
import { secrets, services, type Wake } from "@haversack/core";
import { database, ownedBy, Rig } from "../test/fixtures.js";
import { watch } from "./watch-declaration.js";

const told = ({ key, trigger, isPrimary, foreignChange }: Wake): unknown => ({
  name: key.name,
  kind: trigger?.kind.kind,
  isPrimary,
  isForeign: foreignChange !== undefined,
});

describe("WatchSet.onWake()", () => {
  it("tells the trigger that woke a primary, before the pass", async () => {
    const rig = new Rig({ owns: [services] });
    const wakes: unknown[] = [];
    const trigger = watch(secrets);
    rig.watches.add(trigger);
    rig.watches.onWake((wake) => void wakes.push(told(wake)));
    await rig.start();
    rig.apply(database("db"));
    await rig.newPasses();
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    rig.informers.of(services).apply(ownedBy("db", "s"));
    expect(wakes).toHaveLength(3);
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    expect(wakes).toEqual([
      { name: "db", kind: undefined, isPrimary: true, isForeign: true },
      { name: "db", kind: "Secret", isPrimary: false, isForeign: true },
      { name: "db", kind: undefined, isPrimary: false, isForeign: true },
      { name: "db", kind: undefined, isPrimary: false, isForeign: false },
    ]);
    await rig.stop();
  });

  it("tells nothing of an event that a predicate held back, nor after the listener left", async () => {
    const rig = new Rig();
    const wakes: Wake[] = [];
    rig.watches.add(watch(secrets, { when: () => false }));
    const listener = rig.watches.onWake((wake) => void wakes.push(wake));
    await rig.start();
    rig.apply(database("db"));
    rig.informers.of(secrets).apply(ownedBy("db", "s"));
    const before = wakes.length;
    rig.informers.of(secrets).apply({ ...ownedBy("db", "s"), data: { a: "Yg==" } } as never);
    expect(wakes).toHaveLength(before);
    listener.unsubscribe();
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    expect(wakes).toHaveLength(before);
    await rig.stop();
  });

  it("loses no wake to a listener that throws", async () => {
    const rig = new Rig({ owns: [services] });
    rig.watches.onWake(() => {
      throw new Error("broken listener");
    });
    await rig.start();
    rig.apply(database("db"));
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.informers.of(services).apply(ownedBy("db", "s"));
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    expect(await rig.newPasses()).toEqual(["db"]);
    await rig.stop();
  });

  it("queues a primary with the highest priority a listener asks for", async () => {
    const rig = new Rig({ agingMs: Infinity });
    rig.watches.onWake(({ key }) => (key.name === "urgent" ? 10 : undefined));
    await rig.start();
    const names = ["first", "second", "urgent"];
    for (const name of names) rig.apply(database(name));
    await rig.newPasses();
    for (const name of names) rig.watches.enqueue({ namespace: "prod", name });
    expect(await rig.newPasses()).toEqual(["first", "urgent", "second"]); // One was taken at once.
    await rig.stop();
  });
});
