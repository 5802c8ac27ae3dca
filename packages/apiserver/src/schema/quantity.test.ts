// SPDX-License-Identifier: Apache-2.0
// Canonical quantities.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { canonicalQuantity, quantityNano } from "./quantity.js";

describe("canonicalQuantity()", () => {
  const rows: [string, string | undefined][] = [
    ["0.5G", "500M"],
    ["0.1G", "100M"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Mi", "512Ki"],
    ["1000", "1k"],
    ["1e3", "1e3"],
    ["100e-3", "100e-3"],
    ["0", "0"],
    ["-1.5", "-1500m"],
    [".5", "500m"],
    ["+3", "3"],
    ["12.", "12"],
    ["", undefined],
    [".", undefined],
    ["1 G", undefined],
    ["1Kib", undefined],
    ["1e9999999999", undefined],
  ];
  it.each(rows)("%s => %s", (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it("keeps the amount and is its own canonical form", () => {
    const suffix = fc.constantFrom("", "m", "k", "M", "G", "Ki", "Mi", "Gi");
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(999), suffix, (whole, fraction, unit) => {
        const text = `${whole}.${String(fraction).padStart(3, "0")}${unit}`;
        const canonical = canonicalQuantity(text) ?? "none";
        expect(quantityNano(canonical)).toBe(quantityNano(text));
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });
});
