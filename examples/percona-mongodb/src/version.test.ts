// SPDX-License-Identifier: Apache-2.0
// Versions are compared by number, never as text.
import { describe, expect, it } from "@jest/globals";
import { compareVersions, isVersion } from "./version.js";

describe("compareVersions()", () => {
  it.each([
    ["1.9.0", "1.21.2", -1],
    ["1.22.0", "1.22.0", 0],
    ["1.23.0", "1.22.10", 1],
    ["1.22", "1.22.0", 0],
    ["1.22.0-rc1", "1.22.0", 0],
  ])("orders %s and %s as %i", (left, right, order) => {
    expect(compareVersions(left, right)).toBe(order);
  });
});

describe("isVersion()", () => {
  it.each([
    ["1.23.0", true],
    ["1.23", false],
    ["v1.23.0", false],
    ["", false],
  ])("%j is a version: %s", (text, answer) => {
    expect(isVersion(text)).toBe(answer);
  });
});
