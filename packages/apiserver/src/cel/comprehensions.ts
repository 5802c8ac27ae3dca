// SPDX-License-Identifier: Apache-2.0
// all, exists, exists_one, map, filter, and their forms with two variables.
import { add, exactly, times } from "./estimate.js";
import type { Interval } from "./estimate.js";
import { addEntries, setEntry } from "./map-entries.js";
import type { Entries } from "./map-entries.js";
import { openLoop, runLoop } from "./loop.js";
import type { Loop } from "./loop.js";
import type { CelNode } from "./syntax.js";
import { unchecked } from "./typed.js";
import type { Checker, Run, Scope, Typed } from "./typed.js";
import { accepts, boolType, dynType, listOf, mapOf, typeName } from "./types.js";
import type { CelType } from "./types.js";
import { ArrayList, CelError, CelList, CelMap, EntryMap } from "./values.js";
import type { CelValue } from "./values.js";

type Call = Extract<CelNode, { kind: "call" }>;

/** How a macro is written: numbers of loop variables and of the arguments after them. */
interface Form {
  readonly variables: readonly number[];
  readonly bodies: readonly number[];
}

const quantifier: Form = { variables: [1, 2], bodies: [1] };
const transform: Form = { variables: [2], bodies: [1, 2] };

const forms: Readonly<Record<string, Form>> = {
  all: quantifier,
  exists: quantifier,
  exists_one: quantifier,
  existsOne: quantifier,
  map: { variables: [1], bodies: [1, 2] },
  filter: { variables: [1], bodies: [1] },
  transformList: transform,
  transformMap: transform,
  transformMapEntry: transform,
};

/** Names of the macros of this file. */
export const comprehensionNames: ReadonlySet<string> = new Set(Object.keys(forms));

/** Steps of the reference's own expansion of a macro, as its estimate counts them for each item. */
const stepCosts = { all: 2, exists: 3, count: 2, append: 12 } as const;
/** Making the list or map that collects; free when it runs, since an empty one is a constant. */
const collectCosts = { list: 10, map: 30 } as const;
/** What the same steps cost when they run. Source: the reference's table of costs. */
const runCosts = {
  all: 3,
  exists: 4,
  counted: 2,
  filtered: 12,
  appended: 11,
  inserted: 2,
} as const;

/** The variables of a call, when it is written as the macro is. */
function variablesOf({ name, args }: Call): string[] | undefined {
  const form = forms[name] as Form;
  for (const count of form.variables) {
    if (!form.bodies.includes(args.length - count)) continue;
    const names = args.slice(0, count).map((arg) => (arg.kind === "ident" ? arg.name : undefined));
    // map(x, filter, value) has one variable, though two names may come first.
    if (names.every((text) => text !== undefined)) return names;
  }
  return undefined;
}

/** A call of one of the macros. */
export function checkComprehension(
  checker: Checker,
  node: Call,
  target: CelNode,
  scope: Scope,
): Typed | undefined {
  const names = variablesOf(node);
  if (names === undefined) return undefined;
  const bodies = node.args.slice(names.length);
  const loop = openLoop(checker, target, names, scope);
  if (loop === undefined) return unchecked;
  const typed = bodies.map((body) => checker.check(body, loop.scope));
  const tests = quantifierNames.has(node.name) || node.name === "filter" || typed.length === 2;
  const [test] = typed;
  if (tests && test !== undefined && !accepts(boolType, test.type, new Map())) {
    const position = (bodies[0] as CelNode).position;
    return checker.issue(position, `expected type 'bool' but found '${typeName(test.type)}'`);
  }
  return make(node.name, loop, typed);
}

const quantifierNames = new Set(["all", "exists", "exists_one", "existsOne"]);

function make(name: string, loop: Loop, bodies: readonly Typed[]): Typed {
  const [first, second] = bodies as [Typed, Typed?];
  switch (name) {
    case "all":
    case "exists":
      return quantify(loop, first, name === "all");
    case "exists_one":
    case "existsOne":
      return countOne(loop, first);
    case "filter":
      return filter(loop, first);
    case "map":
    case "transformList":
      return second === undefined ? collect(loop, undefined, first) : collect(loop, first, second);
    default: {
      const isEntry = name === "transformMapEntry";
      return second === undefined
        ? collectMap(loop, undefined, first, isEntry)
        : collectMap(loop, first, second, isEntry);
    }
  }
}

const loopCost = ({ range, count }: Loop, fixed: number, perItem: Interval): Interval =>
  add(range.cost, exactly(fixed), times(count, perItem));

/** A test's value. @throws {@link CelError} when it is no bool. */
function truth(value: CelValue): boolean {
  if (typeof value !== "boolean") throw new CelError("no such overload");
  return value;
}

function quantify(loop: Loop, test: Typed, isAll: boolean): Typed {
  const overhead = isAll ? stepCosts.all : stepCosts.exists;
  const perStep = isAll ? runCosts.all : runCosts.exists;
  const run: Run = (frame) => {
    let decided = false;
    let failure: CelError | undefined;
    const range = loop.range.run(frame);
    let left = range instanceof CelList || range instanceof CelMap ? range.size : 0;
    frame.charge(1);
    runLoop(loop, frame, range, () => {
      frame.charge(perStep);
      left -= 1;
      try {
        decided = truth(test.run(frame)) !== isAll;
      } catch (error) {
        // An error is no answer as long as another item decides.
        if (!(error instanceof CelError)) throw error;
        failure ??= error;
      }
      return !decided;
    });
    // That it is decided is seen at the next item.
    if (decided && left > 0) frame.charge(perStep - 1);
    if (decided) return !isAll;
    if (failure !== undefined) throw failure;
    return isAll;
  };
  const perItem = add(exactly(overhead), { min: 1, max: 1 + test.cost.max });
  return { type: boolType, size: exactly(1), cost: loopCost(loop, 1, perItem), run };
}

function countOne(loop: Loop, test: Typed): Typed {
  const run: Run = (frame) => {
    let count = 0;
    frame.charge(runCosts.counted);
    runLoop(loop, frame, loop.range.run(frame), () => {
      if (!truth(test.run(frame))) return true;
      frame.charge(runCosts.counted);
      count += 1;
      return true;
    });
    return count === 1;
  };
  const perItem = add(test.cost, exactly(stepCosts.count));
  return { type: boolType, size: exactly(1), cost: loopCost(loop, 2, perItem), run };
}

function filter(loop: Loop, test: Typed): Typed {
  const [slot = 0] = loop.slots;
  const run: Run = (frame) => {
    const kept: CelValue[] = [];
    frame.charge(1);
    runLoop(loop, frame, loop.range.run(frame), () => {
      if (!truth(test.run(frame))) return true;
      frame.charge(runCosts.filtered + 1);
      kept.push(frame.slots[slot] as CelValue);
      return true;
    });
    return new ArrayList(kept);
  };
  const perItem = add(test.cost, { min: 1, max: stepCosts.append + 1 });
  const { type } = loop.range;
  const element: CelType =
    type.kind === "list" ? type.element : type.kind === "map" ? type.key : dynType;
  const cost = loopCost(loop, collectCosts.list + 1, perItem);
  return { type: listOf(element), size: loop.count, cost, run };
}

/** Whether an item is taken; without a test all are. */
const taken = (test: Typed | undefined, frame: Parameters<Run>[0]): boolean =>
  test === undefined || truth(test.run(frame));

function collect(loop: Loop, test: Typed | undefined, value: Typed): Typed {
  const run: Run = (frame) => {
    const made: CelValue[] = [];
    frame.charge(1);
    runLoop(loop, frame, loop.range.run(frame), () => {
      if (!taken(test, frame)) return true;
      frame.charge(runCosts.appended + 1);
      made.push(value.run(frame));
      return true;
    });
    return new ArrayList(made);
  };
  const perItem = add(test?.cost ?? exactly(0), value.cost, exactly(stepCosts.append));
  const element =
    "maxSize" in value.type || value.type.kind !== "string" ? value.type : sizedText(value);
  const cost = loopCost(loop, collectCosts.list + 1, perItem);
  return { type: listOf(element), size: loop.count, cost, run };
}

/** A text type that remembers how long its values can get. */
const sizedText = ({ size }: Typed): CelType => ({ kind: "string", maxSize: size.max });

function collectMap(loop: Loop, test: Typed | undefined, value: Typed, isEntry: boolean): Typed {
  const run: Run = (frame) => {
    const made: Entries = new Map();
    frame.charge(1);
    runLoop(loop, frame, loop.range.run(frame), (key) => {
      if (!taken(test, frame)) return true;
      frame.charge(isEntry ? runCosts.inserted : runCosts.inserted + 1);
      const result = value.run(frame);
      if (!isEntry) setEntry(made, key, result);
      else addEntries(made, result);
      return true;
    });
    return new EntryMap(made);
  };
  const perItem = add(test?.cost ?? exactly(0), value.cost, exactly(stepCosts.append));
  const cost = loopCost(loop, collectCosts.map + 1, perItem);
  return { type: mapTypeOf(loop, value, isEntry), size: loop.count, cost, run };
}

function mapTypeOf({ range: { type } }: Loop, value: Typed, isEntry: boolean): CelType {
  if (isEntry) return value.type.kind === "map" ? value.type : mapOf(dynType, dynType);
  const key: CelType =
    type.kind === "map" ? type.key : type.kind === "list" ? { kind: "int" } : dynType;
  return mapOf(key, value.type);
}
