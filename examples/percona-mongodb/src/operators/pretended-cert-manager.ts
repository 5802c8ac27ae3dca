// SPDX-License-Identifier: Apache-2.0
// Pretends cert-manager: a Secret appears for every Certificate whose issuer is there, with text in it that is no certificate.
import { Buffer } from "node:buffer";
import type { TestCluster } from "@haversack/testing";
import { isJsonObject, type JsonObject, type Manifest } from "../json.js";
import { kinds } from "./kinds.js";

/** Makes the Secrets that Certificates ask for; those that exist are left alone. */
export async function issueCertificates(cluster: TestCluster): Promise<void> {
  for (const certificate of await cluster.list(kinds.Certificate)) {
    const { namespace = "" } = certificate.metadata;
    const secretName = String(certificate.spec?.["secretName"]);
    if ((await cluster.get(kinds.Secret, { namespace, name: secretName })) !== undefined) continue;
    const issuer = issuerOf(certificate);
    if (!(await isReady(cluster, namespace, issuer))) continue;
    await cluster.apply(secretFor(certificate, secretName, issuer));
  }
}

interface IssuerRef {
  readonly kind: string;
  readonly name: string;
  readonly group: string;
}

function issuerOf({ spec = {} }: Manifest): IssuerRef {
  const ref = isJsonObject(spec["issuerRef"]) ? spec["issuerRef"] : {};
  const text = (key: string, fallback: string): string =>
    typeof ref[key] === "string" && ref[key] !== "" ? ref[key] : fallback;
  return {
    kind: text("kind", "Issuer"),
    name: text("name", ""),
    group: text("group", "cert-manager.io"),
  };
}

/** An issuer with an authority can sign once the authority's Secret is there. */
async function isReady(
  cluster: TestCluster,
  namespace: string,
  { kind, name }: IssuerRef,
): Promise<boolean> {
  const isClusterWide = kind === "ClusterIssuer";
  const issuer = isClusterWide
    ? await cluster.get(kinds.ClusterIssuer, { name })
    : await cluster.get(kinds.Issuer, { namespace, name });
  const authority = issuer?.spec?.["ca"] as JsonObject | undefined;
  if (issuer === undefined || authority === undefined) return issuer !== undefined;
  const home = isClusterWide ? "cert-manager" : namespace;
  const key = { namespace: home, name: String(authority["secretName"]) };
  return (await cluster.get(kinds.Secret, key)) !== undefined;
}

function secretFor({ metadata }: Manifest, name: string, issuer: IssuerRef): Manifest {
  const text = Buffer.from(`issued for ${metadata.name}`).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace: metadata.namespace ?? "",
      labels: { "controller.cert-manager.io/fao": "true" },
      annotations: {
        "cert-manager.io/certificate-name": metadata.name,
        "cert-manager.io/issuer-group": issuer.group,
        "cert-manager.io/issuer-kind": issuer.kind,
        "cert-manager.io/issuer-name": issuer.name,
      },
    },
    type: "kubernetes.io/tls",
    data: { "ca.crt": text, "tls.crt": text, "tls.key": text },
  };
}
