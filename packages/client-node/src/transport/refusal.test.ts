// SPDX-License-Identifier: Apache-2.0
// Answers other than 2xx: waiting when asked to, renewing credentials, and the errors.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ServerError, ThrottledError, UnauthorizedError } from "@haversack/core";
import { type RecordingLogger, recordingLogger } from "../../test/recording-logger.js";
import { json, type LocalServer, startServer, status, until } from "../../test/local-server.js";
import { ManualClock } from "../../test/manual-clock.js";
import type { ConnectedClient } from "../connect/client-options.js";
import { createClient } from "../connect/create-client.js";

const read = { method: "GET", path: "/api/v1/pods" } as const;
const write = { method: "POST", path: "/api/v1/pods", body: "{}" } as const;
let server: LocalServer;
let client: ConnectedClient;
let clock: ManualClock;
let directory: string;
let logger: RecordingLogger;

beforeEach(async () => {
  clock = new ManualClock();
  directory = await mkdtemp(join(tmpdir(), "token-"));
  server = await startServer(() => undefined);
  logger = recordingLogger();
  client = createClient({ server: server.url, clock, logger, random: () => 0.5 });
});

afterEach(async () => {
  await client.close();
  await server.close();
  await rm(directory, { recursive: true });
});

/** Refuses a number of requests, then answers. */
function refuse(times: number, code: number, headers: Record<string, string>): void {
  server.handle((_request, response) => {
    if (server.requests.length <= times) status(response, code, "TooManyRequests", headers);
    else json(response, 200, {});
  });
}

describe("429 and 503 with Retry-After", () => {
  it.each([429, 503])(
    "waits as long as a %i asks, with jitter, and sends a write again",
    async (code) => {
      refuse(1, code, { "retry-after": "2" });
      const answer = client.request(write);
      await hasWaits(1);
      clock.advance(2_249);
      await new Promise((resolve) => setImmediate(resolve));
      expect(server.requests).toHaveLength(1);
      clock.advance(1); // 2 s and half of a quarter.
      expect((await answer).status).toBe(200);
      expect(server.requests).toHaveLength(2);
    },
  );

  it("gives up after ten tries, with the time to wait in the error", async () => {
    refuse(Number.POSITIVE_INFINITY, 429, { "retry-after": "0" });
    const failed = client.request(read);
    const outcome = expect(failed).rejects.toMatchObject({ retry: { afterMs: 0 } });
    for (let tries = 1; tries <= 10; tries += 1) {
      await hasWaits(tries);
      clock.advance(100);
    }
    await outcome;
    await expect(failed).rejects.toBeInstanceOf(ThrottledError);
    expect(server.requests).toHaveLength(11);
  });

  it("does not wait beyond the deadline, but leaves the waiting to the queue", async () => {
    refuse(1, 429, { "retry-after": "120" });
    const failed = client.request(read);
    await expect(failed).rejects.toMatchObject({
      code: "EXP_THROTTLED",
      retry: { afterMs: 120_000 },
    });
    expect(server.requests).toHaveLength(1);
  });

  it("stops waiting when it is aborted", async () => {
    refuse(1, 429, { "retry-after": "10" });
    const controller = new AbortController();
    const failed = client.request({ ...read, signal: controller.signal });
    await hasWaits(1);
    controller.abort();
    await expect(failed).rejects.toMatchObject({ name: "AbortError" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("honours the wait for watches as well", async () => {
    refuse(1, 429, { "retry-after": "1" });
    const opened = client.stream(read);
    await hasWaits(1);
    clock.advance(2_000);
    const stream = await opened;
    expect(stream.status).toBe(200);
    stream.close();
  });

  it("rejects at once when there is no Retry-After", async () => {
    refuse(1, 503, {});
    await expect(client.request(read)).rejects.toBeInstanceOf(ServerError);
    expect(server.requests).toHaveLength(1);
  });

  function hasWaits(count: number): Promise<void> {
    return until(() => logger.lines.filter((line) => line.includes("to wait")).length === count);
  }
});

describe("401", () => {
  /** Takes one token only. */
  function expectToken(valid: () => string): void {
    server.handle((request, response) => {
      if (request.headers.authorization === `Bearer ${valid()}`) json(response, 200, {});
      else status(response, 401, "Unauthorized");
    });
  }

  async function useTokenFile(token: string): Promise<string> {
    const tokenFile = join(directory, "token");
    await writeFile(tokenFile, token);
    await client.close();
    client = createClient({ server: server.url, tokenFile, clock, logger });
    return tokenFile;
  }

  it("reads the token file again and tries once more, also for a write", async () => {
    let valid = "first-token";
    expectToken(() => valid);
    const tokenFile = await useTokenFile("first-token\n");
    await client.request(write);
    valid = "second-token";
    await writeFile(tokenFile, valid);
    expect((await client.request(write)).status).toBe(200);
    expect(server.requests).toHaveLength(3);
  });

  it("reads the file once for many requests that are refused together", async () => {
    let valid = "first-token";
    expectToken(() => valid);
    const tokenFile = await useTokenFile(valid);
    await client.request(read);
    valid = "second-token";
    await writeFile(tokenFile, valid);
    await Promise.all(Array.from({ length: 20 }, () => client.request(read)));
    expect(server.requests.length).toBeLessThanOrEqual(41);
  });

  it("does not try again with a token that was just refused", async () => {
    expectToken(() => "another");
    const tokenFile = await useTokenFile("old-canary");
    const failed = client.request(read);
    await expect(failed).rejects.toBeInstanceOf(UnauthorizedError);
    await expect(failed).rejects.toThrow(`the token file ${tokenFile}`);
    await expect(failed).rejects.not.toThrow(/canary/);
    expect(server.requests).toHaveLength(1);
  });

  it("tries only once more when the new token is refused as well", async () => {
    expectToken(() => "another");
    const tokenFile = await useTokenFile("first");
    server.handle((_request, response) => {
      void writeFile(tokenFile, `token-${server.requests.length}`).then(() => {
        status(response, 401, "Unauthorized");
      });
    });
    await expect(client.request(read)).rejects.toBeInstanceOf(UnauthorizedError);
    expect(server.requests).toHaveLength(2);
  });

  it("says when a token expired", async () => {
    expectToken(() => "another");
    const exp = Math.floor(clock.now() / 1000) - 3600;
    const payload = Buffer.from(JSON.stringify({ exp, secret: "canary" })).toString("base64url");
    await client.close();
    client = createClient({ server: server.url, token: `eyJhbGciOiJ9.${payload}.c2ln`, clock });
    const failed = client.request(read);
    await expect(failed).rejects.toThrow("the token expired at 2025-12-31T23:00:00.000Z");
    await expect(failed).rejects.not.toThrow(payload);
  });

  it("reads the token file again once a minute without being refused", async () => {
    const seen: (string | undefined)[] = [];
    server.handle((request, response) => {
      seen.push(request.headers.authorization);
      json(response, 200, {});
    });
    const tokenFile = await useTokenFile("first-token");
    await client.request(read);
    await writeFile(tokenFile, "second-token");
    clock.advance(59_999);
    await client.request(read);
    clock.advance(1);
    await client.request(read);
    expect(seen).toEqual(["Bearer first-token", "Bearer first-token", "Bearer second-token"]);
  });

  it("keeps the last token, and says so in the log, when the file is gone for a moment", async () => {
    const tokenFile = await useTokenFile("first-token");
    expectToken(() => "first-token");
    await client.request(read);
    await rm(tokenFile);
    clock.advance(60_000);
    await client.request(read);
    await client.request(read);
    expect(logger.lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
  });

  it("names the token file when it is missing from the start", async () => {
    await client.close();
    client = createClient({ server: server.url, tokenFile: join(directory, "none"), clock });
    const failed = client.request(read);
    await expect(failed).rejects.toMatchObject({ code: "EXP_CONFIGURATION" });
    await expect(failed).rejects.toThrow(join(directory, "none"));
  });
});
