// SPDX-License-Identifier: Apache-2.0
// Going over a list or map with one or two variables.
import { step } from "./frame.js";
import type { Frame } from "./frame.js";
import type { Interval } from "./estimate.js";
import type { CelNode } from "./syntax.js";
import { unchecked } from "./typed.js";
import type { Checker, Scope, Typed } from "./typed.js";
import { dynType, isOpen, intType, typeName } from "./types.js";
import type { CelType } from "./types.js";
import { CelError, CelList, CelMap } from "./values.js";
import type { CelValue } from "./values.js";

/** A loop whose range is checked and whose variables are in scope. */
export interface Loop {
  readonly range: Typed;
  readonly scope: Scope;
  readonly slots: readonly number[];
  readonly count: Interval;
}

/** The types of a loop's variables: items, keys, or keys and values. */
function variableTypes(range: CelType, count: number): readonly CelType[] | undefined {
  if (isOpen(range)) return [dynType, dynType];
  if (range.kind === "list") return count === 1 ? [range.element] : [intType, range.element];
  if (range.kind === "map") return [range.key, range.value];
  return undefined;
}

/** Brings the variables of a loop into scope; undefined (and an issue) when nothing can be looped over. */
export function openLoop(
  checker: Checker,
  target: CelNode,
  names: readonly string[],
  scope: Scope,
): Loop | undefined {
  const range = checker.check(target, scope);
  if (range === unchecked) return undefined;
  const types = variableTypes(range.type, names.length);
  if (types === undefined) {
    const why = `expression of type '${typeName(range.type)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
    checker.issue(target.position, why);
    return undefined;
  }
  let inner = scope;
  const slots = names.map((name, at) => {
    const [next, { slot }] = inner.with(name, types[at] as CelType);
    inner = next;
    return slot;
  });
  return { range, scope: inner, slots, count: range.size };
}

/** Runs a loop's body with its variables set, until it returns false. */
export function runLoop(
  { slots }: Loop,
  frame: Frame,
  range: CelValue,
  body: (key: CelValue) => boolean,
): void {
  const [first = 0, second] = slots;
  if (range instanceof CelList) {
    for (let at = 0; at < range.size; at++) {
      const item = range.at(at);
      frame.slots[first] = second === undefined ? item : BigInt(at);
      if (second !== undefined) frame.slots[second] = item;
      step();
      if (!body(frame.slots[first])) return;
    }
    return;
  }
  if (!(range instanceof CelMap)) throw new CelError("no such overload");
  for (const key of range.keys()) {
    frame.slots[first] = key;
    if (second !== undefined) frame.slots[second] = range.get(key) as CelValue;
    step();
    if (!body(key)) return;
  }
}
