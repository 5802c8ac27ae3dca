// SPDX-License-Identifier: Apache-2.0
// Secondaries that a custom resource names, whoever owns them: Secrets, configurations, issuers (stage 3: mapping).
import type { KubernetesObject, Relation } from "haversack";
import { secretNamesOf } from "../defaults.js";
import { replsetsOf } from "../defaults/validation.js";
import {
  authoritySecretName,
  connectionStringsName,
  memberConfigName,
  mongosName,
  type Member,
} from "../names.js";
import type { Psmdb } from "../types.js";

const members: readonly Member[] = ["mongod", "nonVoting", "hidden"];

/** Names of all Secrets that decide about a cluster's pods. **API requests:** 0. */
export function namedSecrets(primary: Psmdb): readonly string[] {
  const { users, internalUsers, ssl, sslInternal, keyFile, encryptionKey } = secretNamesOf(primary);
  return [
    users,
    internalUsers,
    ssl,
    sslInternal,
    keyFile,
    encryptionKey,
    authoritySecretName(primary.metadata.name),
    connectionStringsName(primary.metadata.name),
    ...configurationNames(primary),
  ];
}

/** Names of ConfigMaps that the user may provide instead of a configuration. **API requests:** 0. */
export function namedConfigMaps(primary: Psmdb): readonly string[] {
  return configurationNames(primary);
}

/** The issuer of the user in the cluster's namespace. **API requests:** 0. */
export function namedIssuers({ spec }: Psmdb): readonly string[] {
  const { kind = "Issuer", name } = spec.tls?.issuerConf ?? {};
  return kind === "Issuer" && name ? [name] : [];
}

/** ClusterIssuers, by the name that a cluster gives or gets; they have no namespace to match. */
export const usedClusterIssuers: Relation<Psmdb, KubernetesObject> = {
  type: "custom",
  name: "ClusterIssuer of spec.tls.issuerConf",
  toPrimaries: ({ metadata }, context) =>
    [...(context.primaries() as Iterable<Psmdb>)]
      .filter((primary) => clusterIssuers(primary).includes(metadata.name))
      .map(({ metadata: { namespace, name } }) => ({ namespace, name })),
};

function clusterIssuers({ metadata, spec }: Psmdb): readonly string[] {
  const { kind, name } = spec.tls?.issuerConf ?? {};
  if (kind !== "ClusterIssuer") return [];
  const owner = `${metadata.name}-${metadata.namespace ?? ""}`;
  return [name || `${owner}-psmdb-issuer`, `${owner}-psmdb-ca-issuer`];
}

function configurationNames({ metadata: { name }, spec }: Psmdb): readonly string[] {
  const ofMembers = replsetsOf(spec).flatMap((replset) =>
    members.map((member) => memberConfigName(name, replset.name, member)),
  );
  return [...ofMembers, mongosName(name)];
}
