// SPDX-License-Identifier: Apache-2.0
// The real KubeConfig fits the structural type.
import type { KubeConfig } from "@kubernetes/client-node";
import type { ApiClient } from "@haversack/core";
import type { ConnectedClient } from "./client-options.js";
import { createClient } from "./create-client.js";
import { fromKubeConfig } from "./from-kube-config.js";

declare const kubeConfig: KubeConfig;

const client: ConnectedClient = fromKubeConfig(kubeConfig, { userAgent: "database-operator" });
export const asApiClient: ApiClient = client;

// @ts-expect-error an object that cannot authenticate is no KubeConfig
fromKubeConfig({ getCurrentContext: () => "main" });

// @ts-expect-error a server is needed
createClient({ token: "abcd" });
