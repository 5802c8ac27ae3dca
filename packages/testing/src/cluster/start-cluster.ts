// SPDX-License-Identifier: Apache-2.0
// A cluster for tests: the embedded API server, or a real one that the environment names (before stage 1).
import { readFile } from "node:fs/promises";
import { systemClock, type ApiClient, type Clock, type Kind } from "@haversack/core";
import type { KubernetesObject, ObjectKey } from "@haversack/core";
import type { ApiServer, ApiServerOptions } from "@haversack/apiserver";
import type { ClusterAccess } from "../client/http-client.js";
import type { RequestLog } from "../client/request-log.js";
import { FaultScript } from "../faults/fault-script.js";
import { withFaults } from "../faults/with-faults.js";
import { Administration, type ApplyOptions, type ListFilter } from "./administration.js";
import type { Backend } from "./backend.js";
import { envtestBackend } from "./envtest.js";
import type { Discovery } from "./discovery.js";
import { administrator, embeddedBackend } from "./embedded.js";
import { existingBackend } from "./existing.js";
import { readKubeconfig } from "./kubeconfig.js";
import type { Manifests } from "./manifest.js";

/** How {@link startCluster} starts a cluster; everything has a default. */
export interface ClusterOptions {
  /** Time of the embedded server and of the clients. A FakeClock makes tests take the same steps each time. */
  readonly clock?: Clock;
  /** Clients talk HTTP to the embedded server. Default false: they call it in this process. */
  readonly http?: boolean;
  /** Further options of the embedded server. */
  readonly server?: ApiServerOptions;
  /** Which cluster; default: what the environment says, else `embedded`. */
  readonly backend?: "embedded" | "envtest" | "existing";
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A client and what can be done to it. */
export interface ConnectedClient {
  readonly client: ApiClient;
  readonly faults: FaultScript;
}

/** A cluster under test. Everything but {@link TestCluster.client} is neither counted nor harmed. */
export interface TestCluster {
  readonly type: "embedded" | "envtest" | "existing";
  /** For the code under test: counted in `requests`, harmed by `faults`. */
  readonly client: ApiClient;
  /** For the test itself: neither counted nor harmed. */
  readonly admin: ApiClient;
  /** Requests of the code under test; with the embedded server also those of other clients. */
  readonly requests: RequestLog;
  /** What `client` meets. For faults on the wire see `server.faults`. */
  readonly faults: FaultScript;
  /** The embedded server; `undefined` with a real one. */
  readonly server: ApiServer | undefined;
  readonly clock: Clock;
  readonly discovery: Discovery;
  /** Where a client of another library finds the cluster. */
  readonly access: ClusterAccess;
  kubeconfig(): string;
  /** A further client with faults of its own, such as a second process. */
  connect(userAgent: string, faults?: FaultScript): ConnectedClient;
  /** Server-side apply of YAML, JSON or objects, in order. */
  apply(input: Manifests, options?: ApplyOptions): Promise<KubernetesObject[]>;
  applyStatus<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    status: unknown,
  ): Promise<T>;
  /** JSON merge patch. */
  patch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: object,
    subresource?: string,
  ): Promise<T>;
  get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined>;
  list<T extends KubernetesObject>(kind: Kind<T>, filter?: ListFilter): Promise<T[]>;
  /** Deletes; what is absent is fine. */
  remove(kind: Kind, key: ObjectKey): Promise<void>;
  /** Makes a namespace that no other test has. @returns its name. */
  namespace(prefix?: string): Promise<string>;
  /** Lets controllers and clients do all they can without time passing. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a cluster for tests.
 *
 * The embedded API server is the default. `KUBEBUILDER_ASSETS` names a folder with `etcd` and
 * `kube-apiserver` to start instead; with `HAVERSACK_TEST_CLUSTER=1` the cluster of `KUBECONFIG`
 * is used, and only namespaces made by `namespace()` should be touched.
 *
 * **API requests:** those asked for, as the administrator.
 *
 * @throws Error when the environment names a cluster that can't be used.
 * @example
 * ```ts
 * const cluster = await startCluster({ clock: new FakeClock() });
 * const manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: "prod" } };
 * const [applied] = await cluster.apply(manifest);
 * applied.metadata.name; // => "prod"
 * await cluster.close();
 * ```
 */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const clock = options.clock ?? systemClock;
  const backend = await startBackend(options, clock);
  const { access } = backend;
  const opened: ApiClient[] = [];
  const connect = (userAgent: string, faults = new FaultScript()): ConnectedClient => {
    const inner = backend.connect({ userAgent, clock, isCounted: true });
    opened.push(inner);
    return { client: withFaults(inner, faults, { clock }), faults };
  };
  const admin = backend.connect({ userAgent: administrator, clock, isCounted: false });
  const administration = new Administration(admin, () => backend.settle());
  return {
    ...connect("test"),
    type: backend.type,
    admin,
    requests: backend.requests,
    server: backend.server,
    clock,
    discovery: administration.discovery,
    access,
    connect,
    kubeconfig: () => backend.kubeconfig(),
    apply: (input, applyOptions) => administration.apply(input, applyOptions),
    applyStatus: (kind, key, status) => administration.applyStatus(kind, key, status),
    patch: (kind, key, patch, subresource) => administration.patch(kind, key, patch, subresource),
    get: (kind, key) => administration.get(kind, key),
    list: (kind, filter) => administration.list(kind, filter),
    remove: (kind, key) => administration.remove(kind, key),
    namespace: (prefix = "test") => administration.namespace(prefix),
    settle: () => backend.settle(),
    async close() {
      for (const client of [...opened, admin]) await client.close();
      await backend.close();
    },
  };
}

async function startBackend(options: ClusterOptions, clock: Clock): Promise<Backend> {
  const environment = options.environment ?? process.env;
  const assets = environment["KUBEBUILDER_ASSETS"] ?? "";
  switch (options.backend ?? backendOf(environment)) {
    case "embedded": {
      const { http = false, server = {} } = options;
      return embeddedBackend({ clock, http, server });
    }
    case "envtest":
      return envtestBackend(assets);
    case "existing": {
      const path = environment["KUBECONFIG"] ?? "";
      const access = await readKubeconfig(path);
      const text = await readFile(path, "utf8");
      return existingBackend({ type: "existing", access, kubeconfig: () => text });
    }
  }
}

function backendOf(
  environment: Readonly<Record<string, string | undefined>>,
): "embedded" | "envtest" | "existing" {
  if (environment["HAVERSACK_TEST_CLUSTER"] === "1") {
    if ((environment["KUBECONFIG"] ?? "") !== "") return "existing";
    throw new Error(
      "cannot start a cluster: HAVERSACK_TEST_CLUSTER is 1 and KUBECONFIG names no file. Set KUBECONFIG.",
    );
  }
  return (environment["KUBEBUILDER_ASSETS"] ?? "") === "" ? "embedded" : "envtest";
}
