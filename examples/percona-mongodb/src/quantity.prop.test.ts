// SPDX-License-Identifier: Apache-2.0
// Laws of quantities: canonical text is a fixed point and keeps the value.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { canonicalQuantity, quantityValue } from "./quantity.js";

const suffix = fc.constantFrom("", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti");
const quantity = fc
  .tuple(
    fc.integer({ min: 0, max: 9_999_999 }),
    fc.option(fc.integer({ min: 0, max: 999 }), { nil: undefined }),
    suffix,
  )
  .map(
    ([whole, fraction, unit]) => `${whole}${fraction === undefined ? "" : `.${fraction}`}${unit}`,
  );

describe("canonicalQuantity()", () => {
  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(quantity, (text) => {
        const once = canonicalQuantity(text);
        expect(canonicalQuantity(once)).toBe(once);
      }),
    );
  });

  it("keeps the value", () => {
    fc.assert(
      fc.property(quantity, (text) => {
        expect(quantityValue(canonicalQuantity(text))).toBe(quantityValue(text));
      }),
    );
  });
});
