// SPDX-License-Identifier: Apache-2.0
// What reaches the wire is exactly the path that was asked for, whatever the names and values are.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { InvalidNameError } from "@haversack/core";
import { requestPath } from "./request-path.js";

/** Names as a caller escapes them, hostile ones among them. */
const name = fc.oneof(
  fc.string({ minLength: 1, unit: "binary" }),
  fc.constantFrom(".", "..", "%2e", "a/b", "a%b", "?", "#", "__proto__", "ü", "a b"),
);

describe("requestPath()", () => {
  it("is folded to another path by no URL parser when it is accepted", () => {
    fc.assert(
      fc.property(name, name, fc.boolean(), (namespace, pod, isEscaped) => {
        const escape = (text: string): string => (isEscaped ? encodeURIComponent(text) : text);
        const path = `/api/v1/namespaces/${escape(namespace)}/pods/${escape(pod)}`;
        let sent: string;
        try {
          sent = requestPath("/base", { method: "DELETE", path });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidNameError);
          return;
        }
        expect(new URL(sent, "http://server").pathname).toBe(`/base${path}`);
      }),
    );
  });

  it("carries every query value unchanged, and leaves out undefined", () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(undefined));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), value), (query) => {
        const path = requestPath("", { method: "GET", path: "/api", query });
        const given = Object.entries(query).filter(([, one]) => one !== undefined);
        const read = [...new URL(path, "http://server").searchParams];
        expect(read).toEqual(given.map(([key, one]) => [key, String(one)]));
      }),
    );
  });
});
