// SPDX-License-Identifier: Apache-2.0
// Tests of field manager names (stage 6).
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError } from "@haversack/core";
import { checkFieldManager, maxFieldManagerBytes } from "./field-manager.js";

describe("checkFieldManager()", () => {
  it("takes 128 bytes, counted as bytes", () => {
    expect(checkFieldManager("x".repeat(maxFieldManagerBytes))).toHaveLength(128);
    expect(() => checkFieldManager("x".repeat(129))).toThrow(ConfigurationError);
    expect(() => checkFieldManager("ä".repeat(65))).toThrow(ConfigurationError);
  });

  it.each([[""], ["a\nb"], ["a\u0000"], [undefined]])("refuses %p", (name) => {
    expect(() => checkFieldManager(name as string)).toThrow(
      expect.objectContaining({ code: "EXP_CONFIGURATION", retry: "never" }),
    );
  });
});
