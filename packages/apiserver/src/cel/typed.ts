// SPDX-License-Identifier: Apache-2.0
// A checked expression: its type, what it will cost, and how to run it.
import type { Interval } from "./estimate.js";
import { sizeOfType } from "./estimate.js";
import type { Frame } from "./frame.js";
import type { CelIssue, CelNode } from "./syntax.js";
import type { CelType } from "./types.js";
import { dynType, nullType } from "./types.js";
import type { CelValue } from "./values.js";

/** Runs a checked expression. @throws {@link CelError} when it has no value. */
export type Run = (frame: Frame) => CelValue;

/** A checked expression. */
export interface Typed {
  readonly type: CelType;
  readonly cost: Interval;
  readonly size: Interval;
  readonly run: Run;
  /** The value of a literal. */
  readonly literal?: CelValue;
}

/** A variable in scope. */
export interface Variable {
  readonly type: CelType;
  readonly slot: number;
  readonly size: Interval;
}

/** Names in scope; inner ones hide outer ones. */
export class Scope {
  readonly #names: ReadonlyMap<string, Variable>;
  readonly #depth: number;

  constructor(names: ReadonlyMap<string, Variable> = new Map(), depth = 0) {
    this.#names = names;
    this.#depth = depth;
  }

  find(name: string): Variable | undefined {
    return this.#names.get(name);
  }

  /** A scope with one name more. */
  with(name: string, type: CelType, size: Interval = sizeOfType(type)): [Scope, Variable] {
    const variable = { type, slot: this.#depth, size };
    return [new Scope(new Map([...this.#names, [name, variable]]), this.#depth + 1), variable];
  }
}

/** What checking collects and offers to its parts. */
export interface Checker {
  check(node: CelNode, scope: Scope): Typed;
  issue(position: number, message: string): Typed;
  readonly issues: readonly CelIssue[];
  /** Names of variables that the expression reads. */
  readonly used: Set<string>;
}

/** Stands for what could not be checked, so that the rest can be. */
export const unchecked: Typed = {
  type: dynType,
  cost: { min: 0, max: 0 },
  size: sizeOfType(nullType),
  run: () => null,
};
