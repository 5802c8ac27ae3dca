// SPDX-License-Identifier: Apache-2.0
// The debounce window: predicates see the whole range (stage 2: predicate).
import { describe, expect, it } from "@jest/globals";
import { requeueAfter, secrets } from "@haversack/core";
import { database, databases, ownedBy, Rig, type Database } from "../test/fixtures.js";
import { predicate } from "./predicate.js";
import { generationChanged } from "./predicates/index.js";

describe("WatchSet, debounce", () => {
  const debounce = { waitMs: 100, maxWaitMs: 300 };
  const sized = (size: number, generation: number): Database =>
    database("db", { size }, { generation });

  async function quiet(options: object = {}): Promise<Rig> {
    const rig = await new Rig({ debounce, ...options }).start();
    rig.apply(sized(1, 1));
    await rig.clock.advance(1000);
    rig.passes.length = 0;
    return rig;
  }

  it("gathers many changes into one pass", async () => {
    const rig = await quiet();
    for (let size = 2; size < 7; size += 1) {
      rig.apply(sized(size, size));
      await rig.clock.advance(10);
    }
    expect(rig.passes).toEqual([]);
    await rig.clock.advance(100);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("lets the predicate see the whole range: there and back is no change", async () => {
    const changesSize = predicate<Database>(
      "size changed",
      ({ old, new: after }) => old?.spec.size !== after?.spec.size,
    );
    const rig = await quiet({ primary: changesSize });
    rig.apply(sized(2, 2));
    rig.apply(sized(1, 3));
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual([]);
    rig.apply(sized(2, 4));
    rig.apply({ ...sized(2, 4), ...{ status: { phase: "x" } } });
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("does not hide a change behind one that alone would be dropped", async () => {
    const rig = await quiet({ primary: generationChanged });
    rig.apply(sized(2, 2));
    rig.apply({ ...sized(2, 2), ...{ status: { phase: "x" } } });
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("wakes every owner an object had in the window", async () => {
    const rig = await quiet({ owns: [secrets] });
    rig.apply(database("two"));
    rig.apply(database("three"));
    await rig.clock.advance(1000);
    rig.passes.length = 0;
    for (const owner of ["db", "two", "three"])
      rig.informers.of(secrets).apply(ownedBy(owner, "s"));
    await rig.clock.advance(1000);
    expect((await rig.newPasses()).sort()).toEqual(["db", "three", "two"]);
  });

  it("makes no second pass of what a pass for another reason has seen", async () => {
    const rig = await quiet();
    rig.apply(sized(2, 2));
    rig.watches.enqueue({ namespace: "prod", name: "db" });
    expect(await rig.newPasses()).toEqual(["db"]);
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual([]);
  });

  it("keeps a scheduled pass although a window in between wanted none", async () => {
    const rig = await quiet({ primary: generationChanged });
    rig.reconcile = () => Promise.resolve(requeueAfter(5000));
    rig.apply(sized(2, 2));
    await rig.clock.advance(100);
    expect(await rig.newPasses()).toEqual(["db"]);
    rig.apply({ ...sized(2, 2), ...{ status: { phase: "x" } } });
    await rig.clock.advance(4000);
    expect(await rig.newPasses()).toEqual([]);
    await rig.clock.advance(1000);
    expect(await rig.newPasses()).toEqual(["db"]);
  });

  it("does not hold a deletion back", async () => {
    const gone: string[] = [];
    const rig = await new Rig(
      { debounce },
      { onGone: ({ name, uid }) => void gone.push(`${name} ${uid}`) },
    ).start();
    rig.apply(database("db"));
    await rig.clock.advance(1000);
    rig.informers.of(databases).remove({ namespace: "prod", name: "db" });
    rig.apply(database("db", {}, { uid: "second" }));
    await rig.clock.advance(1000);
    expect(gone).toEqual(["db uid-prod/db"]);
  });
});
