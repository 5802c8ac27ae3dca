// SPDX-License-Identifier: Apache-2.0
// A client inside a Pod, from the files and variables the kubelet puts there (stage 1 and 6).
import { access, readFile } from "node:fs/promises";
import { ConfigurationError, silentLogger, systemClock } from "@haversack/core";
import { fileCredentials } from "../credentials/file-credentials.js";
import { buildClient, parseServer } from "./build-client.js";
import type { ConnectedClient, TransportOptions } from "./client-options.js";

/** See {@link inCluster}. */
export interface InClusterOptions extends TransportOptions {
  /** Where the service account is mounted. */
  readonly directory?: string;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Mount path that the service account admission plugin uses. */
const serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Whether this process runs in a Pod with a service account. **API requests:** 0. */
export async function isInCluster(options: InClusterOptions = {}): Promise<boolean> {
  const { directory = serviceAccountDirectory, env = process.env } = options;
  if ((env.KUBERNETES_SERVICE_HOST ?? "") === "") return false;
  return access(`${directory}/token`).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a client from the service account of the Pod this runs in.
 *
 * Token and CA are read again once a minute, and at once after a 401. `@kubernetes/client-node` is
 * not needed and not loaded.
 *
 * **API requests:** 0.
 * **RBAC:** none by itself; requests need the rights of the service account.
 *
 * @throws ConfigurationError outside of a Pod, naming what is missing. Terminal.
 * @example
 * ```ts
 * const client = await inCluster();
 * console.log(client.defaultNamespace); // for example "prod"
 * ```
 * @see Kubernetes "Accessing the API from a Pod".
 */
export async function inCluster(options: InClusterOptions = {}): Promise<ConnectedClient> {
  const { directory = serviceAccountDirectory, env = process.env } = options;
  const host = env.KUBERNETES_SERVICE_HOST ?? "";
  const port = env.KUBERNETES_SERVICE_PORT ?? "443";
  if (host === "") {
    throw new ConfigurationError(
      "cannot connect from inside a cluster: KUBERNETES_SERVICE_HOST is not set, so this is no Pod. " +
        "Use connect() with a kubeconfig, or createClient().",
    );
  }
  const credentials = fileCredentials({
    tokenFile: `${directory}/token`,
    caFile: `${directory}/ca.crt`,
    fixed: { headers: {}, tls: {} },
    clock: options.clock ?? systemClock,
    logger: options.logger ?? silentLogger,
  });
  await credentials.current(); // What is missing is said now, not by the first request.
  const namespace = await readFile(`${directory}/namespace`, "utf8").catch(() => ""); // Optional.
  const address = parseServer(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  return buildClient(address, credentials, options, namespace.trim() || undefined);
}
