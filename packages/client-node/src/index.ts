// SPDX-License-Identifier: Apache-2.0
/**
 * The way to a Kubernetes API server: pooled connections, raw bytes both ways, typed errors.
 *
 * This package is responsible for connections and their recovery, credentials and their renewal,
 * waiting when the server asks for it, and for saying whether a lost request may have happened.
 * You are responsible for closing clients, for retrying what it reports, and for paths and bodies.
 * It is no typed client: it neither builds nor reads objects.
 *
 * @example
 * ```ts
 * const client = await connect();
 * const { body } = await client.request({ method: "GET", path: "/api/v1/namespaces/prod/pods" });
 * const pods = JSON.parse(new TextDecoder().decode(body));
 * const watch = await client.stream({ method: "GET", path: "/api/v1/pods", query: { watch: true } });
 * for await (const bytes of watch.chunks) process.stdout.write(bytes);
 * await client.close();
 * ```
 * @packageDocumentation
 */
export * from "./connect/client-options.js";
export { connect, type ConnectOptions } from "./connect/connect.js";
export { createClient } from "./connect/create-client.js";
export { fromKubeConfig } from "./connect/from-kube-config.js";
export { inCluster, type InClusterOptions, isInCluster } from "./connect/in-cluster.js";
export type {
  KubeConfigCluster,
  KubeConfigContext,
  KubeConfigLike,
  KubeConfigUser,
} from "./connect/kube-config.js";
