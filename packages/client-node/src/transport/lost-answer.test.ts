// SPDX-License-Identifier: Apache-2.0
// Connections that fail: what is repeated, what is in doubt, and what the error says.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConnectionError, TimeoutError } from "@haversack/core";
import { json, type LocalServer, makeCertificates, startServer } from "../../test/local-server.js";
import type { ConnectedClient } from "../connect/client-options.js";
import { createClient } from "../connect/create-client.js";

const read = { method: "GET", path: "/api/v1/pods" } as const;
const write = { method: "POST", path: "/api/v1/pods", body: "{}" } as const;
let server: LocalServer;
let client: ConnectedClient;

afterEach(async () => {
  await client.close();
  await server.close();
});

async function start(handler: Parameters<typeof startServer>[0]): Promise<void> {
  server = await startServer(handler);
  client = createClient({ server: server.url });
}

describe("a connection that is cut before the answer", () => {
  it("is not repeated for a GET on a new connection, which is a ConnectionError", async () => {
    await start((request) => request.socket.destroy());
    const failed = client.request(read);
    await expect(failed).rejects.toBeInstanceOf(ConnectionError);
    await expect(failed).rejects.toMatchObject({ code: "EXP_CONNECTION", retry: "backoff" });
    await expect(failed).rejects.toThrow(server.url);
    expect(server.requests).toHaveLength(1);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"] as const)(
    "leaves a %s in doubt: TimeoutError with outcome unknown, sent once",
    async (method) => {
      await start((request) => request.socket.destroy());
      const failed = client.request({ ...write, method });
      await expect(failed).rejects.toBeInstanceOf(TimeoutError);
      await expect(failed).rejects.toMatchObject({ code: "EXP_TIMEOUT", outcome: "unknown" });
      expect(server.requests).toHaveLength(1);
    },
  );
});

describe("a kept-alive connection that the server has just closed", () => {
  /** Answers the first request of each connection, and cuts it at the next. */
  function onceOnly(): Parameters<typeof startServer>[0] {
    const used = new WeakSet<object>();
    return (request, response) => {
      if (used.has(request.socket)) return void request.socket.resetAndDestroy();
      used.add(request.socket);
      json(response, 200, {});
    };
  }

  it("is repeated once for a GET, on a new connection", async () => {
    await start(onceOnly());
    await client.request(read);
    expect((await client.request(read)).status).toBe(200);
    expect(server.requests).toHaveLength(3);
    expect(server.connections()).toBe(2);
  });

  it("is repeated for a watch", async () => {
    await start(onceOnly());
    const first = await client.stream(read);
    for await (const chunk of first.chunks) expect(chunk.length).toBeGreaterThan(0);
    const second = await client.stream(read);
    expect(second.status).toBe(200);
    second.close();
    expect(server.connections()).toBe(2);
  });

  it("is not repeated for a write, which is in doubt", async () => {
    await start(onceOnly());
    await client.request(read);
    await expect(client.request(write)).rejects.toMatchObject({ outcome: "unknown" });
    expect(server.requests).toHaveLength(2);
    await client.request(write); // The next one is on a new connection.
  });

  it("is repeated only once", async () => {
    let isOpen = true;
    await start((request, response) => {
      if (isOpen) json(response, 200, {});
      else request.socket.resetAndDestroy();
    });
    await Promise.all([client.request(read), client.request(read), client.request(read)]);
    isOpen = false;
    await expect(client.request(read)).rejects.toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(5);
  });
});

describe("a body that is cut", () => {
  it.each([{ "content-length": "100" }, { "transfer-encoding": "chunked" }])(
    "is a ConnectionError for a GET (%j)",
    async (headers) => {
      await start((_request, response) => {
        response.writeHead(200, headers);
        response.write("[1,2", () => response.destroy());
      });
      await expect(client.request(read)).rejects.toBeInstanceOf(ConnectionError);
    },
  );

  it("leaves a write in doubt even when its status was 201", async () => {
    await start((_request, response) => {
      response.writeHead(201, { "content-length": "100" });
      response.write("{", () => response.destroy());
    });
    await expect(client.request(write)).rejects.toMatchObject({ outcome: "unknown", status: 201 });
  });

  it("does not hide the status of a refusal", async () => {
    await start((_request, response) => {
      response.writeHead(409, { "content-length": "100" });
      response.write("{", () => response.destroy());
    });
    await expect(client.request(write)).rejects.toMatchObject({
      code: "EXP_CONFLICT",
      status: 409,
    });
  });
});

describe("a server that cannot be reached", () => {
  it("is named, with what to do, and a write was not sent", async () => {
    await start(() => undefined);
    await server.close();
    const failed = client.request(write);
    await expect(failed).rejects.toBeInstanceOf(ConnectionError);
    await expect(failed).rejects.toThrow(
      `cannot connect to ${server.url} (ECONNREFUSED). Check that the API server runs`,
    );
  });

  it("is told from one whose certificate is not trusted", async () => {
    const certificates = await makeCertificates();
    server = await startServer((_request, response) => json(response, 200, {}), certificates);
    client = createClient({ server: server.url });
    const failed = client.request(write);
    await expect(failed).rejects.toBeInstanceOf(ConnectionError);
    await expect(failed).rejects.toThrow(/DEPTH_ZERO_SELF_SIGNED_CERT.*Give the CA/);
    expect(server.requests).toHaveLength(0);
  });

  it("is told from one whose certificate names another host", async () => {
    const certificates = await makeCertificates();
    server = await startServer((_request, response) => json(response, 200, {}), certificates);
    const { ca } = certificates;
    client = createClient({ server: server.url, ca, serverName: "api.example.com" });
    await expect(client.request(write)).rejects.toThrow(/ERR_TLS_CERT_ALTNAME_INVALID.*serverName/);
  });

  it("is told from one that asks for a client certificate: a write was not acted on", async () => {
    const certificates = await makeCertificates();
    const tls = { ...certificates, requestCert: true, rejectUnauthorized: true };
    server = await startServer((_request, response) => json(response, 200, {}), tls);
    client = createClient({ server: server.url, ca: certificates.ca });
    await expect(client.request(write)).rejects.toBeInstanceOf(ConnectionError);
    expect(server.requests).toHaveLength(0);
  });

  it("is told from one that speaks plain HTTP where TLS is expected", async () => {
    server = await startServer(() => undefined);
    client = createClient({ server: server.url.replace("http:", "https:") });
    await expect(client.request(write)).rejects.toThrow(/does not speak TLS/);
  });

  it("is told from one that speaks another protocol", async () => {
    server = await startServer(() => undefined);
    const odd = createServer((socket) => void socket.resume().end("SSH-2.0-x\r\n"));
    odd.listen(0, "127.0.0.1");
    await once(odd, "listening");
    client = createClient({ server: `http://127.0.0.1:${(odd.address() as AddressInfo).port}` });
    const failed = client.request(read);
    await expect(failed).rejects.toThrow(/answered something other than HTTP/);
    const closed = once(odd, "close");
    odd.close();
    await closed;
  });
});
