// SPDX-License-Identifier: Apache-2.0
// Connections that are shared, replaced when suspect, and separate for other identities.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { TimeoutError } from "@haversack/core";
import { type FreezingProxy, startFreezingProxy } from "../../test/freezing-proxy.js";
import {
  type Certificates,
  json,
  type LocalServer,
  makeCertificates,
  startServer,
  until,
} from "../../test/local-server.js";
import { ManualClock } from "../../test/manual-clock.js";
import type { ConnectedClient } from "../connect/client-options.js";
import { createClient } from "../connect/create-client.js";

const pods = { method: "GET", path: "/api/v1/pods" } as const;
const watch = { ...pods, query: { watch: true } };
let certificates: Certificates;
let server: LocalServer;
let proxy: FreezingProxy | undefined;
const clients: ConnectedClient[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await proxy?.close();
  proxy = undefined;
  await server.close();
});

function make(options: Partial<Parameters<typeof createClient>[0]> = {}): ConnectedClient {
  const client = createClient({ server: server.url, ca: certificates.ca, ...options });
  clients.push(client);
  return client;
}

async function startTls(): Promise<void> {
  server = await startServer(
    (request, response) => {
      if (request.url?.includes("watch") === true) response.write("{}\n");
      else
        json(response, 200, {
          user: (request.socket as TLSSocket).getPeerCertificate().subject?.CN,
        });
    },
    { ...certificates, requestCert: true, rejectUnauthorized: false },
  );
}

describe("openConnectionSet()", () => {
  it("shares one connection between clients of a server, until the last one closes", async () => {
    await startTls();
    const [first, second] = [make({ token: "aaaa" }), make({ token: "bbbb" })];
    await first.request(pods);
    await second.request(pods);
    expect(server.connections()).toBe(1);
    await first.close();
    await second.request(pods);
    expect(server.connections()).toBe(1);
    await second.close();
    await until(() => server.sockets.size === 0);
  });

  it("never shares a connection between TLS identities", async () => {
    await startTls();
    const identity = {
      clientCertificate: certificates.clientCert,
      clientKey: certificates.clientKey,
    };
    const [alice, nobody, careless] = [
      make(identity),
      make(),
      make({ insecureSkipTlsVerify: true }),
    ];
    const answer = await alice.request(pods);
    expect(new TextDecoder().decode(answer.body)).toBe('{"user":"alice"}');
    expect(new TextDecoder().decode((await nobody.request(pods)).body)).toBe("{}");
    await careless.request(pods);
    expect(server.connections()).toBe(3);
  });

  it("opens new connections when a client certificate is rotated, and lets old requests end", async () => {
    await startTls();
    const other = await makeCertificates("bob");
    const directory = await mkdtemp(join(tmpdir(), "certificates-"));
    const [certFile, keyFile] = [join(directory, "tls.crt"), join(directory, "tls.key")];
    await writeFile(certFile, certificates.clientCert);
    await writeFile(keyFile, certificates.clientKey);
    const clock = new ManualClock();
    const files = { clientCertificateFile: certFile, clientKeyFile: keyFile };
    const client = make({ ...files, clock, insecureSkipTlsVerify: true });
    const stream = await client.stream(watch);
    const chunks = stream.chunks[Symbol.asyncIterator]();
    await chunks.next();
    expect(await userOf(client)).toBe("alice");
    await writeFile(certFile, other.clientCert);
    await writeFile(keyFile, other.clientKey);
    clock.advance(30_000);
    expect(await userOf(client)).toBe("alice");
    clock.advance(30_000);
    expect(await userOf(client)).toBe("bob");
    expect(server.connections()).toBe(3);
    expect(server.sockets.size).toBe(2); // The old watch lives on; the old idle connection is gone.
    stream.close();
    await rm(directory, { recursive: true });
  });

  it("sends new requests over new connections once an answer is overdue on a half-open one", async () => {
    server = await startServer((_request, response) => json(response, 200, {}));
    proxy = await startFreezingProxy(server.port);
    const clock = new ManualClock();
    const options = { clock, timeoutMs: 60_000, suspectAfterMs: 10_000 };
    const client = make({ server: `http://127.0.0.1:${proxy.port}`, ...options });
    await Promise.all([client.request(pods), client.request(pods)]);
    expect(server.connections()).toBe(2);
    proxy.freeze();
    const stuck = client.request(pods);
    const outcome = expect(stuck).rejects.toBeInstanceOf(TimeoutError);
    await until(() => clock.pendingTimers === 2);
    clock.advance(10_000);
    await client.request(pods); // Hangs if it is sent over the other frozen connection.
    expect(server.connections()).toBe(3);
    expect(server.requests).toHaveLength(3);
    clock.advance(50_000);
    await outcome;
  });

  it("gives requests that wait behind half-open connections a place on new ones", async () => {
    server = await startServer((_request, response) => json(response, 200, {}));
    proxy = await startFreezingProxy(server.port);
    const clock = new ManualClock();
    const client = make({ server: `http://127.0.0.1:${proxy.port}`, clock, timeoutMs: 60_000 });
    await client.request(pods);
    server.handle(() => undefined);
    const stuck = Array.from({ length: 64 }, () => client.request(pods).catch((e: unknown) => e));
    const waiting = Array.from({ length: 20 }, () => client.request(pods));
    await server.nextRequest(65);
    proxy.freeze();
    server.handle((_request, response) => json(response, 200, {}));
    clock.advance(10_000);
    await Promise.all(waiting);
    clock.advance(50_000);
    const errors = await Promise.all(stuck);
    expect(errors.every((error) => error instanceof TimeoutError)).toBe(true);
  });

  it("drops the idle connections of both pools when a silent watch is closed", async () => {
    server = await startServer((request, response) => {
      if (request.url?.includes("watch") === true) response.write("{}\n");
      else json(response, 200, {});
    });
    proxy = await startFreezingProxy(server.port);
    const clock = new ManualClock();
    const client = make({ server: `http://127.0.0.1:${proxy.port}`, clock });
    await client.request(pods);
    const stream = await client.stream(watch);
    const chunks = stream.chunks[Symbol.asyncIterator]();
    await chunks.next();
    proxy.freeze();
    clock.advance(30_000);
    stream.close();
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    await client.request(pods); // Hangs if it is sent over the frozen connection.
    const next = await client.stream(watch);
    await next.chunks[Symbol.asyncIterator]().next();
    expect(server.connections()).toBe(4);
    next.close();
  });

  it("keeps the idle connection when a watch is closed that was not silent", async () => {
    await startTls();
    const client = make();
    await client.request(pods);
    const stream = await client.stream(watch);
    await stream.chunks[Symbol.asyncIterator]().next();
    stream.close();
    await client.request(pods);
    expect(server.connections()).toBe(2);
  });

  it("does not use a connection again that was idle for 45 seconds", async () => {
    await startTls();
    const clock = new ManualClock();
    const client = make({ clock });
    await client.request(pods);
    clock.advance(44_000);
    await client.request(pods);
    expect(server.connections()).toBe(1);
    clock.advance(45_000);
    await client.request(pods);
    expect(server.connections()).toBe(2);
  });

  it("keeps the connection when a caller gives up", async () => {
    await startTls();
    const client = make();
    await Promise.all([client.request(pods), client.request(pods)]);
    const controller = new AbortController();
    const failed = client.request({ ...pods, signal: controller.signal });
    controller.abort();
    await expect(failed).rejects.toMatchObject({ name: "AbortError" });
    await client.request(pods);
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it("says which certificates cannot be used, without showing a key", async () => {
    await startTls();
    const client = make({
      clientCertificate: certificates.clientCert,
      clientKey: "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
    });
    const failed = client.request(pods);
    await expect(failed).rejects.toMatchObject({ code: "EXP_CONFIGURATION" });
    await expect(failed).rejects.toThrow(server.url);
    await expect(failed).rejects.not.toThrow(/canary/);
  });
});

async function userOf(client: ConnectedClient): Promise<string> {
  const { body } = await client.request(pods);
  return (JSON.parse(new TextDecoder().decode(body)) as { user: string }).user;
}
