// SPDX-License-Identifier: Apache-2.0
// Patterns are RE2's: its dialect, its refusals, and time that grows with the text and no faster.
import { describe, expect, it } from "@jest/globals";
import { compilePattern, PatternError } from "./patterns.js";
import type { Pattern } from "./patterns.js";

function pattern(source: string): Pattern {
  const compiled = compilePattern(source);
  if (compiled instanceof PatternError) throw compiled;
  return compiled;
}

describe("a pattern", () => {
  it.each([
    ["(", "error parsing regexp: missing closing ): `(`"],
    ["a**", "error parsing regexp: invalid nested repetition operator: `**`"],
    ["(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"],
    ["\\1", "error parsing regexp: invalid escape sequence: `\\1`"],
    ["((a{1000}){1000})", "error parsing regexp: invalid repeat count: `{1000}`"],
  ])("%s is refused", (source, message) => {
    expect((compilePattern(source) as PatternError).message).toBe(message);
  });

  it.each(["^(a+)+$", "^(a|aa)+$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$"])(
    "%s says no to a long text at once",
    (source) => {
      const text = "a".repeat(50_000) + "!";
      expect(pattern(source).matches(text)).toBe(false);
    },
  );

  it("finds all matches from left to right, or as many as are wanted", () => {
    expect(pattern("[0-9]+").findAll("1 22 333", -1)).toEqual(["1", "22", "333"]);
    expect(pattern("[0-9]+").findAll("1 22 333", 2)).toEqual(["1", "22"]);
    expect(pattern("\\p{Greek}").matches("λ")).toBe(true);
  });
});
