// SPDX-License-Identifier: Apache-2.0
// Functions of CEL: signature, what they do, what they cost.
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  nullType,
  optionalOf,
  stringType,
  timestampType,
  typeOfType,
  uintType,
} from "./types.js";
import type { CelType } from "./types.js";
import type { CelValue } from "./values.js";

/** Cost of a call from the sizes of its arguments; grows with each of them. */
export type CostRule = (...sizes: number[]) => number;

/** One way to call a function. */
export interface Overload {
  readonly name: string;
  /** Called as `target.name(…)`; the target is the first argument. */
  readonly member: boolean;
  readonly params: readonly CelType[];
  readonly result: CelType;
  readonly run: (...args: never[]) => CelValue;
  readonly cost: CostRule | undefined;
  /** Largest size of the result, for the estimate of what is done with it. */
  readonly resultSize: CostRule | undefined;
}

/** What a function costs and makes, where that is not 1. */
export interface OverloadCost {
  readonly cost?: CostRule;
  readonly size?: CostRule;
}

const words: Readonly<Record<string, CelType>> = {
  bool: boolType,
  int: intType,
  uint: uintType,
  double: doubleType,
  string: stringType,
  bytes: bytesType,
  null: nullType,
  dyn: dynType,
  duration: durationType,
  timestamp: timestampType,
  type: typeOfType(dynType),
  URL: { kind: "opaque", name: "kubernetes.URL" },
  Quantity: { kind: "opaque", name: "kubernetes.Quantity" },
  Format: { kind: "opaque", name: "kubernetes.NamedFormat" },
  IP: { kind: "opaque", name: "net.IP" },
  CIDR: { kind: "opaque", name: "net.CIDR" },
  Semver: { kind: "opaque", name: "kubernetes.Semver" },
};

/** The type that a word or `list<A>` of a signature means; single capitals are variables. */
function readType(text: string): CelType {
  const generic = /^(list|map|optional)<(.*)>$/.exec(text);
  if (generic === null) return words[text] ?? { kind: "param", name: text };
  const [, kind, inner = ""] = generic;
  if (kind === "list") return listOf(readType(inner));
  if (kind === "optional") return optionalOf(readType(inner));
  const [key = "", value = ""] = splitTypes(inner);
  return mapOf(readType(key), readType(value));
}

/** Splits at commas outside of angle brackets. */
function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === "<") depth += 1;
    else if (text[at] === ">") depth -= 1;
    else if (at === text.length || (text[at] === "," && depth === 0)) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return parts.filter((part) => part !== "");
}

function overload(
  name: string,
  member: boolean,
  signature: string,
  run: Overload["run"],
  { cost, size }: OverloadCost,
): Overload {
  const [params = "", result = ""] = signature.split("->");
  return {
    name,
    member,
    params: splitTypes(params.trim()).map(readType),
    result: readType(result.trim()),
    run,
    cost,
    resultSize: size,
  };
}

/** A function `name(…)`: `fn("size", "string -> int", …)`. */
export function fn(
  name: string,
  signature: string,
  run: Overload["run"],
  cost: OverloadCost = {},
): Overload {
  return overload(name, false, signature, run, cost);
}

/** A method `target.name(…)`; the target's type comes first in the signature. */
export function method(
  name: string,
  signature: string,
  run: Overload["run"],
  cost: OverloadCost = {},
): Overload {
  return overload(name, true, signature, run, cost);
}

/** Cost of going through a text once. Source: the reference cost model, a tenth per code point. */
export const traverse = (size: number): number => Math.ceil(size * 0.1);

/** Cost of matching a text with a pattern. Source: the reference cost model. */
export const matchCost = (size: number, pattern: number): number =>
  traverse(size + 1) * Math.ceil(pattern * 0.25);

/** A function that goes through its first argument once. */
export const walks: OverloadCost = { cost: (size) => traverse(size) };
