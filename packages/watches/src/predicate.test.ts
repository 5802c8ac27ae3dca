// SPDX-License-Identifier: Apache-2.0
// How predicates combine, and what passes whatever they say (stage 2: predicate).
import { describe, expect, it } from "@jest/globals";
import type { KubernetesObject, WatchEvent } from "@haversack/core";
import { database, LogBook, MetricBook, type Database } from "../test/fixtures.js";
import { event } from "../test/fake-informers.js";
import { fc } from "../test/property.js";
import {
  and,
  any,
  changed,
  ignoringDeletes,
  ignoringFirstSeen,
  invert,
  not,
  or,
  predicate,
  resynced,
  toPredicate,
  type Predicate,
  type PredicateLike,
} from "./predicate.js";
import { explain, PredicateGate } from "./predicate-gate.js";
import { generationChanged, labelled, notCausedBy, fieldSelected } from "./predicates/index.js";

const one = database("db", { size: 1 }, { uid: "u", resourceVersion: "1" });
const two = database("db", { size: 2 }, { uid: "u", resourceVersion: "2", generation: 2 });
const added = event({ type: "added", old: undefined, new: one });
const modified = event({ type: "modified", old: one, new: two });
const deleted = event({ type: "deleted", old: two, new: undefined });
const resync = event({ type: "resynced", old: two, new: two, isResync: true });

const never = changed("never", () => false);
const always = changed("always", () => true);
const thrower = predicate("thrower", () => {
  throw new Error("broken");
});

function gateOf<T extends KubernetesObject>(
  like: PredicateLike<T>,
): { gate: PredicateGate<T>; log: LogBook; metrics: MetricBook } {
  const log = new LogBook();
  const metrics = new MetricBook();
  const gate = new PredicateGate(toPredicate(like), {
    logger: log,
    metrics,
    controller: "database",
    describe: ({ metadata }) => `Database prod/${metadata.name}`,
  });
  return { gate, log, metrics };
}

const passes = (like: PredicateLike, watchEvent: WatchEvent): boolean =>
  gateOf(like).gate.decide(watchEvent).enqueue;

describe("predicates", () => {
  it("let deletions and first-seen objects pass, whatever they say about changes", () => {
    for (const like of [never, not(always), predicate("no", () => false), () => false]) {
      expect(passes(like, deleted)).toBe(true);
      expect(passes(like, added)).toBe(true);
      expect(passes(like, modified)).toBe(false);
    }
  });

  it("hold deletions and first-seen objects back only when told so explicitly", () => {
    expect(passes(ignoringDeletes(any), deleted)).toBe(false);
    expect(passes(ignoringDeletes(any), added)).toBe(true);
    expect(passes(ignoringFirstSeen(any), added)).toBe(false);
    expect(passes(ignoringFirstSeen(any), modified)).toBe(true);
    expect(passes(or(ignoringDeletes(always), never), deleted)).toBe(true);
    expect(
      passes(
        predicate("no", () => false, { deletes: true }),
        deleted,
      ),
    ).toBe(false);
    expect(
      passes(
        predicate("no", () => false, { firstSeen: true }),
        added,
      ),
    ).toBe(false);
  });

  it("take another uid under the same name for a change", () => {
    const again = { ...one, metadata: { ...one.metadata, uid: "v" } };
    const recreated = event({ type: "modified", old: one, new: again });
    expect(passes(never, recreated)).toBe(true);
  });

  it("hold a resync back where they judge changes; `resynced` and `any` let it pass", () => {
    expect(passes(generationChanged, resync)).toBe(false);
    expect(passes(or(generationChanged, resynced), resync)).toBe(true);
    expect(passes(any, resync)).toBe(true);
    expect(passes(resynced, modified)).toBe(false);
  });
});

describe("and(), or(), not(), invert()", () => {
  const truth = [true, false];
  const constant = (value: boolean): Predicate => changed(String(value), () => value);

  for (const a of truth)
    for (const b of truth) {
      it(`${a} and ${b} => ${a && b}; ${a} or ${b} => ${a || b}`, () => {
        expect(passes(and(constant(a), constant(b)), modified)).toBe(a && b);
        expect(passes(or(constant(a), constant(b)), modified)).toBe(a || b);
      });
    }

  it("not() negates changes only; invert() negates everything", () => {
    expect(passes(not(always), modified)).toBe(false);
    expect(passes(not(never), modified)).toBe(true);
    expect(passes(not(always), deleted)).toBe(true);
    expect(passes(invert(always), deleted)).toBe(false);
    expect(passes(invert(never), modified)).toBe(true);
  });

  it("keep the laws of logic for changes", () => {
    const leaf = fc.boolean().map(constant);
    const law = fc.property(leaf, leaf, leaf, (a, b, c) => {
      const same = (x: Predicate, y: Predicate): void =>
        expect(passes(x, modified)).toBe(passes(y, modified));
      same(not(and(a, b)), or(not(a), not(b)));
      same(and(a, or(b, c)), or(and(a, b), and(a, c)));
      same(not(not(a)), a);
      same(and(a, and(b, c)), and(and(a, b), c));
    });
    fc.assert(law);
  });

  it("are true and false without parts", () => {
    expect(passes(and(), modified)).toBe(true);
    expect(passes(or(), modified)).toBe(false);
  });

  it("name themselves after their parts, and give the part that passed as the reason", () => {
    const both = or(never, and(always, generationChanged));
    expect(both.name).toBe("or(never, and(always, generationChanged))");
    expect(gateOf(both).gate.decide(modified).reason).toBe("and(always, generationChanged)");
  });

  it("hand on the highest priority", () => {
    const at = (priority: number): Predicate =>
      predicate(`at ${priority}`, () => ({ enqueue: true, priority }));
    expect(gateOf(and(at(3), always, at(7))).gate.decide(modified)).toMatchObject({
      enqueue: true,
      priority: 7,
    });
    expect(gateOf(or(never, at(3))).gate.decide(modified).priority).toBe(3);
  });

  it("leave selectors to the server only where every object must match", () => {
    const both = and(labelled("app=db"), fieldSelected("metadata.name=x"), labelled("!old"));
    expect(both.needs).toMatchObject({
      labelSelector: "app=db,!old",
      fieldSelector: "metadata.name=x",
    });
    expect(or(labelled("app=db"), always).needs?.labelSelector).toBeUndefined();
    expect(not(labelled("app=db")).needs?.labelSelector).toBeUndefined();
    expect(and(always, or(always, notCausedBy("me"))).needs?.managedFields).toBe(true);
    expect(and(always).needs?.managedFields).toBe(false);
  });
});

describe("PredicateGate", () => {
  it("lets the event pass, counts and names the object when a predicate throws", () => {
    for (const like of [thrower, and(thrower, never), not(thrower), invert(thrower)]) {
      const { gate, log, metrics } = gateOf(like);
      expect(gate.decide(modified).enqueue).toBe(true);
      expect(log.at("error")).toEqual([
        "predicate thrower failed for Database prod/db: broken. " +
          "The event was let through; correct the predicate.",
      ]);
      expect(metrics.counts.get("haversack_predicate_errors_total database thrower")).toBe(1);
      expect(gate.counts.get("thrower")?.failed).toBe(1);
    }
  });

  it("survives predicates that throw what is no error", () => {
    const hostile = {
      toString: () => {
        throw new Error("no");
      },
    };
    for (const thrown of [undefined, null, "text", hostile]) {
      const { gate, log } = gateOf(() => {
        throw thrown;
      });
      expect(gate.decide(modified).enqueue).toBe(true);
      expect(log.at("error")).toHaveLength(1);
    }
  });

  it("counts what passed and what was dropped, part by part", () => {
    const { gate, metrics } = gateOf(or(never, generationChanged));
    gate.decide(modified);
    gate.decide(resync);
    gate.decide(resync);
    expect(gate.counts.get("generationChanged")).toEqual({ passed: 1, dropped: 2, failed: 0 });
    expect(gate.counts.get("never")).toEqual({ passed: 0, dropped: 3, failed: 0 });
    expect(
      metrics.counts.get("haversack_predicate_events_total database generationChanged dropped"),
    ).toBe(2);
  });

  it("explains a decision without counting it", () => {
    const { gate } = gateOf(or(never, generationChanged));
    expect(gate.explain(modified)).toEqual({
      predicate: "or(never, generationChanged)",
      passed: true,
      parts: [
        { predicate: "never", passed: false, parts: [] },
        { predicate: "generationChanged", passed: true, because: "generation 1 → 2", parts: [] },
      ],
    });
    expect(gate.counts.size).toBe(0);
  });

  it("explains as it decides, also when a part throws", () => {
    const explanation = explain(not(thrower), modified);
    expect(explanation.passed).toBe(true);
    expect(explanation.parts[0]?.because).toBe("failed: broken");
  });

  it("agrees with its explanation, whatever the combination", () => {
    const { tree } = fc.letrec<{ tree: Predicate }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Predicate>(always, never, thrower, generationChanged, any, resynced),
        fc.array(tie("tree"), { maxLength: 3 }).map((parts) => and(...parts)),
        fc.array(tie("tree"), { maxLength: 3 }).map((parts) => or(...parts)),
        tie("tree").map((part) => not(part)),
        tie("tree").map((part) => invert(part)),
        tie("tree").map((part) => ignoringDeletes(part)),
      ),
    }));
    const law = fc.property(
      tree,
      fc.constantFrom<WatchEvent>(added, modified, deleted, resync),
      (like, watchEvent) => expect(explain(like, watchEvent).passed).toBe(passes(like, watchEvent)),
    );
    fc.assert(law, { numRuns: 500 });
  });

  it("names a function after itself", () => {
    const sizeGrew = (e: WatchEvent<Database>): boolean =>
      (e.new?.spec.size ?? 0) > (e.old?.spec.size ?? 0);
    expect(toPredicate(sizeGrew).name).toBe("sizeGrew");
    expect(passes(sizeGrew, modified)).toBe(true);
    expect(toPredicate(() => true).name).toBe("function");
  });
});
