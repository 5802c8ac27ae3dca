// SPDX-License-Identifier: Apache-2.0
// Answers that stay open: their end, their cut, their close, and back-pressure.
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ConnectionError, ExpiredError, TimeoutError } from "@haversack/core";
import { type LocalServer, startServer, status, textOf, until } from "../../test/local-server.js";
import { ManualClock } from "../../test/manual-clock.js";
import type { ConnectedClient } from "../connect/client-options.js";
import { createClient } from "../connect/create-client.js";

const watch = { method: "GET", path: "/api/v1/pods", query: { watch: true } } as const;
let server: LocalServer;
let client: ConnectedClient;
let clock: ManualClock;
let open: ServerResponse | undefined;

beforeEach(async () => {
  clock = new ManualClock();
  server = await startServer((_request, response) => {
    open = response;
    response.write("first\n");
  });
  client = createClient({ server: server.url, clock });
});

afterEach(async () => {
  await client.close();
  await server.close();
});

describe("stream()", () => {
  it("gives out chunks as they come and ends cleanly at the server's end", async () => {
    const stream = await client.stream(watch);
    const chunks = stream.chunks[Symbol.asyncIterator]();
    expect(textOf((await chunks.next()).value as Uint8Array)).toBe("first\n");
    open?.write("second\n");
    expect(textOf((await chunks.next()).value as Uint8Array)).toBe("second\n");
    open?.end();
    expect((await chunks.next()).done).toBe(true);
  });

  it("uses the connection again after a clean end", async () => {
    server.handle((_request, response) => response.end("all\n"));
    for (let i = 0; i < 5; i += 1) {
      const { chunks } = await client.stream(watch);
      for await (const chunk of chunks) expect(textOf(chunk)).toBe("all\n");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(server.connections()).toBe(1);
  });

  it("throws a ConnectionError when it is cut, after what had come", async () => {
    const stream = await client.stream(watch);
    const chunks = stream.chunks[Symbol.asyncIterator]();
    expect(textOf((await chunks.next()).value as Uint8Array)).toBe("first\n");
    open?.destroy();
    await expect(chunks.next()).rejects.toBeInstanceOf(ConnectionError);
  });

  it("ends without an error when it is closed, and closes its connection", async () => {
    const stream = await client.stream(watch);
    const chunks = stream.chunks[Symbol.asyncIterator]();
    await chunks.next();
    const next = chunks.next();
    stream.close();
    stream.close();
    expect((await next).done).toBe(true);
    await until(() => server.sockets.size === 0);
  });

  it("closes its connection when the loop is left", async () => {
    const stream = await client.stream(watch);
    for await (const chunk of stream.chunks) {
      expect(textOf(chunk)).toBe("first\n");
      break;
    }
    await until(() => server.sockets.size === 0);
  });

  it("ends with the signal's reason when it is aborted", async () => {
    const controller = new AbortController();
    const stream = await client.stream({ ...watch, signal: controller.signal });
    const chunks = stream.chunks[Symbol.asyncIterator]();
    await chunks.next();
    const next = chunks.next();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    await until(() => server.sockets.size === 0);
  });

  it("ends when its client is closed", async () => {
    const stream = await client.stream(watch);
    const chunks = stream.chunks[Symbol.asyncIterator]();
    await chunks.next();
    const next = chunks.next();
    await client.close();
    expect((await next).done).toBe(true);
    await until(() => server.sockets.size === 0);
  });

  it("has a deadline until its headers and none after", async () => {
    const stream = await client.stream({ ...watch, timeoutMs: 1_000 });
    const chunks = stream.chunks[Symbol.asyncIterator]();
    await chunks.next();
    clock.advance(3_600_000);
    open?.write("late\n");
    expect(textOf((await chunks.next()).value as Uint8Array)).toBe("late\n");
    stream.close();
    server.handle(() => undefined);
    const seen = server.nextRequest();
    const failed = client.stream({ ...watch, timeoutMs: 1_000 });
    const outcome = expect(failed).rejects.toBeInstanceOf(TimeoutError);
    await seen;
    clock.advance(1_000);
    await outcome;
    expect(clock.pendingTimers).toBe(0);
  });

  it("makes typed errors of a refusal", async () => {
    server.handle((_request, response) => status(response, 410, "Expired"));
    await expect(client.stream(watch)).rejects.toBeInstanceOf(ExpiredError);
  });

  it("stops reading from the socket while its consumer is busy", async () => {
    const block = Buffer.alloc(1 << 20, "x");
    let writtenBytes = 0;
    let isBlocked = false;
    server.handle((_request, response) => {
      const write = (): void => {
        for (let i = 0; i < 64; i += 1) {
          writtenBytes += block.length;
          isBlocked = !response.write(block);
          if (isBlocked) return void response.once("drain", write);
        }
      };
      write();
    });
    const stream = await client.stream(watch);
    const chunks = stream.chunks[Symbol.asyncIterator]();
    await chunks.next();
    let quietRounds = 0;
    let lastBytes = -1;
    await until(() => {
      quietRounds = writtenBytes === lastBytes ? quietRounds + 1 : 0;
      lastBytes = writtenBytes;
      return quietRounds > 500;
    });
    expect(isBlocked).toBe(true);
    expect(writtenBytes).toBeLessThan(32 << 20); // The kernel's buffers; the server wanted to send on.
    stream.close();
  });
});
