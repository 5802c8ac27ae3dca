// SPDX-License-Identifier: Apache-2.0
// Writes a kubeconfig for one server and one user.
import type { KeyPair } from "./tls.js";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function credentialLines(credential: string | KeyPair): string {
  if (typeof credential === "string") return `      token: ${JSON.stringify(credential)}`;
  return `      client-certificate-data: ${base64(credential.cert)}
      client-key-data: ${base64(credential.key)}`;
}

/** A kubeconfig as YAML; JSON strings are YAML strings. */
export function formatKubeconfig(
  url: string,
  credential: string | KeyPair,
  ca: string | undefined,
): string {
  const trust = ca === undefined ? "" : `      certificate-authority-data: ${base64(ca)}\n`;
  return `apiVersion: v1
kind: Config
current-context: haversack
clusters:
  - name: haversack
    cluster:
      server: ${JSON.stringify(url)}
${trust}users:
  - name: haversack
    user:
${credentialLines(credential)}
contexts:
  - name: haversack
    context:
      cluster: haversack
      user: haversack
      namespace: default
`;
}
