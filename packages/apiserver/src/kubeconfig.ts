// SPDX-License-Identifier: Apache-2.0
// Writes a kubeconfig for one server and one token.
import { stringify } from "yaml";

/** A kubeconfig as YAML. */
export function formatKubeconfig(url: string, token: string, ca: string | undefined): string {
  const trust =
    ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "haversack",
    clusters: [{ name: "haversack", cluster: { server: url, ...trust } }],
    users: [{ name: "haversack", user: { token } }],
    contexts: [
      {
        name: "haversack",
        context: { cluster: "haversack", user: "haversack", namespace: "default" },
      },
    ],
  });
}
