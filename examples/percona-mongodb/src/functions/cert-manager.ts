// SPDX-License-Identifier: Apache-2.0
// F4 where cert-manager is served: issuers and certificates of a cluster (stage 5: reconcile).
import { ownerReference, since, type Cluster } from "../cluster.js";
import type { JsonObject, Manifest } from "../json.js";
import { authoritySecretName, clusterLabels } from "../names.js";
import { certificateNames } from "./certificate-names.js";
import { certificateObjectNames } from "./certificate-owner.js";
import { withLastConfig } from "./metadata.js";
import type { KindName, Observed, Read } from "./part.js";

const group = "cert-manager.io";
/** Where cert-manager looks for the Secrets of ClusterIssuers, unless it was told otherwise. */
const certManagerNamespace = "cert-manager";
const managedByLabel = "app.kubernetes.io/managed-by";
const operatorName = "percona-server-mongodb-operator";

/** Who signs: an issuer of cert-manager's own kinds, or one of another vendor. */
interface IssuerNames {
  readonly kind: string;
  readonly name: string;
  /** Signs the authority's certificate. */
  readonly authorityName: string;
}

/** What decides whether the issuer is the user's. */
export function issuerReads(cluster: Cluster): readonly Read[] {
  const { kind, name } = issuerNames(cluster);
  return isKnownKind(kind) ? [{ kind, name }] : [];
}

/** The objects that make cert-manager issue both certificates; issuers of the user are only named. */
export function certManagerObjects(cluster: Cluster, observed: Observed): readonly Manifest[] {
  const names = issuerNames(cluster);
  const { secrets } = cluster;
  const [external, internal] = certificateObjectNames(cluster);
  const certificates = [
    certificate(cluster, external, secrets.ssl, names),
    ...(secrets.ssl === secrets.sslInternal
      ? []
      : [certificate(cluster, internal, secrets.sslInternal, names)]),
  ];
  const all = isForeign(cluster, names, observed)
    ? certificates
    : [...authority(cluster, names), issuer(cluster, names), ...certificates];
  return all.map(withLastConfig);
}

function issuerNames(cluster: Cluster): IssuerNames {
  const { kind, name } = cluster.tls.issuer;
  // ClusterIssuers of all namespaces share one set of names.
  const owner = kind === "ClusterIssuer" ? `${cluster.name}-${cluster.namespace}` : cluster.name;
  return {
    kind,
    name: name ?? `${owner}-psmdb-issuer`,
    authorityName: `${owner}-psmdb-ca-issuer`,
  };
}

function isKnownKind(kind: string): kind is KindName & ("Issuer" | "ClusterIssuer") {
  return kind === "Issuer" || kind === "ClusterIssuer";
}

/** An issuer of another vendor, or one that is there and that the operator did not make. */
function isForeign(cluster: Cluster, { kind, name }: IssuerNames, observed: Observed): boolean {
  if (!isKnownKind(kind)) return true;
  if (kind === "ClusterIssuer" && !since(cluster, "1.23.0")) return true;
  const live = observed.get(kind, name);
  return live !== undefined && live.metadata.labels?.[managedByLabel] !== operatorName;
}

function authority(cluster: Cluster, { kind, authorityName }: IssuerNames): readonly Manifest[] {
  const name = authoritySecretName(cluster.name);
  const spec = {
    secretName: name,
    commonName: `${cluster.name}-ca`,
    isCA: true,
    issuerRef: { name: authorityName, kind, ...issuerGroup(cluster) },
    duration: "8760h0m0s",
    renewBefore: "730h0m0s",
  };
  const own = object(cluster, "Certificate", name, spec);
  const { ownerReferences, ...metadata } = own.metadata;
  const elsewhere = { ...own, metadata: { ...metadata, namespace: certManagerNamespace } };
  return [
    object(cluster, kind, authorityName, { selfSigned: {} }),
    // An object cannot be owned across namespaces: this one stays behind, as in the original.
    kind === "ClusterIssuer" && ownerReferences !== undefined ? elsewhere : own,
  ];
}

function issuer(cluster: Cluster, { kind, name }: IssuerNames): Manifest {
  return object(cluster, kind, name, { ca: { secretName: authoritySecretName(cluster.name) } });
}

function certificate(
  cluster: Cluster,
  name: string,
  secretName: string,
  issuer: IssuerNames,
): Manifest {
  return object(cluster, "Certificate", name, {
    commonName: cluster.name,
    dnsNames: certificateNames(cluster),
    duration: cluster.tls.certValidity,
    issuerRef: { name: issuer.name, kind: issuer.kind, group: cluster.tls.issuer.group },
    secretName,
    subject: { organizations: ["PSMDB"] },
  });
}

function issuerGroup(cluster: Cluster): JsonObject {
  return since(cluster, "1.23.0") ? { group: cluster.tls.issuer.group } : {};
}

function object(cluster: Cluster, kind: string, name: string, spec: JsonObject): Manifest {
  const metadata = {
    name,
    ...(kind === "ClusterIssuer" ? {} : { namespace: cluster.namespace }),
    labels: clusterLabels(cluster.name),
    ownerReferences: [{ ...ownerReference(cluster), blockOwnerDeletion: true }],
  };
  return { apiVersion: `${group}/v1`, kind, metadata, spec };
}
