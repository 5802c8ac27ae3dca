// SPDX-License-Identifier: Apache-2.0
// F4, TLS: issuers and certificates where cert-manager is served, else an own authority; never over the user's (stage 5).
import { Buffer } from "node:buffer";
import { ownerReference, type Cluster } from "../cluster.js";
import { textMap, type JsonObject, type Manifest, type TextMap } from "../json.js";
import { clusterLabels, configReplsetName, mongosName } from "../names.js";
import { ownedMeta, withLastConfig } from "./metadata.js";
import type { CertificateRequest, Changes, IssuedCertificates, Observed, Part } from "./part.js";

const certManager = "cert-manager.io";
const organization = "PSMDB";

/**
 * Makes the certificates of a cluster unless the user made them.
 *
 * **API requests:** 0.
 */
export const tls: Part = {
  id: "F4",
  name: "tls",
  reads: ({ secrets }) => [
    { kind: "Secret", name: secrets.ssl },
    { kind: "Secret", name: secrets.sslInternal },
  ],
  async build(cluster, observed, sources): Promise<Changes> {
    if (!cluster.tls.isOn || isMadeByUser(cluster, observed)) return {};
    if (observed.hasCertManager) return { apply: certManagerObjects(cluster).map(withLastConfig) };
    const { ssl, sslInternal } = cluster.secrets;
    const isComplete = [ssl, sslInternal].every(
      (name) => observed.get("Secret", name) !== undefined,
    );
    if (isComplete) return {};
    const issued = await sources.issueCertificates(certificateRequest(cluster));
    return {
      create: ownSecrets(cluster, issued).filter(
        ({ metadata }) => observed.get("Secret", metadata.name) === undefined,
      ),
    };
  },
};

/** A Secret that neither the cluster owns nor cert-manager issued is the user's. */
function isMadeByUser({ uid, secrets }: Cluster, observed: Observed): boolean {
  const secret = observed.get("Secret", secrets.ssl);
  if (secret === undefined) return false;
  const isOurs = secret.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
  return !isOurs && secret.metadata.annotations?.["cert-manager.io/certificate-name"] === undefined;
}

/** Every name a member or router is reached by, in the original's order. */
export function certificateNames(cluster: Cluster): readonly string[] {
  const { name, namespace, dnsSuffix, multiClusterDnsSuffix } = cluster;
  const local = (service: string): readonly string[] => [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.${dnsSuffix}`,
  ];
  const withWildcards = (service: string): readonly string[] => [
    ...local(service),
    ...local(`*.${service}`),
  ];
  const acrossClusters = (service: string): readonly string[] => [
    `${service}.${namespace}.${multiClusterDnsSuffix}`,
    `*.${service}.${namespace}.${multiClusterDnsSuffix}`,
  ];
  const shards = cluster.replsets.filter(({ role }) => role !== "config");
  const routers = mongosName(name);
  const config = `${name}-${configReplsetName}`;
  return [
    "localhost",
    ...shards.flatMap((replset) => {
      const service = `${name}-${replset.name}`;
      return [...withWildcards(service), ...acrossClusters(service), ...replset.horizonNames];
    }),
    `*.${namespace}.${multiClusterDnsSuffix}`,
    ...withWildcards(routers),
    ...withWildcards(config),
    ...acrossClusters(routers),
    ...acrossClusters(config),
  ];
}

function certManagerObjects(cluster: Cluster): readonly Manifest[] {
  const { name, secrets } = cluster;
  const { issuer } = cluster.tls;
  const ownIssuer = { group: certManager, kind: "Issuer", name: `${name}-psmdb-issuer` };
  const certificates = [
    certificate(cluster, `${name}-ssl`, secrets.ssl, issuer ?? ownIssuer),
    certificate(cluster, `${name}-ssl-internal`, secrets.sslInternal, issuer ?? ownIssuer),
  ];
  if (issuer !== undefined) return certificates;
  const authority = `${name}-ca-cert`;
  return [
    object(cluster, "Issuer", `${name}-psmdb-ca-issuer`, { selfSigned: {} }),
    object(cluster, "Certificate", authority, {
      secretName: authority,
      commonName: `${name}-ca`,
      isCA: true,
      issuerRef: { kind: "Issuer", name: `${name}-psmdb-ca-issuer` },
      duration: "8760h0m0s",
      renewBefore: "730h0m0s",
    }),
    object(cluster, "Issuer", ownIssuer.name, { ca: { secretName: authority } }),
    ...certificates,
  ];
}

function certificate(
  cluster: Cluster,
  name: string,
  secretName: string,
  issuerRef: JsonObject,
): Manifest {
  return object(cluster, "Certificate", name, {
    commonName: cluster.name,
    dnsNames: certificateNames(cluster),
    duration: cluster.tls.certValidity,
    issuerRef,
    secretName,
    subject: { organizations: [organization] },
  });
}

function object(cluster: Cluster, kind: string, name: string, spec: JsonObject): Manifest {
  const metadata = {
    name,
    namespace: cluster.namespace,
    labels: clusterLabels(cluster.name),
    ownerReferences: [{ ...ownerReference(cluster), blockOwnerDeletion: true }],
  };
  return { apiVersion: `${certManager}/v1`, kind, metadata, spec };
}

function certificateRequest(cluster: Cluster): CertificateRequest {
  const [hours = 0, minutes = 0, seconds = 0] = cluster.tls.certValidity.split(/[hms]/).map(Number);
  return {
    commonName: cluster.name,
    organization,
    dnsNames: certificateNames(cluster),
    validSeconds: hours * 3600 + minutes * 60 + seconds,
  };
}

function ownSecrets(
  cluster: Cluster,
  { ca, external, internal }: IssuedCertificates,
): readonly Manifest[] {
  const secret = (name: string, pair: IssuedCertificates["external"]): Manifest => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: ownedMeta(cluster, name, textMap(clusterLabels(cluster.name))),
    type: "kubernetes.io/tls",
    data: encoded({ "ca.crt": ca, "tls.crt": pair.certificate, "tls.key": pair.key }),
  });
  return [secret(cluster.secrets.ssl, external), secret(cluster.secrets.sslInternal, internal)];
}

function encoded(files: TextMap): TextMap {
  const entries = Object.entries(files).map(([name, text]) => [
    name,
    Buffer.from(text).toString("base64"),
  ]);
  return Object.fromEntries(entries) as TextMap;
}
