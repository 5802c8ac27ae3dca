// SPDX-License-Identifier: Apache-2.0
// One client against real servers: connections, bytes, limits, abort and close.
import { randomBytes } from "node:crypto";
import { getEventListeners, once } from "node:events";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { ConnectionError, InvalidNameError, NotFoundError, TimeoutError } from "@haversack/core";
import {
  type Certificates,
  json,
  type LocalServer,
  makeCertificates,
  startServer,
  status,
  textOf,
  until,
} from "../../test/local-server.js";
import { ManualClock } from "../../test/manual-clock.js";
import type { ConnectedClient } from "../connect/client-options.js";
import { createClient } from "../connect/create-client.js";

const pods = { method: "GET", path: "/api/v1/pods" } as const;
let certificates: Certificates;
let server: LocalServer;
let client: ConnectedClient;

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  await client.close();
  await server.close();
});

describe("HttpClient", () => {
  it("sends 300 requests in a row over one TLS connection", async () => {
    server = await startServer(
      (_request, response) => json(response, 200, { ok: true }),
      certificates,
    );
    client = createClient({ server: server.url, ca: certificates.ca, token: "abcd" });
    for (let i = 0; i < 300; i += 1) await client.request(pods);
    expect(server.requests).toHaveLength(300);
    expect(server.connections()).toBe(1);
  });

  it("opens at most 64 connections for 300 requests at once, and answers them all", async () => {
    server = await startServer((request, response) => {
      json(response, 200, { url: request.url });
    });
    client = createClient({ server: server.url });
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => client.request({ ...pods, query: { i } })),
    );
    const urls = answers.map(({ body }) => (JSON.parse(textOf(body)) as { url: string }).url);
    expect(urls).toEqual(Array.from({ length: 300 }, (_, i) => `/api/v1/pods?i=${i}`));
    expect(server.connections()).toBeLessThanOrEqual(64);
  });

  it("passes method, headers and body bytes through as they are", async () => {
    const sent = randomBytes(300_000);
    server = await startServer((request, response) => {
      response.writeHead(201, {
        "x-method": request.method,
        "x-type": request.headers["content-type"],
      });
      request.pipe(response);
    });
    client = createClient({ server: server.url });
    const answer = await client.request({
      method: "PATCH",
      path: "/api/v1/namespaces/a/pods/b",
      body: sent,
      contentType: "application/apply-patch+yaml",
    });
    expect(answer.status).toBe(201);
    expect(answer.headers["x-method"]).toBe("PATCH");
    expect(answer.headers["x-type"]).toBe("application/apply-patch+yaml");
    expect(Buffer.compare(answer.body, sent)).toBe(0);
  });

  it("sends text bodies as UTF-8 with their length", async () => {
    server = await startServer((request, response) => {
      response.writeHead(200, { "x-length": request.headers["content-length"] });
      request.pipe(response);
    });
    client = createClient({ server: server.url });
    const body = '{"name":"Zürich – ☸"}';
    const answer = await client.request({ method: "POST", path: "/api/v1/pods", body });
    expect(textOf(answer.body)).toBe(body);
    expect(answer.headers["x-length"]).toBe(String(Buffer.byteLength(body)));
  });

  it("reads a 40 MB body whole over TLS", async () => {
    const block = randomBytes(1 << 20);
    server = await startServer((_request, response) => {
      let left = 40;
      const write = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(block)) return void response.once("drain", write);
        }
        response.end();
      };
      write();
    }, certificates);
    client = createClient({ server: server.url, ca: certificates.ca });
    const { body } = await client.request(pods);
    expect(body.byteLength).toBe(40 << 20);
    expect(Buffer.compare(body.subarray(39 << 20), block)).toBe(0);
  });

  it("keeps header names from outside off any prototype", async () => {
    server = await startServer((_request, response) => {
      response.writeHead(
        200,
        [
          ["__proto__", "evil"],
          ["constructor", "x"],
          ["Audit-Id", "7"],
        ].flat(),
      );
      response.end("{}");
    });
    client = createClient({ server: server.url });
    const { headers } = await client.request(pods);
    expect(headers["audit-id"]).toBe("7");
    expect(Object.getPrototypeOf(headers)).toBeNull();
    expect(({} as Record<string, unknown>).evil).toBeUndefined();
  });

  it("keeps requests going while 150 watches are open, each on its own connection", async () => {
    server = await startServer((request, response) => {
      if (request.url?.includes("watch") === true) response.write("{}\n");
      else json(response, 200, {});
    }, certificates);
    client = createClient({ server: server.url, ca: certificates.ca });
    const watch = { ...pods, query: { watch: true } };
    const streams = await Promise.all(Array.from({ length: 150 }, () => client.stream(watch)));
    const first = await Promise.all(
      streams.map(async ({ chunks }) => (await chunks[Symbol.asyncIterator]().next()).value),
    );
    expect(first.map((chunk) => textOf(chunk as Uint8Array))).toEqual(Array(150).fill("{}\n"));
    await client.request(pods);
    expect(server.connections()).toBe(151);
    for (const stream of streams) stream.close();
  });

  it("makes typed errors from Status bodies, naming the attempt and not the query", async () => {
    server = await startServer((_request, response) => status(response, 404, "NotFound"));
    client = createClient({ server: server.url });
    const failed = client.request({ ...pods, query: { labelSelector: "a=b" } });
    await expect(failed).rejects.toBeInstanceOf(NotFoundError);
    await expect(failed).rejects.toMatchObject({ status: 404, reason: "NotFound" });
    await expect(failed).rejects.toThrow(/GET \/api\/v1\/pods failed: it is NotFound/);
    await expect(failed).rejects.not.toThrow(/labelSelector/);
  });

  it("does not follow a redirect", async () => {
    server = await startServer((_request, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/login?token=canary" }).end();
    });
    client = createClient({ server: server.url, token: "abcd" });
    await expect(client.request(pods)).rejects.toMatchObject({ status: 302 });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    "/api/v1/../secrets",
    "/api/v1/%2E%2e/x",
    "/api//v1",
    "api/v1",
    "/a b",
    "/a?x=1",
    "/a#b",
  ])("refuses the path %s before anything is sent", async (path) => {
    server = await startServer((_request, response) => json(response, 200, {}));
    client = createClient({ server: server.url });
    await expect(client.request({ method: "DELETE", path })).rejects.toBeInstanceOf(
      InvalidNameError,
    );
    expect(server.connections()).toBe(0);
  });

  it("ends a request that is not answered in time, and says that a write may have happened", async () => {
    const clock = new ManualClock();
    server = await startServer(() => undefined);
    client = createClient({ server: server.url, clock, timeoutMs: 5_000 });
    const seen = server.nextRequest();
    const failed = client.request({ method: "POST", path: "/api/v1/pods", body: "{}" });
    await seen;
    clock.advance(5_000);
    await expect(failed).rejects.toBeInstanceOf(TimeoutError);
    await expect(failed).rejects.toMatchObject({ code: "EXP_TIMEOUT", outcome: "unknown" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends a request whose body stops coming", async () => {
    const clock = new ManualClock();
    server = await startServer((_request, response) => void response.write('{"half":'));
    client = createClient({ server: server.url, clock, timeoutMs: 5_000 });
    const failed = client.request(pods);
    await until(() => clock.pendingTimers === 2); // Deadline and suspicion: it is under way.
    await until(() => clock.pendingTimers === 1); // Only the deadline: the headers have come.
    clock.advance(5_000);
    await expect(failed).rejects.toBeInstanceOf(TimeoutError);
  });

  it("says that a request which waited in the queue until its deadline was not sent", async () => {
    const clock = new ManualClock();
    server = await startServer(() => undefined);
    client = createClient({ server: server.url, clock, timeoutMs: 100_000, suspectAfterMs: 1e9 });
    const busy = Array.from({ length: 64 }, () => client.request(pods));
    const settled = Promise.allSettled(busy);
    await server.nextRequest(64);
    const failed = client.request({ method: "POST", path: "/x", body: "{}", timeoutMs: 1_000 });
    const outcome = expect(failed).rejects.toMatchObject({ outcome: "not-sent" });
    clock.advance(1_000);
    await outcome;
    expect(server.requests).toHaveLength(64);
    await client.close();
    expect((await settled).every(({ status: state }) => state === "rejected")).toBe(true);
  });

  it("rejects with the signal's reason when it is aborted before or during a request", async () => {
    server = await startServer(() => undefined);
    client = createClient({ server: server.url });
    const reason = new Error("enough");
    await expect(client.request({ ...pods, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(server.connections()).toBe(0);
    const controller = new AbortController();
    const seen = server.nextRequest();
    const failed = client.request({ ...pods, signal: controller.signal });
    const socket = await seen;
    const closed = once(socket, "close");
    controller.abort(reason);
    await expect(failed).rejects.toBe(reason);
    await closed;
  });

  it("follows one signal with any number of requests and watches, with one listener", async () => {
    server = await startServer(() => undefined);
    client = createClient({ server: server.url });
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 30 }, (_, i) =>
      (i % 2 === 0
        ? client.request({ ...pods, signal })
        : client.stream({ ...pods, signal })
      ).catch((error: unknown) => error),
    );
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await server.nextRequest(30);
    controller.abort("over");
    expect(await Promise.all(calls)).toEqual(Array(30).fill("over"));
  });

  it("closes every connection and rejects what is under way when it is closed", async () => {
    server = await startServer((request, response) => {
      if (request.method === "GET") json(response, 200, {});
    });
    client = createClient({ server: server.url });
    await client.request(pods);
    const seen = server.nextRequest();
    const read = client.request({ method: "DELETE", path: "/api/v1/pods" });
    const failed = expect(read).rejects.toMatchObject({ code: "EXP_TIMEOUT", outcome: "unknown" });
    await seen;
    const gone = Promise.all([...server.sockets].map((socket) => once(socket, "close")));
    await client.close();
    await client.close();
    await failed;
    await gone;
    expect(server.sockets.size).toBe(0);
    await expect(client.request(pods)).rejects.toBeInstanceOf(ConnectionError);
    await expect(client.stream(pods)).rejects.toMatchObject({ retry: "never" });
  });

  it("asks for gzip only when told to, and gives out the plain bytes", async () => {
    server = await startServer((request, response) => {
      const text = `accept-encoding=${request.headers["accept-encoding"] ?? "none"}`;
      const isAsked = request.headers["accept-encoding"] === "gzip";
      response.writeHead(200, isAsked ? { "content-encoding": "gzip" } : {});
      response.end(isAsked ? gzipSync(text) : text);
    });
    client = createClient({ server: server.url });
    expect(textOf((await client.request(pods)).body)).toBe("accept-encoding=none");
    await client.close();
    client = createClient({ server: server.url, acceptGzip: true });
    expect(textOf((await client.request(pods)).body)).toBe("accept-encoding=gzip");
  });

  it("keeps the base path of a server behind a proxy", async () => {
    server = await startServer((_request, response) => json(response, 200, {}));
    client = createClient({ server: `${server.url}/k8s/clusters/c-1/` });
    await client.request(pods);
    expect(server.requests).toEqual(["GET /k8s/clusters/c-1/api/v1/pods"]);
    expect(client.server).toBe(`${server.url}/k8s/clusters/c-1`);
  });
});
