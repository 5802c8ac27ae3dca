// SPDX-License-Identifier: Apache-2.0
// Starts and stops a server: parts, transport, controllers, and the handle that tests and tools hold.
import { randomBytes } from "node:crypto";
import { systemClock } from "./clock.js";
import type { ServerClock } from "./clock.js";
import type { AnonymousAccess, TokenUser } from "./auth/identity.js";
import { Controllers } from "./controllers/controllers.js";
import type { ControllerName } from "./controllers/controllers.js";
import type { PodRules } from "./controllers/pod-rules.js";
import { ServerCore } from "./core.js";
import { freezeOpenWatches } from "./faults/open-watches.js";
import type { FaultRules } from "./faults/fault-rules.js";
import { handle } from "./http/handler.js";
import { inProcessFetch } from "./http/in-process.js";
import type { Fetch } from "./http/in-process.js";
import { listen } from "./http/node-server.js";
import { deepFreeze } from "./json.js";
import type { JsonObject } from "./json.js";
import { formatKubeconfig } from "./kubeconfig.js";
import type { RequestLog } from "./request-log.js";
import { restoreCore, tokenOf } from "./restore.js";
import { openDataDir } from "./store/data-dir.js";
import type { DataDir } from "./store/data-dir.js";
import { keyOf } from "./store/object-store.js";
import { loadRuleEngine } from "./schema/rule-engine.js";
import { makeClientCertificate, makeTls } from "./tls.js";
import type { KeyPair } from "./tls.js";
import { createBuiltinObjects } from "./builtin-objects.js";

/** Options of {@link startApiServer}. */
export interface ApiServerOptions {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port?: number;
  /** Serve HTTPS with a CA of its own. */
  readonly tls?: boolean;
  /** Time and timers; a virtual clock drives watch time-outs and bookmarks. */
  readonly clock?: ServerClock;
  /** Commits of each resource that watches can start from; fewer make 410 easy to provoke. */
  readonly watchWindow?: number;
  /** Events that wait for a watcher that does not read before it is dropped. */
  readonly maxWaitingEvents?: number;
  /** Bytes of such events. */
  readonly maxWaitingBytes?: number;
  /** Users with bearer tokens, beside the administrator's. */
  readonly tokens?: readonly TokenUser[];
  /** Token of the administrator; random when left out. */
  readonly token?: string;
  /**
   * What requests without credentials are: refused (401), system:anonymous, or the administrator.
   * kubectl sends no token over plain HTTP: with it, serve TLS or choose "admin".
   */
  readonly anonymous?: AnonymousAccess;
  /** Let RBAC objects decide; otherwise every known user may do everything. */
  readonly rbac?: boolean;
  /** Controllers beyond the API itself, in the order they run. */
  readonly controllers?: readonly ControllerName[];
  /** Run controllers by themselves after every change; otherwise only in `settle()`. */
  readonly freeRunning?: boolean;
  /** Folder that keeps everything over restarts and crashes; without it all is in memory. */
  readonly dataDir?: string;
  /** Length from which a file of the data folder is written anew. */
  readonly compactBytes?: number;
}

/** A running server. */
export interface ApiServer {
  readonly url: string;
  /** The CA certificate in PEM, when served over TLS. */
  readonly ca: string | undefined;
  /** The administrator's bearer token. */
  readonly token: string;
  /** A kubeconfig for the administrator, or for the user of another token or of a certificate. */
  kubeconfig(credential?: string | KeyPair): string;
  /**
   * Issues a client certificate for a user and his groups, signed by the server's CA.
   *
   * @throws Error when the server is not served over TLS.
   */
  clientCertificate(user: string, groups?: readonly string[]): Promise<KeyPair>;
  /** `fetch` without a socket; relative URLs work. Credentials are needed as over the wire. */
  readonly fetch: Fetch;
  /** Runs the controllers until nothing changes any more. Uses no timers. */
  settle(): Promise<void>;
  readonly faults: FaultRules;
  /** What becomes of pods, when the `kubelet` controller runs. */
  readonly pods: PodRules;
  readonly requests: RequestLog;
  /** The store's revision: what a list would tell. */
  readonly revision: number;
  /** Forgets history up to a revision (the present one when left out). */
  compact(revision?: number): void;
  /** Reads an object without a request; it is frozen. */
  get(resource: string, namespace: string | undefined, name: string): JsonObject | undefined;
  /** Reads a collection (`plural.group`) without a request; objects are frozen. */
  list(resource: string, namespace?: string): readonly JsonObject[];
  /** Ends all watches and connections and stops. */
  close(): Promise<void>;
}

const defaultControllers: readonly ControllerName[] = ["crd", "namespace", "garbage-collector"];

function makeCore(options: ApiServerOptions, token: string): ServerCore {
  const admin = { token, user: "kubernetes-admin", groups: ["system:masters"] };
  return new ServerCore({
    clock: options.clock ?? systemClock,
    watchWindow: options.watchWindow ?? 10_000,
    maxWaitingEvents: options.maxWaitingEvents ?? 100_000,
    maxWaitingBytes: options.maxWaitingBytes ?? 67_108_864,
    tokens: [admin, ...(options.tokens ?? [])],
    anonymous: options.anonymous ?? "user",
    rbac: options.rbac ?? false,
  });
}

/** The data folder of a server, opened into its store. */
async function openData(core: ServerCore, options: ApiServerOptions): Promise<DataDir | undefined> {
  const { dataDir, compactBytes } = options;
  if (dataDir === undefined) return undefined;
  const onFailure = (error: Error): void => process.emitWarning(error);
  const data = await openDataDir(core.store, { folder: dataDir, compactBytes, onFailure });
  core.journal = data.journal;
  // Definitions may be there already, with rules for the objects to come.
  await loadRuleEngine();
  restoreCore(core);
  return data;
}

async function chooseToken({ token, dataDir }: ApiServerOptions): Promise<string> {
  if (token !== undefined) return token;
  return dataDir === undefined ? randomBytes(16).toString("hex") : tokenOf(dataDir);
}

/**
 * Starts an embedded Kubernetes API server on 127.0.0.1.
 *
 * **API requests:** 0.
 * **Guarantees:** served when the promise resolves; one global revision; objects read without a
 * request are frozen; with `dataDir`, nothing is told to anybody before it is on disk.
 *
 * @throws Error when the port is taken, or the data folder is another server's or damaged.
 * @example
 * ```ts
 * const server = await startApiServer();
 * const headers = { authorization: `Bearer ${server.token}` };
 * const answer = await server.fetch("/api/v1/namespaces/default", { headers });
 * answer.status; // => 200
 * await server.close();
 * ```
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const token = await chooseToken(options);
  const core = makeCore(options, token);
  const data = await openData(core, options);
  createBuiltinObjects(core);
  const controllers = new Controllers(core, options.controllers ?? defaultControllers);
  const stopFaults = freezeOpenWatches(core);
  if (options.freeRunning === true) controllers.start();
  const tls = options.tls === true ? await makeTls() : undefined;
  core.ca = tls?.ca;
  const answer = (request: Parameters<typeof handle>[1]): ReturnType<typeof handle> =>
    handle(core, request);
  const listening = listen({ port: options.port ?? 0, tls, handle: answer });
  const transport = await listening.catch(async (error: unknown) => {
    await data?.close();
    throw error;
  });
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${transport.port}`;
  return {
    url,
    ca: tls?.ca,
    token,
    kubeconfig: (other = token) => formatKubeconfig(url, other, tls?.ca),
    clientCertificate: async (user, groups = []) => {
      if (tls !== undefined) return makeClientCertificate(tls, user, groups);
      throw new Error(
        `Issuing a certificate for ${user} failed: the server has no CA. Start it with tls: true.`,
      );
    },
    fetch: inProcessFetch(answer),
    settle: () => controllers.settle(),
    faults: core.faults,
    pods: core.pods,
    requests: core.requests,
    get revision() {
      return core.store.log.revision;
    },
    compact: (revision = core.store.log.revision) => core.store.log.compact(revision),
    get: (resource, namespace, name) =>
      deepFreeze(core.store.get(resource, keyOf(namespace, name))?.value),
    list: (resource, namespace) =>
      core.store.list(resource, namespace).map(({ value }) => deepFreeze(value)),
    close: async () => {
      stopFaults();
      controllers.stop();
      for (const watch of core.watches) watch.stream.destroy();
      await transport.close();
      await data?.close();
    },
  };
}
