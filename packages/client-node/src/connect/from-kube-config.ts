// SPDX-License-Identifier: Apache-2.0
// A client from a KubeConfig of client-node that the author already has (stage 1 and 6).
import { ConfigurationError, silentLogger, systemClock } from "@haversack/core";
import { kubeConfigCredentials } from "../credentials/kube-config-credentials.js";
import { buildClient, parseServer } from "./build-client.js";
import type { ConnectedClient, TransportOptions } from "./client-options.js";
import type { KubeConfigLike } from "./kube-config.js";

/**
 * Makes a client from a `KubeConfig` of `@kubernetes/client-node` 1.4 or 2.x.
 *
 * Its auth plugins, token refresh and certificates are used; its HTTP client is not.
 *
 * **API requests:** 0.
 * **Caveats:** the context that is current now is kept. A cluster with `proxy-url` is refused.
 *
 * @throws ConfigurationError for a KubeConfig without a usable current context. Terminal.
 * @example
 * ```ts
 * const kubeConfig = new KubeConfig();
 * kubeConfig.loadFromDefault();
 * const client = fromKubeConfig(kubeConfig);
 * ```
 */
export function fromKubeConfig(
  kubeConfig: KubeConfigLike,
  options: TransportOptions = {},
): ConnectedClient {
  const name = kubeConfig.getCurrentContext();
  const context = kubeConfig.getContextObject(name);
  const cluster = kubeConfig.getCurrentCluster();
  if (context === null || cluster === null) {
    const what =
      context === null ? "it does not exist" : `its cluster "${context.cluster}" does not`;
    throw new ConfigurationError(
      `cannot use kubeconfig context ${JSON.stringify(name ?? "")}: ${what}. ` +
        "Set current-context, or give the context option.",
    );
  }
  if (kubeConfig.getCurrentUser() === null) {
    throw new ConfigurationError(
      `cannot use kubeconfig context "${name}": its user "${context.user}" does not exist. ` +
        "Add the user, or use another context.",
    );
  }
  if (cluster.proxyUrl !== undefined && cluster.proxyUrl !== "") {
    throw new ConfigurationError(
      `cannot use cluster "${cluster.name}": proxy-url is not supported. Use an address that is ` +
        "reached directly, for example through kubectl proxy or a tunnel.",
    );
  }
  const address = parseServer(cluster.server);
  const { clock = systemClock, logger = silentLogger } = options;
  const credentials = kubeConfigCredentials(kubeConfig, address.server, clock, logger);
  return buildClient(address, credentials, options, context.namespace || undefined);
}
