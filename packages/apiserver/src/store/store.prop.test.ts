// SPDX-License-Identifier: Apache-2.0
// Laws of the store: history can be read back, and a list plus the tail of the log is the next list.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { keyOf, ObjectStore } from "./object-store.js";
import type { StoredObject } from "./stored-object.js";

type Step = readonly [kind: "put" | "remove" | "other", index: number];

const steps = fc.array(
  fc.tuple(
    fc.constantFrom("put" as const, "put" as const, "remove" as const, "other" as const),
    fc.nat(8),
  ),
  { maxLength: 60 },
);

function run(store: ObjectStore, [kind, index]: Step, count: number): void {
  const namespace = `n${index % 3}`;
  const name = `o${index}`;
  const key = keyOf(namespace, name);
  const value = { kind: "Thing", apiVersion: "v1", metadata: { namespace, name }, count };
  if (kind === "put") store.put("things", key, value);
  else if (kind === "remove") store.remove("things", key);
  else store.put("others", key, value);
}

const shape = (objects: readonly StoredObject[] | undefined): unknown =>
  objects?.map(({ key, revision }) => `${key}@${revision}`);

describe("the object store", () => {
  it("lists any past revision as it was then", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const store = new ObjectStore(1_000);
        const seen = new Map<number, unknown>();
        all.forEach((step, count) => {
          run(store, step, count);
          seen.set(store.log.revision, shape([...store.list("things")]));
        });
        for (const [revision, list] of seen) {
          expect(shape(store.listAt("things", revision))).toEqual(list);
        }
      }),
    );
  });

  it("turns a list into the next one by the log's tail", () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const store = new ObjectStore(1_000);
        before.forEach((step, count) => run(store, step, count));
        const { revision } = store.log;
        const state = new Map(store.list("things").map((object) => [object.key, object]));
        after.forEach((step, count) => run(store, step, count));
        for (const { type, key, object, previous } of store.log.after("things", revision)) {
          expect(previous).toBe(state.get(key));
          if (type === "DELETED") state.delete(key);
          else state.set(key, object);
        }
        const sorted = [...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
        expect(shape(store.list("things"))).toEqual(shape(sorted));
      }),
    );
  });

  it("keeps keys sorted and namespaces apart", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const store = new ObjectStore(1_000);
        all.forEach((step, count) => run(store, step, count));
        const keys = store.list("things").map(({ key }) => key);
        expect(keys).toEqual([...keys].sort());
        for (const namespace of ["n0", "n1", "n2", "n"]) {
          const part = store.list("things", namespace).map(({ key }) => key);
          expect(part).toEqual(keys.filter((key) => key.startsWith(`${namespace}/`)));
        }
      }),
    );
  });

  it("never gives out the history that it dropped", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (all, windowSize) => {
        const store = new ObjectStore(windowSize);
        const seen: [number, unknown][] = [];
        all.forEach((step, count) => {
          run(store, step, count);
          seen.push([store.log.revision, shape([...store.list("things")])]);
        });
        for (const [revision, list] of seen) {
          const past = shape(store.listAt("things", revision));
          if (past !== undefined) expect(past).toEqual(list);
          if (store.log.covers("things", revision)) expect(past).toBeDefined();
        }
      }),
    );
  });
});
