// SPDX-License-Identifier: Apache-2.0
// Laws of expressions: whatever is written, compiling and running it ends with an answer and throws
// nothing; && and || do not depend on the order of their terms; estimates hold.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compileCel } from "./compile.js";
import type { Outcome } from "./compile.js";
import { equalValues } from "./compare.js";
import { dynType, intType, listOf, stringType } from "./types.js";
import { ArrayList } from "./values.js";
import type { CelValue } from "./values.js";

const variables = [
  ["n", intType],
  ["s", stringType],
  ["l", listOf(intType)],
  ["d", dynType],
] as const;

const values = (any: CelValue): CelValue[] => [3n, "ab.c", new ArrayList([1n, 2n, 3n]), any];

const leaf = fc.constantFrom(
  ...["n", "s", "l", "d", "x", "1", "-7", "2u", "1.5", "'a'", "b'a'", "true", "null", "[]", "{}"],
  ...[
    "[1, 2]",
    "{'a': 1}",
    "duration('1h')",
    "timestamp('2020-01-01T00:00:00Z')",
    "optional.none()",
  ],
  ...["9223372036854775807", "''", "ip('10.0.0.1')", "quantity('1Gi')", "type(1)"],
);

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    leaf,
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom(..."+ - * / % == != < <= > >= in && ||".split(" ")),
        tie("expression"),
      )
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom("size", "contains", "matches", "split", "replace", "sum", "value", "find"),
        fc.array(tie("expression"), { maxLength: 2 }),
      )
      .map(([target, name, args]) => `(${target}).${name}(${args.join(", ")})`),
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom("all", "exists", "exists_one", "map", "filter"),
        tie("expression"),
      )
      .map(([target, name, body]) => `(${target}).${name}(x, ${body})`),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([test, yes, no]) => `(${test}) ? (${yes}) : (${no})`),
    fc.tuple(tie("expression"), tie("expression")).map(([list, at]) => `(${list})[${at}]`),
    fc
      .tuple(
        fc.constantFrom("int", "uint", "double", "string", "bytes", "bool", "type", "dyn", "size"),
        tie("expression"),
      )
      .map(([name, arg]) => `${name}(${arg})`),
  ),
}));

function run(text: string, any: CelValue = "d"): Outcome | undefined {
  const program = compileCel(text, variables);
  return "issues" in program ? undefined : program.run(values(any), 100_000);
}

describe("an expression", () => {
  it("ends with a value, an error or the limit, and throws nothing", () => {
    fc.assert(
      fc.property(expression, (text) => {
        const outcome = run(text);
        expect(["value", "error", "limit", undefined]).toContain(outcome?.kind);
      }),
      { numRuns: 3_000 },
    );
  });

  it("is an expression or told what it is not, whatever characters it has", () => {
    const characters = fc.constantFrom(...`abx019._'"\`()[]{}<>=!&|?:+-*/%, \n\\u👑`);
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 40 }), (text) => {
        const program = compileCel(text.join(""), variables);
        if ("issues" in program) expect(program.issues).toMatch(/^ERROR: <input>:/);
      }),
      { numRuns: 3_000 },
    );
  });

  it("has the same value with the terms of && and || turned around, when it has one", () => {
    const operator = fc.constantFrom("&&", "||");
    fc.assert(
      fc.property(expression, operator, expression, (left, mark, right) => {
        const one = run(`(${left}) ${mark} (${right})`);
        const two = run(`(${right}) ${mark} (${left})`);
        if (one?.kind !== "value" || two?.kind !== "value") return;
        expect(equalValues(one.value, two.value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("equals itself, unless it is no number", () => {
    fc.assert(
      fc.property(expression, (text) => {
        const outcome = run(`(${text}) == (${text})`);
        if (outcome?.kind !== "value" || outcome.value === true) return;
        expect(text).toMatch(/[/%]|double|NaN/);
      }),
      { numRuns: 2_000 },
    );
  });
});
