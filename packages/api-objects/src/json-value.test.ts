// SPDX-License-Identifier: Apache-2.0
// Tests of copying, hashing and comparing JSON (stage 6).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MalformedObjectError } from "@haversack/core";
import {
  canonicalText,
  copyJson,
  freezeDeep,
  hashText,
  isSameJson,
  maxDepthLevels,
  type Json,
} from "./json-value.js";

const ref = { group: "", kind: "ConfigMap", namespace: "prod", name: "deep" };
const hostileKeys = ["__proto__", "constructor", "hasOwnProperty", "prototype", "then", "toString"];

function nested(levels: number): Json {
  let value: Json = "end";
  for (let level = 0; level < levels; level += 1) value = { inner: value };
  return value;
}

describe("copyJson()", () => {
  it("keeps hostile keys as keys and pollutes nothing", () => {
    const text = `{${hostileKeys.map((key) => `"${key}":{"polluted":"yes"}`).join(",")}}`;
    const copy = copyJson(JSON.parse(text), ref);
    expect(JSON.stringify(copy)).toBe(text);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it("leaves out undefined and turns dates into text, as JSON does", () => {
    const value = { a: undefined, at: new Date(0), list: [undefined, 1] };
    expect(copyJson(value, ref)).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it("takes a data key named toJSON for data", () => {
    expect(copyJson({ data: { toJSON: "text" } }, ref)).toEqual({ data: { toJSON: "text" } });
  });

  it.each([[5_000], [maxDepthLevels + 1]])(
    "refuses %i levels with an error that names the object",
    (levels) => {
      const attempt = (): Json => copyJson(nested(levels), ref);
      expect(attempt).toThrow(MalformedObjectError);
      expect(attempt).toThrow(expect.objectContaining({ code: "EXP_MALFORMED_OBJECT", ref }));
      expect(() => canonicalText(nested(levels), ref)).toThrow(MalformedObjectError);
    },
  );

  it("takes as many levels as are allowed", () => {
    const value = nested(maxDepthLevels);
    expect(isSameJson(copyJson(value, ref), value)).toBe(true);
  });

  it.each([[10n], [Number.NaN], [() => 1], [Symbol("x")]])(
    "refuses what JSON cannot hold: %p",
    (value) => {
      expect(() => copyJson({ spec: { value } }, ref)).toThrow(MalformedObjectError);
    },
  );
});

describe("canonicalText()", () => {
  it("is equal exactly for equal JSON, whatever the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [left, right] = [copyJson(a, ref), copyJson(b, ref)];
        const isSame = canonicalText(left, ref) === canonicalText(right, ref);
        expect(isSame).toBe(isSameJson(left, right));
        expect(isSameJson(JSON.parse(canonicalText(left, ref)), left)).toBe(true);
      }),
    );
  });

  it("does not depend on the order in which keys were set", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const forwards = copyJson(fields, ref);
        const backwards = Object.fromEntries(Object.entries(forwards as object).reverse()) as Json;
        expect(canonicalText(backwards, ref)).toBe(canonicalText(forwards, ref));
      }),
    );
  });
});

describe("hashText()", () => {
  it("tells similar texts apart", () => {
    const texts = new Set<string>();
    for (let at = 0; at < 20_000; at += 1) {
      texts.add(`{"replicas":${at}}`).add(`{"a":"${"x".repeat(at % 300)}","n":${at % 77}}`);
    }
    expect(new Set([...texts].map(hashText)).size).toBe(texts.size);
  });

  it("differs when one character changes, moves or is added", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 60 }), fc.nat(), (text, at) => {
        const place = at % text.length;
        const changed = text.slice(0, place) + "\u0001" + text.slice(place + 1);
        const moved = text.slice(1) + text.charAt(0);
        for (const other of [changed, moved, `${text}\u0000`]) {
          if (other !== text) expect(hashText(other)).not.toBe(hashText(text));
        }
      }),
    );
  });

  it("stays the same in later versions, since names are made from it", () => {
    expect([hashText(""), hashText("a"), hashText("database")]).toEqual([
      "424d064c2f201997de20ce288359ca19",
      "620fc5f3fb9779f660dd3c904886140d",
      "03e0a950f34425833c63b97cdb6dd8c0",
    ]);
  });
});

describe("freezeDeep()", () => {
  it("freezes every level, also thousands of them", () => {
    const value = freezeDeep(nested(20_000)) as { inner: { inner: object } };
    expect(Object.isFrozen(value.inner.inner)).toBe(true);
  });
});
