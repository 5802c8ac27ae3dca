// SPDX-License-Identifier: Apache-2.0
// Writes a kubeconfig for one server and one token.

/** A kubeconfig as YAML; JSON strings are YAML strings. */
export function formatKubeconfig(url: string, token: string, ca: string | undefined): string {
  const trust =
    ca === undefined
      ? ""
      : `      certificate-authority-data: ${Buffer.from(ca).toString("base64")}\n`;
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
      token: ${JSON.stringify(token)}
contexts:
  - name: haversack
    context:
      cluster: haversack
      user: haversack
      namespace: default
`;
}
