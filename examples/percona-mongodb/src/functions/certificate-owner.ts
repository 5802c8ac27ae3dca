// SPDX-License-Identifier: Apache-2.0
// Whose certificates a cluster uses: the user's, which nobody touches, or the operator's (F4; stage 5: reconcile).
import type { Cluster } from "../cluster.js";
import type { Manifest } from "../json.js";
import type { Observed, Read } from "./part.js";

const certificateNameAnnotation = "cert-manager.io/certificate-name";

/** Names of the two Certificates, for clients and between members; not those of their Secrets. */
export function certificateObjectNames({ name }: Cluster): readonly [string, string] {
  return [`${name}-ssl`, `${name}-ssl-internal`];
}

/** What tells who made the certificates. */
export function certificateReads(cluster: Cluster): readonly Read[] {
  const { ssl, sslInternal } = cluster.secrets;
  return [
    ...[ssl, sslInternal].map((name): Read => ({ kind: "Secret", name })),
    ...certificateObjectNames(cluster).map((name): Read => ({ kind: "Certificate", name })),
  ];
}

/** Whether the cluster is the controller of an object. */
export function isControlledBy({ uid }: Cluster, { metadata }: Manifest): boolean {
  return (metadata.ownerReferences ?? []).some(
    (owner) => owner.uid === uid && owner.controller === true,
  );
}

/** Whether cert-manager issued this Secret for a Certificate of the cluster. */
export function isIssuedForUs(cluster: Cluster, observed: Observed, secret: Manifest): boolean {
  const name = secret.metadata.annotations?.[certificateNameAnnotation];
  const certificate = name === undefined ? undefined : observed.get("Certificate", name);
  return certificate !== undefined && isControlledBy(cluster, certificate);
}

/** A TLS Secret that the cluster neither made nor asked cert-manager for is the user's. */
export function isMadeByUser(cluster: Cluster, observed: Observed, secret: Manifest): boolean {
  return !isControlledBy(cluster, secret) && !isIssuedForUs(cluster, observed, secret);
}

/** The TLS Secret that is missing although it is needed. The internal one is optional for users. */
export function missingCertificates(cluster: Cluster, observed: Observed): string | undefined {
  const { tls, secrets } = cluster;
  if (tls.isOptional) return undefined;
  const ssl = observed.get("Secret", secrets.ssl);
  if (ssl === undefined) return `TLS Secret ${secrets.ssl}`;
  const hasInternal = observed.get("Secret", secrets.sslInternal) !== undefined;
  return hasInternal || isMadeByUser(cluster, observed, ssl)
    ? undefined
    : `TLS Secret ${secrets.sslInternal}`;
}
