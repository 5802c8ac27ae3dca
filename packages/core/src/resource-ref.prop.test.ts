// SPDX-License-Identifier: Apache-2.0
// Laws of references: formatting loses nothing, keys are as distinct as what they stand for.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { formatRef, parseRef, refKey, type ResourceRef } from "./resource-ref.js";

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
/** Any name that may stand in a path: neither `/` nor `%`, not `.` and not `..`. */
const name = fc
  .string({ minLength: 1, maxLength: 12, unit: "binary" })
  .map((text) => text.replace(/[/%]/g, "-"))
  .filter((text) => text !== "." && text !== ".." && !/\p{Surrogate}/u.test(text));
const ref: fc.Arbitrary<ResourceRef> = fc
  .record({
    group: fc.oneof(
      fc.constant(""),
      label,
      fc.tuple(label, label).map((parts) => parts.join(".")),
    ),
    kind: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/),
    namespace: fc.option(label, { nil: undefined }),
    name,
    uid: fc.option(fc.oneof(fc.uuid(), name), { nil: undefined }),
  })
  .map(({ namespace, uid, ...rest }) => ({
    ...rest,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  }));

describe("formatRef() and parseRef()", () => {
  it("bring every reference back as it was", () => {
    fc.assert(fc.property(ref, (each) => expect(parseRef(formatRef(each))).toEqual(each)));
  });

  it("give different texts for different references", () => {
    fc.assert(
      fc.property(ref, ref, (a, b) => {
        const isSame =
          JSON.stringify(parseRef(formatRef(a))) === JSON.stringify(parseRef(formatRef(b)));
        expect(formatRef(a) === formatRef(b)).toBe(isSame);
      }),
    );
  });

  it("never throw and never take other text for a reference that reads differently", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const parsed = parseRef(text);
        if (parsed !== undefined) expect(parseRef(formatRef(parsed))).toEqual(parsed);
      }),
    );
  });

  it("keep keys apart exactly when kind, namespace or name differ", () => {
    fc.assert(
      fc.property(ref, ref, (a, b) => {
        const identity = ({ group, kind, namespace, name: its }: ResourceRef) =>
          JSON.stringify([group, kind, namespace ?? "", its]);
        expect(refKey(a) === refKey(b)).toBe(identity(a) === identity(b));
        expect(refKey(a)).toBe(refKey({ ...a, uid: "another" }));
      }),
    );
  });
});
