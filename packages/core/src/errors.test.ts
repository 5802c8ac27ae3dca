// SPDX-License-Identifier: Apache-2.0
// Errors: what they say, across copies of the package and across borders (stage 0: words).
import { describe, expect, it, jest } from "@jest/globals";
import * as api from "./api-errors.js";
import * as errors from "./errors.js";

const ref = { group: "apps", kind: "StatefulSet", namespace: "prod", name: "db", uid: "u1" };

describe("ExpansionError", () => {
  it("is known by its class in one copy", () => {
    const cause = new Error("below");
    const error = new errors.TerminalError("cannot go on", { ref, cause });
    expect(error).toBeInstanceOf(errors.ExpansionError);
    expect(error).toMatchObject({
      name: "TerminalError",
      code: "EXP_TERMINAL",
      retry: "never",
      ref,
    });
    expect(error.cause).toBe(cause);
    expect(error.stack).toMatch(/TerminalError|cannot go on/);
  });

  it("is recognised across two copies of the package", async () => {
    let other: typeof errors | undefined;
    await jest.isolateModulesAsync(async () => {
      other = await import("./errors.js");
    });
    const foreign = new (other as typeof errors).TerminalError("from the other copy");
    expect(foreign).not.toBeInstanceOf(errors.TerminalError);
    expect(errors.isExpansionError(foreign)).toBe(true);
    expect(errors.retryRuleOf(foreign)).toBe("never");
  });

  it.each([undefined, null, "text", 1, {}, new Error("x"), { code: "EXP_TERMINAL" }])(
    "is not %p, which backs off when thrown",
    (thrown) => {
      expect(errors.isExpansionError(thrown)).toBe(false);
      expect(errors.retryRuleOf(thrown)).toBe("backoff");
    },
  );

  it("crosses a border as plain data and keeps code, retry rule, name and ref", () => {
    const body = { reason: "Conflict", message: "changed" };
    const error = api.errorFromStatus(409, body, { attempt: "PUT /x", ref });
    const plain = JSON.parse(JSON.stringify(error)) as errors.PlainError;
    expect(Object.keys(plain).sort()).toEqual(["code", "message", "name", "ref", "retry"]);
    const again = errors.errorFromPlain(plain);
    expect(errors.isExpansionError(again)).toBe(true);
    expect(api.hasCode(again, "EXP_CONFLICT")).toBe(true);
    expect({ ...again.toJSON() }).toEqual({ ...error.toJSON() });
  });

  it("leaves secrets of the cause and the stack out of its plain form", () => {
    const error = new errors.TerminalError("x", { cause: new Error("password=1") });
    expect(JSON.stringify(error)).not.toMatch(/password|stack/);
  });

  it.each([
    [new errors.ConfigurationError("x"), "EXP_CONFIGURATION", "never"],
    [new errors.InvalidNameError("x"), "EXP_INVALID_NAME", "never"],
    [new errors.IndexNotReadyError("x"), "EXP_INDEX_NOT_READY", "backoff"],
    [new errors.WatchLostError("x"), "EXP_WATCH_LOST", "backoff"],
    [new errors.MalformedObjectError("x"), "EXP_MALFORMED_OBJECT", "never"],
    [new errors.OwnershipError("x"), "EXP_OWNERSHIP", "never"],
    [new errors.ReconcileTimeoutError(ref, 5), "EXP_RECONCILE_TIMEOUT", "backoff"],
  ])("%s has code %s and retry rule %j", (error, code, retry) => {
    expect([error.code, error.retry, error.name]).toEqual([code, retry, error.constructor.name]);
  });

  it("names the object that did not finish", () => {
    expect(new errors.ReconcileTimeoutError(ref, 5).message).toMatch(
      /StatefulSet\.apps prod\/db@u1.* 5 ms/,
    );
  });
});

describe("errorFromStatus()", () => {
  const attempt = { attempt: "GET /x" };

  it.each([
    [400, "BadRequest", api.InvalidObjectError, "EXP_INVALID", "never"],
    [401, "Unauthorized", api.UnauthorizedError, "EXP_UNAUTHORIZED", "backoff"],
    [403, "Forbidden", api.ForbiddenError, "EXP_FORBIDDEN", "backoff"],
    [404, "NotFound", api.NotFoundError, "EXP_NOT_FOUND", "backoff"],
    [405, "MethodNotAllowed", api.InvalidObjectError, "EXP_INVALID", "never"],
    [408, "Timeout", api.TimeoutError, "EXP_TIMEOUT", "backoff"],
    [409, "Conflict", api.ConflictError, "EXP_CONFLICT", "backoff"],
    [409, "AlreadyExists", api.AlreadyExistsError, "EXP_ALREADY_EXISTS", "backoff"],
    [410, "Expired", api.ExpiredError, "EXP_EXPIRED", "backoff"],
    [413, "RequestEntityTooLarge", api.InvalidObjectError, "EXP_INVALID", "never"],
    [415, "UnsupportedMediaType", api.InvalidObjectError, "EXP_INVALID", "never"],
    [422, "Invalid", api.InvalidObjectError, "EXP_INVALID", "never"],
    [429, "TooManyRequests", api.ThrottledError, "EXP_THROTTLED", "backoff"],
    [500, "InternalError", api.ServerError, "EXP_SERVER", "backoff"],
    [503, "ServiceUnavailable", api.ServerError, "EXP_SERVER", "backoff"],
    [504, "Timeout", api.TimeoutError, "EXP_TIMEOUT", "backoff"],
    [599, "", api.ServerError, "EXP_SERVER", "backoff"],
  ])("makes of %d %s a %p with %s", (status, reason, Class, code, retry) => {
    const error = api.errorFromStatus(status, { reason, message: "why" }, attempt);
    expect(error.constructor).toBe(Class);
    expect([error.code, error.retry, error.status, error.reason]).toEqual([
      code,
      retry,
      status,
      reason,
    ]);
    expect(error.name).toBe(Class.name);
  });

  it("says what failed, for which object, why, and what to do", () => {
    const error = api.errorFromStatus(404, { message: "no such set" }, { ...attempt, ref });
    expect(error.message).toMatch(
      /^GET \/x failed for StatefulSet\.apps prod\/db@u1: no such set\. \S/,
    );
  });

  it.each([429, 503, 504])("waits as long as the server asks after %d", (status) => {
    const fromBody = api.errorFromStatus(status, { details: { retryAfterSeconds: 3 } }, attempt);
    expect(fromBody.retry).toEqual({ afterMs: 3000 });
    const fromHeader = api.errorFromStatus(
      status,
      { details: { retryAfterSeconds: 3 } },
      { ...attempt, retryAfterMs: 1500 },
    );
    expect(fromHeader.retry).toEqual({ afterMs: 1500 });
  });

  it("has an answer without a body", () => {
    expect(api.errorFromStatus(502, undefined, attempt)).toMatchObject({
      code: "EXP_SERVER",
      reason: "",
    });
  });
});

describe("parseStatus()", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  it("reads a Status and nothing else", () => {
    expect(api.parseStatus(bytes('{"kind":"Status","reason":"Gone"}'))).toMatchObject({
      reason: "Gone",
    });
    for (const text of ["", "<html>", "null", "[]", '"Status"', '{"kind":"Pod"}']) {
      expect(api.parseStatus(bytes(text))).toBeUndefined();
    }
  });
});

describe("hasCode()", () => {
  it("looks at the code alone", () => {
    expect(api.hasCode({ code: "EXP_CONFLICT" }, "EXP_NOT_FOUND", "EXP_CONFLICT")).toBe(true);
    for (const thrown of [undefined, null, "EXP_CONFLICT", { code: 5 }, {}]) {
      expect(api.hasCode(thrown, "EXP_CONFLICT")).toBe(false);
    }
  });
});
