// SPDX-License-Identifier: Apache-2.0
// Fields of objects and maps: `a.b`, `a.?b`, `has(a.b)`.
import { add, exactly, sizeOfType } from "./estimate.js";
import type { CelNode } from "./syntax.js";
import { unchecked } from "./typed.js";
import type { Checker, Run, Scope, Typed } from "./typed.js";
import { boolType, dynType, isOpen, optionalOf, typeName } from "./types.js";
import type { CelType } from "./types.js";
import { CelError, CelMap, Optional } from "./values.js";
import type { CelValue } from "./values.js";

type Selection = Extract<CelNode, { kind: "select" | "optSelect" }>;

/** The type of a field; undefined (and an issue) when there is no such field. */
function fieldType(checker: Checker, node: Selection, type: CelType): CelType | undefined {
  if (isOpen(type)) return dynType;
  if (type.kind === "map") return type.value;
  if (type.kind === "object") {
    const field = type.fields.get(node.field);
    if (field === undefined) checker.issue(node.position, `undefined field '${node.field}'`);
    return field;
  }
  const why = `type '${typeName(type)}' does not support field selection`;
  checker.issue(node.position, why);
  return undefined;
}

/** A field of a value; undefined when the value has no such field. */
function fieldOf(value: CelValue, field: string): CelValue | undefined {
  if (value instanceof CelMap) return value.get(field);
  throw new CelError("no such overload");
}

/** `a.b`; below an optional the result is optional too. */
export function checkSelect(checker: Checker, node: Selection, scope: Scope): Typed {
  const operand = checker.check(node.operand, scope);
  if (operand === unchecked) return unchecked;
  if (operand.type.kind === "optional") return optionalField(checker, node, operand);
  const type = fieldType(checker, node, operand.type);
  if (type === undefined) return unchecked;
  const { field } = node;
  const { run: inner } = operand;
  const run: Run = (frame) => {
    const value = inner(frame);
    frame.charge(1);
    if (value instanceof Optional) return selectOptional(value, field);
    const found = fieldOf(value, field);
    if (found === undefined) throw new CelError(`no such key: ${field}`);
    return found;
  };
  return { type, size: sizeOfType(type), cost: add(operand.cost, exactly(1)), run };
}

function selectOptional(value: CelValue, field: string): Optional {
  const inner = value instanceof Optional ? value.value : value;
  const found = inner === undefined ? undefined : fieldOf(inner, field);
  return found === undefined ? Optional.none : new Optional(found);
}

function optionalField(checker: Checker, node: Selection, operand: Typed): Typed {
  const inner = operand.type.kind === "optional" ? operand.type.value : operand.type;
  const type = fieldType(checker, node, inner);
  if (type === undefined) return unchecked;
  const { run: outer } = operand;
  const run: Run = (frame) => {
    const found = selectOptional(outer(frame), node.field);
    // A field that is not there costs nothing.
    if (found.value !== undefined) frame.charge(1);
    return found;
  };
  return {
    type: optionalOf(type),
    size: sizeOfType(type),
    cost: add(operand.cost, exactly(1)),
    run,
  };
}

/** `a.?b`: the field as an optional. */
export function checkOptionalSelect(checker: Checker, node: Selection, scope: Scope): Typed {
  const operand = checker.check(node.operand, scope);
  return operand === unchecked ? unchecked : optionalField(checker, node, operand);
}

/** `has(a.b)`: whether the field is there. Costs nothing beyond `a`. */
export function checkHas(checker: Checker, node: CelNode, scope: Scope): Typed {
  if (node.kind !== "select" && node.kind !== "optSelect") {
    return checker.issue(node.position, "invalid argument to has() macro");
  }
  const operand = checker.check(node.operand, scope);
  if (operand === unchecked) return unchecked;
  const inner = operand.type.kind === "optional" ? operand.type.value : operand.type;
  if (fieldType(checker, node, inner) === undefined) return unchecked;
  const run: Run = (frame) => {
    const value = operand.run(frame);
    if (value instanceof Optional || node.kind === "optSelect") {
      return selectOptional(value, node.field).value !== undefined;
    }
    if (value instanceof CelMap) return value.has(node.field);
    throw new CelError("no such overload");
  };
  return { type: boolType, size: exactly(1), cost: operand.cost, run };
}
