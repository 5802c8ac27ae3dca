// SPDX-License-Identifier: Apache-2.0
// F4, TLS: issuers and certificates where cert-manager is served, else an own authority; never over the user's (stage 5).
import { present, type Manifest } from "../json.js";
import { authoritySecretName } from "../names.js";
import type { Cluster } from "../cluster.js";
import { certManagerObjects, issuerReads } from "./cert-manager.js";
import {
  certificateReads,
  isControlledBy,
  isIssuedForUs,
  isMadeByUser,
} from "./certificate-owner.js";
import { ownCertificates } from "./own-certificates.js";
import type { Changes, Observed, Part, Read } from "./part.js";

/**
 * Makes the certificates of a cluster unless the user made them, and renews its own in time.
 *
 * A user may give only the Secret for members: it then serves clients too.
 *
 * **API requests:** 0.
 */
export const tls: Part = {
  id: "F4",
  name: "tls",
  reads: (cluster): readonly Read[] => [
    ...certificateReads(cluster),
    { kind: "Secret", name: authoritySecretName(cluster.name) },
    ...issuerReads(cluster),
  ],
  async build(cluster, observed, sources): Promise<Changes> {
    if (!cluster.tls.isOn) return {};
    const ssl = observed.get("Secret", cluster.secrets.ssl);
    const internal = observed.get("Secret", cluster.secrets.sslInternal);
    if (ssl !== undefined && isMadeByUser(cluster, observed, ssl)) return {};
    if (ssl === undefined && internal !== undefined && isMadeByUser(cluster, observed, internal))
      return { create: [copyOf(internal, cluster.secrets.ssl)] };
    if (cluster.tls.isUserProvided) return {};
    if (!observed.hasCertManager) return ownCertificates(cluster, observed, sources);
    return {
      apply: certManagerObjects(cluster, observed),
      adopt: withoutController(cluster, observed, [ssl, internal]),
    };
  },
};

function copyOf({ metadata, ...secret }: Manifest, name: string): Manifest {
  const { namespace, labels, annotations, ownerReferences } = metadata;
  return {
    ...secret,
    metadata: present({ name, namespace, labels, annotations, ownerReferences }),
  };
}

/** What cert-manager issued for the cluster and nobody controls: it goes with the cluster. */
function withoutController(
  cluster: Cluster,
  observed: Observed,
  secrets: readonly (Manifest | undefined)[],
): NonNullable<Changes["adopt"]> {
  return secrets
    .filter((secret) => secret !== undefined)
    .filter((secret) => isIssuedForUs(cluster, observed, secret))
    .filter((secret) => !isControlledBy(cluster, secret))
    .filter(({ metadata }) => !metadata.ownerReferences?.some(({ controller }) => controller))
    .map(({ metadata }) => ({ kind: "Secret", name: metadata.name }));
}
