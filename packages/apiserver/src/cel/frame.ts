// SPDX-License-Identifier: Apache-2.0
// One evaluation of a CEL expression: its variables, and the budgets that end what costs too much.
import type { CelValue } from "./values.js";

/** The evaluation cost more than it may; nothing in the expression can catch this. */
export class CostLimitError extends Error {
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
    this.name = "CostLimitError";
  }
}

/**
 * Items that one evaluation may look at in all. The cost model counts nested lists as one item, so
 * that it alone would not end a comparison of lists of long lists. Half a second of work.
 */
const maxSteps = 5_000_000;

/** Longest text an expression may make, in code units; several times the largest request. */
const maxTextUnits = 10_000_000;

// An evaluation runs to its end before another one starts.
let stepsLeft = maxSteps;

/** Counts a look at one item. @throws {@link CostLimitError} when there were too many. */
export function step(count = 1): void {
  stepsLeft -= count;
  if (stepsLeft < 0) throw new CostLimitError();
}

/** Refuses to make a text that is too long. @throws {@link CostLimitError} */
export function checkTextSize(units: number): void {
  if (units > maxTextUnits) throw new CostLimitError();
}

/** State of one evaluation. */
export class Frame {
  readonly slots: (CelValue | undefined)[] = [];
  readonly limit: number;
  cost = 0;

  constructor(limit: number) {
    this.limit = limit;
    stepsLeft = maxSteps;
  }

  /** Counts work. @throws {@link CostLimitError} when it is too much. */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostLimitError();
  }
}
