// SPDX-License-Identifier: Apache-2.0
// The process's connections, one set per server and TLS identity, shared by all clients (stage 1 and 6).
import type { Agent } from "node:http";
import type { AgentOptions } from "node:https";
import { type Clock, ConfigurationError } from "@haversack/core";
import type { TlsSettings } from "../credentials/credentials.js";
import type { HttpModule } from "./exchange.js";
import { SocketPool } from "./socket-pool.js";

/** Where a server listens. */
export interface Origin {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** For messages: scheme, host, port and base path; never credentials. */
  readonly server: string;
}

/** Two pools, so that hundreds of open watches never stand in the way of a request. */
export interface ConnectionSet {
  readonly http: HttpModule;
  readonly requests: SocketPool;
  readonly watches: SocketPool;
  /** Replaces both pools' idle sockets: the way to the server is in doubt. */
  suspect(): void;
  /** One client fewer; the last one closes the sockets. */
  release(): void;
}

/** A third of the mutating requests that an API server takes from all clients at once (default 200). */
const maxConcurrentRequests = 64;
/** The kernel probes a quiet connection after this; a vanished peer is noticed 10 probes later. */
const tcpKeepAliveMs = 15_000;

type Registry = Map<string, { clients: number; opened: Promise<ConnectionSet> }>;

/** Sockets that live by different clocks are not shared. */
const registries = new WeakMap<Clock, Registry>();

/**
 * Opens, or shares, the connections to a server with a TLS identity.
 *
 * **API requests:** 0; sockets are opened by the first request.
 *
 * @throws ConfigurationError when a certificate or key cannot be read. Terminal.
 */
export async function openConnectionSet(
  origin: Origin,
  tls: TlsSettings,
  clock: Clock,
): Promise<ConnectionSet> {
  const key = origin.secure ? await hashOf(origin, tls) : `http ${origin.host} ${origin.port}`;
  const registry: Registry = registries.get(clock) ?? new Map();
  registries.set(clock, registry);
  const entry = registry.get(key) ?? {
    clients: 0,
    opened: build(origin, tls, clock, () => release(registry, key)),
  };
  registry.set(key, entry);
  entry.clients += 1;
  try {
    return await entry.opened;
  } catch (error) {
    if (registry.get(key) === entry) registry.delete(key);
    throw error;
  }
}

async function build(
  origin: Origin,
  tls: TlsSettings,
  clock: Clock,
  isLast: () => boolean,
): Promise<ConnectionSet> {
  // Plain HTTP loads neither TLS nor crypto: 1.2 MB less in a small process.
  const http = origin.secure ? await import("node:https") : await import("node:http");
  const options: AgentOptions = {
    keepAlive: true,
    keepAliveMsecs: tcpKeepAliveMs,
    scheduling: "lifo", // Few hot sockets; the others grow old and are closed.
    ...(origin.secure ? await tlsOptions(origin, tls) : {}),
  };
  const pool = (maxConcurrent: number, maxFreeSockets: number): SocketPool =>
    new SocketPool({
      makeAgent: () => makeAgent(http, { ...options, maxFreeSockets }),
      clock,
      maxConcurrent,
    });
  const requests = pool(maxConcurrentRequests, 16);
  const watches = pool(Number.POSITIVE_INFINITY, 4);
  return {
    http,
    requests,
    watches,
    suspect: () => {
      requests.retire();
      watches.retire();
    },
    release: () => {
      if (!isLast()) return;
      requests.close();
      watches.close();
    },
  };
}

/** Counts one client down; true when it was the last. */
function release(registry: Registry, key: string): boolean {
  const entry = registry.get(key);
  if (entry === undefined) return false;
  entry.clients -= 1;
  if (entry.clients > 0) return false;
  registry.delete(key);
  return true;
}

/** All sockets of an agent go to one server: no need to compose a name from the options each time. */
function makeAgent(http: HttpModule, options: AgentOptions): Agent {
  const agent: Agent = new http.Agent(options);
  agent.getName = () => "server";
  return agent;
}

async function tlsOptions(origin: Origin, tls: TlsSettings): Promise<AgentOptions> {
  const { createSecureContext } = await import("node:tls");
  try {
    // Made once: parsing the certificates again for each connection costs more than the handshake.
    const secureContext = createSecureContext({
      ...given("ca", tls.ca),
      ...given("cert", tls.cert),
      ...given("key", tls.key),
      ...given("pfx", tls.pfx),
      ...given("passphrase", tls.passphrase),
    });
    return {
      secureContext,
      rejectUnauthorized: tls.insecureSkipTlsVerify !== true,
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    } as AgentOptions;
  } catch (error) {
    throw new ConfigurationError(
      `cannot use the certificates for ${origin.server}: ${reasonOf(error)}. ` +
        "Give the CA, the client certificate and its key as PEM text that belongs together.",
    );
  }
}

function reasonOf(error: unknown): string {
  return (error as { reason?: string }).reason ?? (error as Error).message;
}

function given(name: string, value: string | Uint8Array | undefined): Record<string, unknown> {
  if (value === undefined) return {};
  return { [name]: typeof value === "string" ? value : Buffer.from(value) };
}

async function hashOf(origin: Origin, tls: TlsSettings): Promise<string> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  const { ca, cert, key, pfx, passphrase, serverName, insecureSkipTlsVerify } = tls;
  const fields = [origin.host, String(origin.port), ca, cert, key, pfx, passphrase, serverName];
  for (const field of [...fields, String(insecureSkipTlsVerify === true)]) {
    // The length keeps neighbouring fields apart.
    hash.update(field === undefined ? "-;" : `${Buffer.byteLength(field)};`);
    if (field !== undefined) hash.update(field);
  }
  return hash.digest("base64");
}
