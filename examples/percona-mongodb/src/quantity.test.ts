// SPDX-License-Identifier: Apache-2.0
// Quantities as Kubernetes writes them.
import { describe, expect, it } from "@jest/globals";
import { canonicalQuantity, canonicalResources, quantityValue } from "./quantity.js";

describe("canonicalQuantity()", () => {
  it.each([
    ["0.5G", "500M"],
    ["0.1G", "100M"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["1.5", "1500m"],
    ["1024Mi", "1Gi"],
    ["0.5Gi", "512Mi"],
    ["1000Mi", "1000Mi"],
    ["1000", "1k"],
    ["1024", "1024"],
    ["100Ki", "100Ki"],
    ["0.1Ki", "102400m"],
    ["1e3", "1e3"],
    ["12E", "12E"],
    ["0", "0"],
    ["-500m", "-500m"],
    ["+1", "1"],
    [".5", "500m"],
    ["1n", "1n"],
    ["0.1n", "1n"],
  ])("writes %s as %s", (given, canonical) => {
    expect(canonicalQuantity(given)).toBe(canonical);
  });

  it("takes a number as its text", () => {
    expect(canonicalQuantity(2)).toBe("2");
  });

  it.each(["", "abc", "1 Gi", "1gi", "1.2.3", "--1"])(
    "refuses %j and says how to write it",
    (given) => {
      expect(() => canonicalQuantity(given)).toThrow(RangeError);
    },
  );
});

describe("quantityValue()", () => {
  it.each([
    ["1Gi", 1_073_741_824n],
    ["0.5G", 500_000_000n],
    ["100m", 1n],
    ["1500m", 2n],
    ["2", 2n],
  ])("is the whole units of %s, rounded up", (given, value) => {
    expect(quantityValue(given)).toBe(value);
  });
});

describe("canonicalResources()", () => {
  it("writes requests and limits canonically and leaves the rest alone", () => {
    const given = { requests: { cpu: "1000m", memory: "0.5G" }, claims: [{ name: "a" }] };
    expect(canonicalResources(given)).toEqual({
      requests: { cpu: "1", memory: "500M" },
      claims: [{ name: "a" }],
    });
  });

  it("is empty for nothing", () => {
    expect(canonicalResources(undefined)).toEqual({});
  });
});
