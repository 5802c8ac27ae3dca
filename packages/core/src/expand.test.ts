// SPDX-License-Identifier: Apache-2.0
// Applying packs: laws of expand, and reconcilers made with it (stage 0: words).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { applyOnce, expand, type Constructor } from "./expand.js";
import { defineKind } from "./kind.js";
import { Reconciler, withPrimary } from "./reconciler.js";
import { done, halt, requeueAfter } from "./reconcile.js";

const databases = defineKind("example.com/v1", "Database");

class Base {
  readonly made: readonly unknown[];
  constructor(...made: unknown[]) {
    this.made = made;
  }
  trail(): string[] {
    return ["base"];
  }
}

/** A pack whose `trail` calls the layer below: records the order of the super chain. */
function trailing(name: string) {
  return <TBase extends Constructor<{ trail(): string[] }>>(Target: TBase): TBase =>
    applyOnce(name, Target as Constructor<{ trail(): string[] }>, (Below) => {
      abstract class WithTrail extends Below {
        override trail(): string[] {
          return [name, ...super.trail()];
        }
      }
      return WithTrail;
    }) as unknown as TBase;
}

function layersAbove(Class: Constructor, below: Constructor): number {
  let layers = 0;
  for (let each: unknown = Class; each !== below; each = Object.getPrototypeOf(each)) layers += 1;
  return layers;
}

describe("expand()", () => {
  it("gives the class itself for no packs", () => {
    expect(expand(Base)).toBe(Base);
  });

  it("applies packs from left to right, each calling the one before as super", () => {
    const Expanded = expand(Base, trailing("a"), trailing("b"), trailing("c"));
    expect(new Expanded().trail()).toEqual(["c", "b", "a", "base"]);
  });

  it("passes constructor parameters through every layer", () => {
    const Expanded = expand(Base, trailing("a"), trailing("b"));
    expect(new Expanded(1, "two").made).toEqual([1, "two"]);
  });

  it("gives for a pack applied twice what once gives, next to itself or apart", () => {
    const once = expand(Base, trailing("a"));
    expect(expand(once, trailing("a"))).toBe(once);
    const apart = expand(Base, trailing("a"), trailing("b"), trailing("a"));
    expect(layersAbove(apart, Base)).toBe(2);
    expect(new apart().trail()).toEqual(["b", "a", "base"]);
  });

  it("leaves the base and its other subclasses untouched", () => {
    const one = expand(Base, trailing("a"));
    const two = expand(Base, trailing("b"));
    expect(new Base().trail()).toEqual(["base"]);
    expect([new one().trail(), new two().trail()]).toEqual([
      ["a", "base"],
      ["b", "base"],
    ]);
  });

  it("is the same in one go as bit by bit, for any packs", () => {
    const names = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 6 });
    fc.assert(
      fc.property(names, fc.nat(), (all, cut) => {
        const apply = (Class: typeof Base, some: readonly string[]): typeof Base =>
          (expand as (base: unknown, ...packs: unknown[]) => typeof Base)(
            Class,
            ...some.map((name) => trailing(name)),
          );
        const at = cut % (all.length + 1);
        const whole = apply(Base, all);
        const parts = apply(apply(Base, all.slice(0, at)), all.slice(at));
        expect(new parts().trail()).toEqual(new whole().trail());
        const firsts = [...new Set(all)];
        expect(new whole().trail()).toEqual([...firsts.reverse(), "base"]);
        expect(layersAbove(whole, Base)).toBe(new Set(all).size);
      }),
    );
  });

  it("lets an instance be one of each layer", () => {
    const first = expand(Base, trailing("a"));
    const second = expand(first, trailing("b"));
    const made = new second();
    expect(made).toBeInstanceOf(first);
    expect(made).toBeInstanceOf(Base);
  });
});

describe("applyOnce()", () => {
  it("shares the knowledge of what is applied across copies, by name", () => {
    const applied = Symbol.for("haversack.applied.a");
    const Expanded = expand(Base, trailing("a"));
    expect(applied in (Expanded.prototype as object)).toBe(true);
    expect(applied in (Base.prototype as object)).toBe(false);
    expect(Object.keys(Expanded.prototype as object)).toEqual([]);
  });
});

describe("Reconciler.of()", () => {
  it("binds the kind of the primary", () => {
    class DatabaseReconciler extends Reconciler.of(databases) {
      override async reconcile(): Promise<void> {}
    }
    expect(new DatabaseReconciler().primaryKind).toBe(databases);
  });
});

describe("withPrimary()", () => {
  it("gives an existing class a primary, keeps its constructor, and does so once", () => {
    class Existing {
      readonly url: string;
      constructor(url: string) {
        this.url = url;
      }
    }
    const Expanded = expand(Existing, withPrimary(databases));
    const made = new Expanded("https://127.0.0.1");
    expect([made.url, made.primaryKind]).toEqual(["https://127.0.0.1", databases]);
    expect(expand(Expanded, withPrimary(databases))).toBe(Expanded);
  });
});

describe("results", () => {
  it("say what comes next", () => {
    expect([done, requeueAfter(5), halt("paused")]).toEqual([
      { kind: "done" },
      { kind: "requeue", afterMs: 5 },
      { kind: "halt", because: "paused" },
    ]);
    expect(Object.isFrozen(done)).toBe(true);
  });
});
