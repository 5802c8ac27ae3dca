// SPDX-License-Identifier: Apache-2.0
// Objects against the embedded API server over HTTP, with a cache that is always in step (tests of stage 6).
import { createClient } from "@haversack/client-node";
import {
  createRuntime,
  type ApiClient,
  type Informers,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type Runtime,
} from "@haversack/core";
import { startApiServer, type ApiServer } from "@haversack/apiserver";
import { Objects } from "../src/index.js";
import type { ApiObjectsOptions } from "../src/index.js";
import { HandClock, LogLines } from "./scripted-runtime.js";

/** A server, a client for it and reconcilers' objects on it. */
export interface EmbeddedRig {
  readonly server: ApiServer;
  readonly client: ApiClient;
  readonly logs: LogLines;
  readonly clock: HandClock;
  /** A new process: nothing remembered, a cache that is synced. */
  process(options?: Partial<ApiObjectsOptions> & { cached?: boolean }): Process;
  /** What the requests since the last call were, as `verb resource`. */
  requests(): readonly string[];
  close(): Promise<void>;
}

/** One operator process. */
export interface Process {
  readonly objects: Objects;
  readonly runtime: Runtime;
}

/** Starts a server with the namespace `prod`. */
export async function startEmbedded(): Promise<EmbeddedRig> {
  const server = await startApiServer();
  const client = createClient({ server: server.url, token: server.token });
  const [logs, clock] = [new LogLines(), new HandClock()];
  const body = JSON.stringify({ metadata: { name: "prod" }, apiVersion: "v1", kind: "Namespace" });
  await client.request({ method: "POST", path: "/api/v1/namespaces", body });
  server.requests.reset();
  return {
    server,
    client,
    logs,
    clock,
    process({ cached = true, ...options } = {}) {
      const environment = { client, clock, logger: logs };
      const runtime = createRuntime(
        cached ? { ...environment, informers: cacheOf(server) } : environment,
      );
      return { runtime, objects: new Objects(runtime, { fieldManager: "operator", ...options }) };
    },
    requests() {
      const seen = server.requests.all().map(({ verb, resource, path }) => {
        const isDryRun = path.includes("dryRun=All") ? " dryRun" : "";
        return `${verb} ${resource}${isDryRun}`;
      });
      server.requests.reset();
      return seen;
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}

/** What informers hold of the server at this moment: everything but managedFields. */
function cacheOf(server: ApiServer): Informers {
  return {
    acquire() {
      throw new Error("no leases here");
    },
    peek<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey) {
      const resource = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
      const found = server.get(resource, key.namespace, key.name) as unknown as T | undefined;
      if (found === undefined) return { known: true, object: undefined };
      const { managedFields: _managedFields, ...metadata } = found.metadata;
      return { known: true, object: Object.freeze({ ...found, metadata }) };
    },
  };
}
