// SPDX-License-Identifier: Apache-2.0
// Pretends cert-manager: a Secret appears for every Certificate, with text in it that is no certificate.
import type { TestCluster } from "@haversack/testing";
import type { Manifest } from "../json.js";
import { kinds } from "./kinds.js";

/** Makes the Secrets that Certificates ask for; those that exist are left alone. */
export async function issueCertificates(cluster: TestCluster): Promise<void> {
  for (const certificate of await cluster.list(kinds.Certificate)) {
    const { namespace = "", name } = certificate.metadata;
    const secretName = String(certificate.spec?.["secretName"]);
    if ((await cluster.get(kinds.Secret, { namespace, name: secretName })) !== undefined) continue;
    const text = Buffer.from(`issued for ${name}`).toString("base64");
    const secret: Manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: secretName,
        namespace,
        annotations: { "cert-manager.io/certificate-name": name },
      },
      type: "kubernetes.io/tls",
      data: { "ca.crt": text, "tls.crt": text, "tls.key": text },
    };
    await cluster.apply(secret);
  }
}
