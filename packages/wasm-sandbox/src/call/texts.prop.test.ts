// SPDX-License-Identifier: Apache-2.0
// Whatever a guest sends is a text of a known form or a protocol error; nothing else comes of it.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SandboxProtocolError } from "../errors.js";
import { readGuestText } from "./texts.js";

const sorts = fc.constantFrom("call", "tell", "done", "fail", "log", "exit", "__proto__", 5, null);

describe("readGuestText()", () => {
  it("reads or refuses any JSON", () => {
    fc.assert(
      fc.property(sorts, fc.jsonValue(), fc.jsonValue(), (t, routing, body) => {
        const line =
          typeof routing === "object" && !Array.isArray(routing) ? { ...routing, t } : routing;
        try {
          const said = readGuestText("g", `${JSON.stringify(line)}\n${JSON.stringify(body)}`);
          expect(["call", "tell", "done", "fail", "log"]).toContain(said.t);
        } catch (error) {
          expect(error).toBeInstanceOf(SandboxProtocolError);
        }
      }),
    );
  });

  it("reads or refuses any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => readGuestText("g", text)).toThrow(SandboxProtocolError);
      }),
    );
  });

  it.each([
    ['{"kind":"requeue","afterMs":-1}'],
    ['{"kind":"requeue","afterMs":1e300}'],
    ['{"kind":"requeue"}'],
    ['{"kind":"halt"}'],
    ['{"kind":"other"}'],
    ["[]"],
    ["null"],
  ])("refuses the result %s", (result) => {
    expect(() => readGuestText("g", `{"t":"done","id":1}\n${result}`)).toThrow(
      SandboxProtocolError,
    );
  });
});
