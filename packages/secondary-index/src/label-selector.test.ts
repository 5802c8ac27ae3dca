// SPDX-License-Identifier: Apache-2.0
// Label selectors, evaluated as the API server does (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import { compileSelector } from "./label-selector.js";

const labels = { app: "db", tier: "prod", "example.com/role": "x", empty: "" };

describe("compileSelector()", () => {
  it.each([
    ["", true],
    ["app=db", true],
    ["app==db", true],
    ["app = db , tier=prod", true],
    ["app=web", false],
    ["app!=web", true],
    ["app!=db", false],
    ["missing!=db", true],
    ["app", true],
    ["missing", false],
    ["!missing", true],
    ["! app", false],
    ["app in (db,web)", true],
    ["app in ( web , other )", false],
    ["app notin (web)", true],
    ["app notin (db)", false],
    ["missing in (db)", false],
    ["missing notin (db)", true],
    ["empty=", true],
    ["empty in ()", true],
    ["example.com/role=x,app in (db),!gone", true],
    ["constructor", false],
    ["!constructor", true],
  ])("%j fits: %j", (selector, expected) => {
    expect(compileSelector(selector)(labels)).toBe(expected);
  });

  it("treats an object without labels as one with none", () => {
    expect(compileSelector("app=db")(undefined)).toBe(false);
    expect(compileSelector("!app")(undefined)).toBe(true);
  });

  it.each(["=db", "app in db", "app in (db", "a b", ",", "app=db,,x", "(a)"])(
    "refuses %j",
    (selector) => {
      expect(() => compileSelector(selector)).toThrow(
        expect.objectContaining({ code: "EXP_CONFIGURATION" }),
      );
    },
  );
});
