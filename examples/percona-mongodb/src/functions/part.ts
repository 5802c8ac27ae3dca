// SPDX-License-Identifier: Apache-2.0
// What every function of the operator is: declared reads, and a pure build from what was read (stage 5: reconcile).
import type { BackupDriver } from "../backup/backup-agent.js";
import type { Cluster } from "../cluster.js";
import type { Manifest, TextMap } from "../json.js";
import type { MongoDriver } from "../mongo/mongo-admin.js";
import type { Notes } from "./notes.js";

/** The kinds the functions read or write. */
export type KindName =
  | "Secret"
  | "ConfigMap"
  | "Service"
  | "Pod"
  | "StatefulSet"
  | "PodDisruptionBudget"
  | "Issuer"
  | "ClusterIssuer"
  | "Certificate"
  | "Lease"
  | "PersistentVolumeClaim"
  | "PerconaServerMongoDB"
  | "PerconaServerMongoDBBackup"
  | "PerconaServerMongoDBRestore";

/** One thing a function must see before it can build: an object by name, or all that carry labels. */
export type Read =
  | { readonly kind: KindName; readonly name: string }
  | { readonly kind: KindName; readonly labels: TextMap };

/** What was read. The monolith fills it with requests, the packs with the secondary index. */
export interface Observed {
  get(kind: KindName, name: string): Manifest | undefined;
  /** Sorted by name, so that the order of members never flaps. */
  list(kind: KindName, labels: TextMap): readonly Manifest[];
  /** Whether the API server serves cert-manager. */
  readonly hasCertManager: boolean;
}

/** Chance, time and certificates, from outside, so that the functions stay pure. */
export interface Chance {
  randomBytes(count: number): Uint8Array;
  /** Milliseconds since 1970. */
  now(): number;
  readonly certificates: CertificateTools;
}

/** Everything from outside: chance, and databases and backup agents, which no watch tells about. */
export interface Sources extends Chance {
  readonly mongo: MongoDriver;
  readonly backups: BackupDriver;
}

/** PEM texts of a certificate and its private key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organization: string;
  readonly dnsNames: readonly string[];
  readonly validSeconds: number;
}

/** What a certificate says. */
export interface CertificateFacts {
  readonly dnsNames: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Makes and reads certificates. */
export interface CertificateTools {
  /** A new authority; it does not expire within the life of a cluster. */
  issueAuthority(organization: string): Promise<KeyPair>;
  /** A certificate for clients and servers, signed by an authority. */
  issue(request: CertificateRequest, authority: KeyPair): Promise<KeyPair>;
  /** `undefined` when the text is no certificate. */
  inspect(certificate: string): CertificateFacts | undefined;
}

/** Metadata that others put on an object and that has to go. */
export interface ForeignMetadata {
  readonly kind: KindName;
  readonly name: string;
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** What should happen; an empty list is no wish. */
export interface Changes {
  /** Objects that must be exactly like this, as far as the fields given go. */
  readonly apply?: readonly Manifest[];
  /** Objects to create when absent and never to touch again: they hold chance or the user's work. */
  readonly create?: readonly Manifest[];
  /** Locks to take: created, or left to whoever was faster. Looking again tells who it was. */
  readonly take?: readonly Manifest[];
  readonly remove?: readonly { readonly kind: KindName; readonly name: string }[];
  /** Existing objects without a controller, made by others for this cluster, that become its own. */
  readonly adopt?: readonly { readonly kind: KindName; readonly name: string }[];
  readonly drop?: readonly ForeignMetadata[];
  /** What is missing; the functions behind this one can go on, this one is tried when it appears. */
  readonly waitFor?: string;
  /** Look again after this time whatever happens: something is due then. The shortest wish wins. */
  readonly askAgainMs?: number;
  /** What was found out, for the status. */
  readonly notes?: Notes;
}

/** One function of the operator. */
export interface Part {
  /** As in the table of functions, F1 to F12. */
  readonly id: string;
  readonly name: string;
  reads(cluster: Cluster): readonly Read[];
  build(cluster: Cluster, observed: Observed, sources: Sources): Changes | Promise<Changes>;
}
