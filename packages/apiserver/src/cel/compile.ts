// SPDX-License-Identifier: Apache-2.0
// From the text of an expression to a program that can be run with a budget, or to what is wrong.
import { ExpressionChecker } from "./checker.js";
import type { CheckOptions } from "./checker.js";
import { CostLimitError, Frame } from "./frame.js";
import { parseCel } from "./parser.js";
import { CelSyntaxError, formatIssues } from "./syntax.js";
import type { CelNode } from "./syntax.js";
import { Scope } from "./typed.js";
import type { CelType } from "./types.js";
import { CelError } from "./values.js";
import type { CelValue } from "./values.js";

/** What an evaluation came to. */
export type Outcome =
  | { readonly kind: "value"; readonly value: CelValue; readonly cost: number }
  | { readonly kind: "error"; readonly message: string; readonly cost: number }
  | { readonly kind: "limit"; readonly message: string; readonly cost: number };

/** A checked expression that can be run. */
export interface Program {
  readonly type: CelType;
  /** The most it can cost with objects of its schema. */
  readonly maxCost: number;
  /** Names of variables that it reads. */
  readonly uses: ReadonlySet<string>;
  /** Runs with values in the order of the variables. Never throws for what the expression does. */
  run(values: readonly (CelValue | undefined)[], limit: number): Outcome;
}

/** What is wrong with an expression, as the API server's messages show it. */
export interface CompileFailure {
  readonly issues: string;
  /** The expression was checked, and could not be made into a program. */
  readonly isProgramFault?: true;
}

/** Compiles an expression. */
export function compileCel(
  text: string,
  variables: readonly (readonly [string, CelType])[],
  options: CheckOptions = { homogeneous: true },
): Program | CompileFailure {
  let node: CelNode;
  try {
    node = parseCel(text);
  } catch (error) {
    if (!(error instanceof CelSyntaxError)) throw error;
    return { issues: formatIssues(text, [error.issue]) };
  }
  const checker = new ExpressionChecker(options);
  let scope = new Scope();
  for (const [name, type] of variables) [scope] = scope.with(name, type);
  const typed = checker.check(node, scope);
  if (checker.issues.length > 0) return { issues: formatIssues(text, checker.issues) };
  const { failure: why } = checker;
  if (why !== undefined) return { issues: why, isProgramFault: true };
  return {
    type: typed.type,
    maxCost: typed.cost.max,
    uses: checker.used,
    run: (values, limit) => {
      const frame = new Frame(limit);
      values.forEach((value, slot) => (frame.slots[slot] = value));
      try {
        return { kind: "value", value: typed.run(frame), cost: frame.cost };
      } catch (error) {
        return failure(error, frame);
      }
    },
  };
}

function failure(error: unknown, { cost }: Frame): Outcome {
  if (error instanceof CelError) return { kind: "error", message: error.message, cost };
  if (error instanceof CostLimitError) return { kind: "limit", message: error.message, cost };
  throw error;
}
