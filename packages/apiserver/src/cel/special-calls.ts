// SPDX-License-Identifier: Apache-2.0
// Calls that are no plain functions: index, conditional, type, dyn, and what is evaluated late.
import { add, either, exactly, sizeOfType } from "./estimate.js";
import { findAt, indexInto } from "./library/operators.js";
import { signatureText } from "./calls.js";
import type { CelNode } from "./syntax.js";
import { unchecked } from "./typed.js";
import type { Checker, Run, Scope, Typed } from "./typed.js";
import {
  accepts,
  boolType,
  dynType,
  isOpen,
  intType,
  joinTypes,
  optionalOf,
  typeOfType,
} from "./types.js";
import type { CelType } from "./types.js";
import { CelError, Optional, TypeValue, typeNameOf } from "./values.js";
import type { CelValue } from "./values.js";

type Call = Extract<CelNode, { kind: "call" }>;

function noOverload(
  checker: Checker,
  { name, position }: Call,
  args: readonly Typed[],
  member = false,
): Typed {
  if (args.includes(unchecked)) return unchecked;
  const applied = signatureText(args, member);
  return checker.issue(
    position,
    `found no matching overload for '${name}' applied to '${applied}'`,
  );
}

/** Index and conditional. */
export function checkOperator(checker: Checker, node: Call, scope: Scope): Typed | undefined {
  if (node.name === "_?_:_") return conditional(checker, node, scope);
  if (node.name === "_[_]") return index(checker, node, scope, false);
  return node.name === "_[?_]" ? index(checker, node, scope, true) : undefined;
}

function conditional(checker: Checker, node: Call, scope: Scope): Typed {
  const args = node.args.map((arg) => checker.check(arg, scope)) as [Typed, Typed, Typed];
  const [condition, yes, no] = args;
  const fits = accepts(yes.type, no.type, new Map()) || accepts(no.type, yes.type, new Map());
  if (!accepts(boolType, condition.type, new Map()) || !fits)
    return noOverload(checker, node, args);
  const run: Run = (frame) => {
    const value = condition.run(frame);
    if (typeof value !== "boolean") throw new CelError("no such overload");
    return (value ? yes : no).run(frame);
  };
  return {
    type: joinTypes([yes.type, no.type]),
    size: either(yes.size, no.size),
    cost: add(condition.cost, either(yes.cost, no.cost)),
    run,
  };
}

/** What an index leads to; undefined when the container has no such items. */
function itemType(container: CelType, key: CelType): CelType | undefined {
  if (isOpen(container)) return dynType;
  if (container.kind === "list") {
    return accepts(intType, key, new Map()) ? container.element : undefined;
  }
  if (container.kind === "map") {
    return accepts(container.key, key, new Map()) ? container.value : undefined;
  }
  return undefined;
}

function index(checker: Checker, node: Call, scope: Scope, asked: boolean): Typed {
  const args = node.args.map((arg) => checker.check(arg, scope)) as [Typed, Typed];
  const [container, key] = args;
  const isOptional = asked || container.type.kind === "optional";
  const inner = container.type.kind === "optional" ? container.type.value : container.type;
  const type = itemType(inner, key.type);
  if (type === undefined) return noOverload(checker, node, args);
  const isAttribute = ["ident", "select"].includes(node.args[1]?.kind ?? "");
  const run: Run = (frame) => {
    const value = container.run(frame);
    const at = key.run(frame);
    // A key that is a variable or a field of one is part of the way to the item.
    if (!isAttribute) frame.charge(1);
    if (!isOptional && !(value instanceof Optional)) return indexInto(value, at);
    const held = value instanceof Optional ? value.value : value;
    const found = held === undefined ? undefined : findAt(held, at);
    return found === undefined ? Optional.none : new Optional(found);
  };
  return {
    type: isOptional ? optionalOf(type) : type,
    size: sizeOfType(type),
    cost: add(exactly(1), container.cost, key.cost),
    run,
  };
}

/** `type(x)`, `dyn(x)`, `x.or(y)`, `x.orValue(y)`. */
export function checkSpecial(checker: Checker, node: Call, scope: Scope): Typed | undefined {
  const { name, target, args } = node;
  if (args.length !== 1) return undefined;
  if (target === undefined && (name === "type" || name === "dyn")) {
    return ofAnything(checker.check(args[0] as CelNode, scope), name);
  }
  if (target !== undefined && (name === "or" || name === "orValue")) {
    return otherwise(checker, node, scope);
  }
  return undefined;
}

function ofAnything(arg: Typed, name: "type" | "dyn"): Typed {
  const cost = add(exactly(1), arg.cost);
  const isDyn = name === "dyn";
  const run: Run = (frame) => {
    const value = arg.run(frame);
    frame.charge(1);
    return isDyn ? value : new TypeValue(typeNameOf(value));
  };
  if (isDyn) return { ...arg, type: dynType, cost, run };
  return { type: typeOfType(arg.type), size: exactly(1), cost, run };
}

/** The second is evaluated only when the first is empty. */
function otherwise(checker: Checker, node: Call, scope: Scope): Typed {
  const optional = checker.check(node.target as CelNode, scope);
  const other = checker.check(node.args[0] as CelNode, scope);
  const isOptional = accepts(optionalOf(dynType), optional.type, new Map());
  const inner = optional.type.kind === "optional" ? optional.type.value : dynType;
  const wanted = node.name === "or" ? optionalOf(inner) : inner;
  const fits = accepts(wanted, other.type, new Map()) || accepts(other.type, wanted, new Map());
  if (!isOptional || !fits) return noOverload(checker, node, [optional, other], true);
  const run: Run = (frame) => {
    const value = optional.run(frame);
    if (!(value instanceof Optional)) throw new CelError("no such overload");
    if (value.value === undefined) return other.run(frame);
    return node.name === "or" ? value : (value.value satisfies CelValue);
  };
  return {
    type: joinTypes([wanted, other.type]),
    size: either(optional.size, other.size),
    cost: add(exactly(1), optional.cost, { min: 0, max: other.cost.max }),
    run,
  };
}
