// SPDX-License-Identifier: Apache-2.0
// Secondaries without an owner that a custom resource names: Secrets and configurations of the user (stage 3: mapping).
import { secretNamesOf } from "../defaults.js";
import { replsetsOf } from "../defaults/validation.js";
import { memberConfigName, mongosName, type Member } from "../names.js";
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
    ...configurationNames(primary),
  ];
}

/** Names of ConfigMaps that the user may provide instead of a configuration. **API requests:** 0. */
export function namedConfigMaps(primary: Psmdb): readonly string[] {
  return configurationNames(primary);
}

function configurationNames({ metadata: { name }, spec }: Psmdb): readonly string[] {
  const ofMembers = replsetsOf(spec).flatMap((replset) =>
    members.map((member) => memberConfigName(name, replset.name, member)),
  );
  return [...ofMembers, mongosName(name)];
}
