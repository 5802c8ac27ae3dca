// SPDX-License-Identifier: Apache-2.0
// Calls of functions: which overload is meant, what it costs, which one runs when types are open.
import { sizeOf } from "./compare.js";
import { add, either, exactly, sizeOfType } from "./estimate.js";
import type { Interval } from "./estimate.js";
import type { Frame } from "./frame.js";
import type { Overload } from "./overload.js";
import type { Typed } from "./typed.js";
import { accepts, dynType, joinTypes, sameType, substitute, typeName } from "./types.js";
import type { Bindings, CelType } from "./types.js";
import { CelError, hasType, typeNameOf } from "./values.js";
import type { CelValue } from "./values.js";

interface Candidate {
  readonly overload: Overload;
  readonly result: CelType;
}

function candidatesOf(overloads: readonly Overload[], args: readonly Typed[]): Candidate[] {
  return overloads.flatMap((overload) => {
    const { params } = overload;
    if (params.length !== args.length) return [];
    const bindings: Bindings = new Map();
    const fits = args.every(({ type }, at) => accepts(params[at] as CelType, type, bindings));
    return fits ? [{ overload, result: substitute(overload.result, bindings) }] : [];
  });
}

function resultOf(candidates: readonly Candidate[]): CelType {
  const [first, ...rest] = candidates.map(({ result }) => result) as [CelType, ...CelType[]];
  return rest.every((type) => sameType(first, type)) ? first : dynType;
}

function costOf({ cost }: Overload, sizes: readonly Interval[]): Interval {
  if (cost === undefined) return exactly(1);
  return {
    min: cost(...sizes.map(({ min }) => min)),
    max: cost(...sizes.map(({ max }) => max)),
  };
}

function estimateOf(
  candidates: readonly Candidate[],
  type: CelType,
  sizes: readonly Interval[],
): { cost: Interval; size: Interval } {
  const costs = candidates.map(({ overload }) => costOf(overload, sizes));
  const grown = candidates.flatMap(({ overload: { resultSize } }) =>
    resultSize === undefined ? [] : [{ min: 0, max: resultSize(...sizes.map(({ max }) => max)) }],
  );
  const size = grown.length === candidates.length ? grown.reduce(either) : sizeOfType(type);
  return { cost: costs.reduce(either), size };
}

function charge({ cost }: Overload, frame: Frame, values: readonly CelValue[]): void {
  frame.charge(cost === undefined ? 1 : cost(...values.map(sizeOf)));
}

function select(candidates: readonly Candidate[], values: readonly CelValue[]): Overload {
  const found = candidates.find(({ overload: { params } }) =>
    params.every((param, at) => hasType(values[at] as CelValue, param)),
  );
  if (found !== undefined) return found.overload;
  const name = candidates[0]?.overload.name ?? "";
  throw new CelError(`no such overload: ${name}(${values.map(typeNameOf).join(", ")})`);
}

function runCall(candidates: readonly Candidate[], args: readonly Typed[]): Typed["run"] {
  const runs = args.map(({ run }) => run);
  const isOpen = args.some(({ type }) => type.kind === "dyn");
  const [only] = candidates as [Candidate];
  return (frame) => {
    const values = runs.map((run) => run(frame));
    // A field that may be null has its type all the same.
    const isSure = candidates.length === 1 && !isOpen && !values.includes(null);
    const overload = isSure ? only.overload : select(candidates, values);
    charge(overload, frame, values);
    return overload.run(...(values as never[]));
  };
}

/** The types of a call as messages show them: `(int, string)`, `int.(string)` for a method. */
export function signatureText(args: readonly Typed[], isMember: boolean): string {
  const names = args.map(({ type }) => typeName(type));
  if (!isMember) return `(${names.join(", ")})`;
  return `${names[0]}.(${names.slice(1).join(", ")})`;
}

/** A call of one of the overloads; undefined when none of them takes the arguments. */
export function checkCall(
  overloads: readonly Overload[],
  args: readonly Typed[],
): Typed | undefined {
  const candidates = candidatesOf(overloads, args);
  if (candidates.length === 0) return undefined;
  const type = resultOf(candidates);
  const { cost, size } = estimateOf(
    candidates,
    type,
    args.map((arg) => arg.size),
  );
  return {
    type,
    size,
    cost: add(cost, ...args.map((arg) => arg.cost)),
    run: runCall(candidates, args),
  };
}

/** Whether all types of literals' parts go together, as Kubernetes asks of them. */
export function commonType(parts: readonly Typed[]): CelType {
  return joinTypes(parts.map(({ type }) => type));
}
