// SPDX-License-Identifier: Apache-2.0
// F4 without cert-manager: an authority of the cluster's own, and what it signs (stage 5: reconcile).
import { Buffer } from "node:buffer";
import type { Cluster } from "../cluster.js";
import { textMap, type Manifest, type TextMap } from "../json.js";
import { authoritySecretName, clusterLabels } from "../names.js";
import { certificateNames } from "./certificate-names.js";
import { isControlledBy } from "./certificate-owner.js";
import { ownedMeta } from "./metadata.js";
import type { CertificateFacts, Changes, KeyPair, Observed, Sources } from "./part.js";

/** Renewal when a third of the life is left, as cert-manager does by default. */
const renewalShare = 1 / 3;

/**
 * Makes the authority once, signs what is missing, and signs again what has other names than it should
 * or is about to expire. The authority stays, so clients that trust it need not change.
 *
 * **API requests:** 0.
 */
export async function ownCertificates(
  cluster: Cluster,
  observed: Observed,
  sources: Sources,
): Promise<Changes> {
  const names = [...new Set([cluster.secrets.ssl, cluster.secrets.sslInternal])];
  const live = names.flatMap((name) => observed.get("Secret", name) ?? []);
  const missing = names.filter((name) => observed.get("Secret", name) === undefined);
  const stale = live.filter((secret) => needsSigning(cluster, secret, sources));
  const authoritySecret = observed.get("Secret", authoritySecretName(cluster.name));
  const renewal = nextRenewalMs(cluster, live, sources);
  if (missing.length + stale.length === 0) return renewal;
  // Secrets from before authorities were kept cannot be signed again by the one that clients trust.
  if (authoritySecret === undefined && missing.length === 0) return {};
  const authority =
    authoritySecret === undefined
      ? await sources.certificates.issueAuthority("Root CA")
      : keyPairOf(authoritySecret);
  const signed = async (name: string): Promise<Manifest> =>
    tlsSecret(
      cluster,
      name,
      authority,
      await sources.certificates.issue(request(cluster), authority),
    );
  const create: Manifest[] =
    authoritySecret === undefined ? [authorityManifest(cluster, authority)] : [];
  for (const name of missing) create.push(await signed(name));
  const apply: Manifest[] = [];
  for (const { metadata } of stale) apply.push(await signed(metadata.name));
  return { ...renewal, create, apply };
}

function needsSigning(cluster: Cluster, secret: Manifest, sources: Sources): boolean {
  const facts = factsOf(cluster, secret, sources);
  if (facts === undefined) return false;
  const isDue = renewalMs(facts) <= sources.now();
  return isDue || !isSameSet(facts.dnsNames, certificateNames(cluster));
}

/** What the certificate in a Secret of ours says; nothing for text that is no certificate. */
function factsOf(
  cluster: Cluster,
  secret: Manifest,
  { certificates }: Sources,
): CertificateFacts | undefined {
  const text = secret.data?.["tls.crt"];
  if (text === undefined || !isControlledBy(cluster, secret)) return undefined;
  return certificates.inspect(decode(text));
}

function nextRenewalMs(cluster: Cluster, live: readonly Manifest[], sources: Sources): Changes {
  const times = live
    .flatMap((secret) => factsOf(cluster, secret, sources) ?? [])
    .map((facts) => renewalMs(facts) - sources.now())
    .filter((ms) => ms > 0);
  return times.length === 0 ? {} : { askAgainMs: Math.min(...times) };
}

function renewalMs({ notBeforeMs, notAfterMs }: CertificateFacts): number {
  return Math.floor(notAfterMs - (notAfterMs - notBeforeMs) * renewalShare);
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const wanted = new Set(right);
  return new Set(left).size === wanted.size && left.every((name) => wanted.has(name));
}

function request(cluster: Cluster): Parameters<Sources["certificates"]["issue"]>[0] {
  const [hours = 0, minutes = 0, seconds = 0] = cluster.tls.certValidity.split(/[hms]/).map(Number);
  return {
    commonName: cluster.name,
    organization: "PSMDB",
    dnsNames: certificateNames(cluster),
    validSeconds: hours * 3600 + minutes * 60 + seconds,
  };
}

function tlsSecret(cluster: Cluster, name: string, authority: KeyPair, pair: KeyPair): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: ownedMeta(cluster, name, textMap(clusterLabels(cluster.name))),
    type: "kubernetes.io/tls",
    data: encoded({
      "ca.crt": authority.certificate,
      "tls.crt": pair.certificate,
      "tls.key": pair.key,
    }),
  };
}

function authorityManifest(cluster: Cluster, { certificate, key }: KeyPair): Manifest {
  const name = authoritySecretName(cluster.name);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: ownedMeta(cluster, name, textMap(clusterLabels(cluster.name))),
    type: "Opaque",
    data: encoded({ "ca.crt": certificate, "ca.key": key }),
  };
}

function keyPairOf({ data = {} }: Manifest): KeyPair {
  return { certificate: decode(data["ca.crt"] ?? ""), key: decode(data["ca.key"] ?? "") };
}

function encoded(files: TextMap): TextMap {
  const entries = Object.entries(files).map(([name, text]) => [
    name,
    Buffer.from(text).toString("base64"),
  ]);
  return Object.fromEntries(entries) as TextMap;
}

function decode(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
