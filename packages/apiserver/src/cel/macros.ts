// SPDX-License-Identifier: Apache-2.0
// Macros: quantifiers, map and filter over lists and maps, bindings, optional mapping.
import { checkComprehension, comprehensionNames } from "./comprehensions.js";
import { add, exactly } from "./estimate.js";
import { nameOf } from "./parser.js";
import { checkHas } from "./select.js";
import { sortBy } from "./library/lists.js";
import { openLoop, runLoop } from "./loop.js";
import { times } from "./estimate.js";
import type { CelNode } from "./syntax.js";
import { unchecked } from "./typed.js";
import type { Checker, Run, Scope, Typed } from "./typed.js";
import { dynType, optionalOf } from "./types.js";
import { CelError, CelList, Optional } from "./values.js";
import type { CelValue } from "./values.js";

type Call = Extract<CelNode, { kind: "call" }>;

/** A macro's result, or undefined when the call is none. */
export function checkMacro(checker: Checker, node: Call, scope: Scope): Typed | undefined {
  const { name, target, args } = node;
  const [first, second, third] = args;
  if (target === undefined) {
    return name === "has" && args.length === 1
      ? checkHas(checker, first as CelNode, scope)
      : undefined;
  }
  if (comprehensionNames.has(name)) return checkComprehension(checker, node, target, scope);
  if (name === "bind" && nameOf(target) === "cel" && args.length === 3) {
    return bind(checker, first as CelNode, second as CelNode, third as CelNode, scope);
  }
  if (args.length !== 2 || first?.kind !== "ident") return undefined;
  if (name === "optMap" || name === "optFlatMap") return mapOptional(checker, node, scope);
  return name === "sortBy" ? checkSortBy(checker, node, scope) : undefined;
}

function bind(checker: Checker, name: CelNode, init: CelNode, body: CelNode, scope: Scope): Typed {
  if (name.kind !== "ident") {
    return checker.issue(name.position, "cel.bind() variable names must be simple identifiers");
  }
  const value = checker.check(init, scope);
  const [inner, variable] = scope.with(name.name, value.type, value.size);
  const result = checker.check(body, inner);
  const run: Run = (frame) => {
    frame.slots[variable.slot] = value.run(frame);
    return result.run(frame);
  };
  // The reference makes a comprehension over an empty list of it.
  const cost = add(exactly(10), value.cost, result.cost);
  return {
    type: result.type,
    size: result.size,
    cost,
    run: (frame) => (frame.charge(10), run(frame)),
  };
}

/** The reference binds the optional and its value, asks whether there is one, and wraps the result. */
const optionalMapCost = 25;
/** The same when it runs: the empty lists of the bindings are constants. */
const optionalMapRunCost = 5;

function mapOptional(checker: Checker, node: Call, scope: Scope): Typed {
  const [name, body] = node.args as [Extract<CelNode, { kind: "ident" }>, CelNode];
  const optional = checker.check(node.target as CelNode, scope);
  if (optional === unchecked) return unchecked;
  const held = optional.type.kind === "optional" ? optional.type.value : dynType;
  const [inner, variable] = scope.with(name.name, held);
  const result = checker.check(body, inner);
  const isFlat = node.name === "optFlatMap";
  const run: Run = (frame) => {
    const value = optional.run(frame);
    frame.charge(optionalMapRunCost);
    if (!(value instanceof Optional)) throw new CelError("no such overload");
    if (value.value === undefined) return Optional.none;
    frame.slots[variable.slot] = value.value;
    const mapped = result.run(frame);
    return isFlat ? mapped : new Optional(mapped);
  };
  return {
    type: isFlat ? result.type : optionalOf(result.type),
    size: result.size,
    cost: add(exactly(optionalMapCost), optional.cost, { min: 0, max: result.cost.max }),
    run,
  };
}

function checkSortBy(checker: Checker, node: Call, scope: Scope): Typed {
  const [name, body] = node.args as [Extract<CelNode, { kind: "ident" }>, CelNode];
  const loop = openLoop(checker, node.target as CelNode, [name.name], scope);
  if (loop === undefined) return unchecked;
  const key = checker.check(body, loop.scope);
  const run: Run = (frame) => {
    const list = loop.range.run(frame);
    if (!(list instanceof CelList)) throw new CelError("no such overload");
    const keys: CelValue[] = [];
    runLoop(loop, frame, list, () => {
      keys.push(key.run(frame));
      return true;
    });
    frame.charge(list.size * list.size);
    return sortBy(list, keys);
  };
  const perItem = add(key.cost, exactly(1), loop.count);
  const cost = add(loop.range.cost, times(loop.count, perItem));
  return { type: loop.range.type, size: loop.count, cost, run };
}
