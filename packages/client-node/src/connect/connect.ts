// SPDX-License-Identifier: Apache-2.0
// A client for wherever this runs: a Pod, or a machine with a kubeconfig (stage 1 and 6).
import type { ConnectedClient, TransportOptions } from "./client-options.js";
import { inCluster, isInCluster } from "./in-cluster.js";

/** See {@link connect}. */
export interface ConnectOptions extends TransportOptions {
  /** A kubeconfig file to use, whatever else there is. */
  readonly kubeConfigFile?: string;
  /** A context to use instead of the current one; implies a kubeconfig. */
  readonly context?: string;
  /** Where the service account is mounted in a Pod. */
  readonly serviceAccountDirectory?: string;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes a client from what is there: the options, else KUBECONFIG, else the service account of the
 * Pod this runs in, else `~/.kube/config`.
 *
 * **API requests:** 0.
 * **Caveats:** a kubeconfig needs `@kubernetes/client-node`, which is loaded for it: 75 to 90 MB. In
 * a Pod it is not loaded.
 *
 * @throws ConfigurationError when nothing is found, naming what was looked at. Terminal.
 * @example
 * ```ts
 * const client = await connect({ userAgent: "database-operator" });
 * console.log(client.server); // for example "https://127.0.0.1:6443"
 * ```
 */
export async function connect(options: ConnectOptions = {}): Promise<ConnectedClient> {
  const { kubeConfigFile: file, context, env = process.env } = options;
  const isChosen = file !== undefined || context !== undefined || (env.KUBECONFIG ?? "") !== "";
  const { serviceAccountDirectory: directory } = options;
  const pod = { ...options, env, ...(directory === undefined ? {} : { directory }) };
  if (!isChosen && (await isInCluster(pod))) return inCluster(pod);
  const { loadKubeConfig } = await import("./load-kube-config.js");
  const { fromKubeConfig } = await import("./from-kube-config.js");
  return fromKubeConfig(await loadKubeConfig({ file, context, env }), options);
}
