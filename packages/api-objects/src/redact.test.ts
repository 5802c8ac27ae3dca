// SPDX-License-Identifier: Apache-2.0
// What messages about Secrets may hold (stage 6: writes).
import { describe, expect, it } from "@jest/globals";
import { redact } from "./redact.js";

const secret = { data: { password: btoa("hunter22") } };

describe("redact()", () => {
  it("takes values out in every form they have", () => {
    const told = {
      message: `got hunter22 and ${btoa("hunter22")}`,
      causes: [{ field: "hunter22" }],
    };
    expect(redact(told, [secret])).toEqual({
      message: "got [redacted] and [redacted]",
      causes: [{ field: "[redacted]" }],
    });
  });

  it("takes out what the server quotes: it may be of the stored Secret, which the writer never saw", () => {
    const stored = JSON.stringify(JSON.stringify({ data: { other: "c3RvcmVk" } }));
    const message = `Secret "a" is invalid: patch: Invalid value: ${stored}: illegal base64 data at input byte 7`;
    expect(redact(message, [secret])).toBe(
      'Secret "a" is invalid: patch: Invalid value: [redacted]: illegal base64 data at input byte 7',
    );
    expect(redact("data[x]: Invalid value: map[x:c3RvcmVk]", [{}])).toBe(
      "data[x]: Invalid value: [redacted]",
    );
  });

  it("leaves what is about no Secret as it is", () => {
    const message = 'spec.replicas: Invalid value: "-1": must be positive';
    expect(redact(message, [])).toBe(message);
  });
});
