// SPDX-License-Identifier: Apache-2.0
// Laws of quantities, durations, ports and base64 (stage 6).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isSameDuration, parseDuration } from "./duration.js";
import { isSameIntOrString } from "./int-or-string.js";
import { isSameQuantity, parseQuantity } from "./quantity.js";
import { decodeBase64, encodeBase64, foldStringData, isSameBase64 } from "./secret-data.js";

const suffixes: readonly (readonly [string, number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
];

describe("parseQuantity()", () => {
  it.each([
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["0.5", "500m"],
    ["1e3", "1k"],
    ["1E3", "1k"],
    [".5Gi", "512Mi"],
    ["1.", "1"],
    [2, "2"],
    ["+1", "1"],
    ["-0", "0"],
    ["100e-3", "100m"],
    ["1E", "1000P"],
    ["0.0000000001", "1n"],
    ["0.5Ki", "512"],
  ])("takes %p for %p", (a, b) => {
    expect(isSameQuantity(a, b)).toBe(true);
  });

  it.each([
    ["1", "1m"],
    ["1Gi", "1G"],
    ["1", "2"],
    ["-1", "1"],
  ])("keeps %p and %p apart", (a, b) => {
    expect(isSameQuantity(a, b)).toBe(false);
  });

  it.each([
    [""],
    ["."],
    ["1KiB"],
    ["1ki"],
    ["one"],
    ["1 "],
    ["0x10"],
    ["1e9999"],
    ["9".repeat(65)],
  ])("takes %p for no quantity", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it("is the same number in every suffix that can hold it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.constantFrom(...suffixes),
        fc.constantFrom(...suffixes),
        (number, [from, high], [to, low]) => {
          fc.pre(high >= low);
          const scaled = `${BigInt(number) * 10n ** BigInt(high - low)}`;
          expect(isSameQuantity(`${number}${from}`, `${scaled}${to}`)).toBe(true);
        },
      ),
    );
  });

  it("never throws and never answers two values for one text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = parseQuantity(text);
        expect(isSameQuantity(text, text)).toBe(value !== undefined);
      }),
    );
  });
});

describe("parseDuration()", () => {
  it.each([
    ["60m", "1h0m0s"],
    ["90s", "1m30s"],
    ["1.5h", "90m"],
    ["1000ms", "1s"],
    ["1us", "1µs"],
    ["-1m", "-60s"],
    ["0", "0s"],
  ])("takes %p for %p", (a, b) => {
    expect(isSameDuration(a, b)).toBe(true);
  });

  it.each([["5"], ["1d"], [""], ["1h 2m"], ["h"]])("takes %p for no duration", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("adds its parts up", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
        const total = (hours * 60 + minutes) * 60 + seconds;
        expect(isSameDuration(`${hours}h${minutes}m${seconds}s`, `${total}s`)).toBe(true);
      }),
    );
  });
});

describe("isSameIntOrString()", () => {
  it("takes a number for its text, and no name for a number", () => {
    fc.assert(
      fc.property(fc.integer({ min: -65_535, max: 65_535 }), (port) => {
        expect(isSameIntOrString(port, String(port))).toBe(true);
        expect(isSameIntOrString(port, port + 1)).toBe(false);
      }),
    );
    expect(isSameIntOrString("http", "http ")).toBe(false);
    expect(isSameIntOrString("080", 80)).toBe(false);
    expect(isSameIntOrString("25%", 25)).toBe(false);
  });
});

describe("encodeBase64()", () => {
  it("is Node's base64 for every text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(encodeBase64(text)).toBe(Buffer.from(text, "utf8").toString("base64"));
      }),
    );
  });

  it("is equal to itself with line breaks, which Go's decoder passes over", () => {
    expect(isSameBase64("YWJj\nZGVm\r\n", "YWJjZGVm")).toBe(true);
    expect(isSameBase64("YWJj", "YWJk")).toBe(false);
  });
});

describe("decodeBase64()", () => {
  it("gives back every byte, padded or not", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        for (const form of [text, text.replace(/=+$/, ""), text.replace(/(.{4})/g, "$1\n")]) {
          expect(Buffer.from(decodeBase64(form) ?? [1, 2, 3])).toEqual(Buffer.from(bytes));
        }
      }),
    );
  });

  it.each([["a"], ["a b="], ["hunter2!"], ["-_=="]])("takes %p for none", (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe("foldStringData()", () => {
  it("moves every text into data, where it wins over what is there", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (stringData) => {
        const folded = foldStringData({ data: { kept: "eA==", a: "b2xk" }, stringData });
        const decoded = Object.entries(stringData).map(([key, text]) => [
          key,
          Buffer.from(text, "utf8").toString("base64"),
        ]);
        const expected = Object.fromEntries([
          ["kept", "eA=="],
          ["a", "b2xk"],
          ...decoded,
        ]) as object;
        expect(folded).toEqual({ data: expected });
      }),
    );
  });
});
