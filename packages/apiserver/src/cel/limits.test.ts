// SPDX-License-Identifier: Apache-2.0
// No expression hangs the server, overflows its stack or fills its memory.
import { describe, expect, it } from "@jest/globals";
import { compileCel } from "./compile.js";
import type { Outcome } from "./compile.js";

function run(text: string, limit = 1_000_000): Outcome {
  const program = compileCel(text, []);
  if ("issues" in program) throw new Error(program.issues);
  return program.run([], limit);
}

const names = [..."abcdefghijklmnopqrstuvwxyz"];

/** Bindings that each double the one before, then a use of the last. */
const doubling = (first: string, use: (name: string) => string): string =>
  names.reduceRight((body, name, index) => {
    const before = index === 0 ? first : (names[index - 1] as string);
    return `cel.bind(${name}, ${before} + ${before}, ${body})`;
  }, use("z"));

describe("a budget", () => {
  const hostile: [string, string][] = [
    [
      "loops in loops",
      "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))",
    ],
    ["lists that double", doubling("[1]", (last) => `${last}.all(x, x == 1)`)],
    ["texts that double", doubling("'aaaaaaaa'", (last) => `${last}.size() > 0`)],
    ["a comparison of lists of long lists", doubling("[1]", (last) => `[${last}] == [${last}]`)],
    [
      "a join of long texts",
      doubling("['aaaaaaaaaaaaaaaa']", (last) => `${last}.join('-').size() > 0`),
    ],
    ["a flattened long list", doubling("[1]", (last) => `[${last}].flatten().size() > 0`)],
    [
      "a replacement in every place",
      "lists.range(2000).map(x, 'aaaaaaaaaaaaaaaa').join().replace('', lists.range(2000).map(x, 'bbbbbbbbbbbbbbbb').join()).size() > 0",
    ],
    ["distinct items of a long list", "lists.range(100000).distinct().size() > 0"],
    ["an error on every item", "lists.range(1000000).exists(x, 1 / 0 == x)"],
  ];
  it.each(hostile)("ends %s", (_title, text) => {
    expect(run(text).kind).toBe("limit");
  });

  it("cannot be caught by another term", () => {
    expect(run("lists.range(1000000).all(x, x >= 0) || true", 1000).kind).toBe("limit");
  });

  it("leaves cheap expressions alone, and tells what they cost", () => {
    expect(run("[1, 2, 3].all(x, x > 0)")).toEqual({ kind: "value", value: true, cost: 16 });
  });
});

describe("the parser", () => {
  const failure = (text: string): string => {
    const program = compileCel(text, []);
    return "issues" in program ? program.issues : "";
  };

  it.each([
    ["parentheses", "(".repeat(100_000)],
    ["lists", "[".repeat(100_000)],
    ["signs", "-!".repeat(50_000) + "1"],
    ["sums", "1".padEnd(100_001, "+1")],
    ["selections", "a".padEnd(100_000, ".a")],
    ["conditions", "true".padEnd(100_004, "?1:true")],
  ])("refuses deep %s", (_title, text) => {
    expect(failure(text)).toMatch(/recursion limit exceeded: 250|code point size exceeds limit/);
  });

  it("takes long chains of && and ||, which are not deep", () => {
    expect(run(`${"true && ".repeat(5000)}true`).kind).toBe("value");
  });

  it("shows the place of an error in its line, counted in code points", () => {
    expect(failure("'👑' ==\n 1 +")).toBe(
      "ERROR: <input>:2:5: Syntax error: unexpected input <EOF>\n |  1 +\n | ....^",
    );
  });
});
