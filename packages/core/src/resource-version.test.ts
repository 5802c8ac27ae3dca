// SPDX-License-Identifier: Apache-2.0
// Comparing resourceVersions (stage 0: words).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compareVersions, isComparableVersion } from "./resource-version.js";

describe("compareVersions()", () => {
  it.each([
    ["9", "10", -1],
    ["10", "9", 1],
    ["10", "10", 0],
    ["9007199254740993", "9007199254740992", 1],
    ["99999999999999999999", "100000000000000000000", -1],
    ["12345678901234567891", "12345678901234567890", 1],
  ])("%s against %s is %d", (a, b, expected) => {
    expect(compareVersions(a, b)).toBe(expected);
  });

  it.each(["0", "", "abc", "007", "1.5", "-1", "+1", " 1", "1 ", "1e3", "１", "1\n", undefined])(
    "cannot compare %j, on either side",
    (version) => {
      expect(isComparableVersion(version)).toBe(false);
      expect(compareVersions(version, "5")).toBeUndefined();
      expect(compareVersions("5", version)).toBeUndefined();
      expect(compareVersions(version, version)).toBeUndefined();
    },
  );

  it("orders as whole numbers of any size do", () => {
    const number = fc.bigInt({ min: 1n, max: 10n ** 40n });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const expected = a < b ? -1 : a > b ? 1 : 0;
        expect(compareVersions(String(a), String(b))).toBe(expected);
      }),
    );
  });
});
