// SPDX-License-Identifier: Apache-2.0
// F5, security keys: the key file and the encryption key, made once and never again (stage 5: reconcile).
import { Buffer } from "node:buffer";
import { since } from "../cluster.js";
import type { Manifest } from "../json.js";
import { ownedMeta } from "./metadata.js";
import type { Changes, Part } from "./part.js";

const keyFileBytes = 768;
const encryptionKeyBytes = 32;

/**
 * Creates the key file where members use one, and the key that data at rest is encrypted with.
 *
 * The encryption key has no owner: without it the data of a deleted cluster could not be read again.
 *
 * **API requests:** 0.
 */
export const securityKeys: Part = {
  id: "F5",
  name: "securityKeys",
  reads: ({ secrets }) => [
    { kind: "Secret", name: secrets.keyFile },
    { kind: "Secret", name: secrets.encryptionKey },
  ],
  build(cluster, observed, { randomBytes }): Changes {
    const { keyFile, encryptionKey, vault } = cluster.secrets;
    const needsKeyFile = cluster.usesKeyFile || !since(cluster, "1.23.0");
    const create: Manifest[] = [];
    if (needsKeyFile && observed.get("Secret", keyFile) === undefined) {
      create.push({
        ...keySecret("mongodb-key", randomBytes(keyFileBytes)),
        metadata: ownedMeta(cluster, keyFile),
      });
    }
    if (vault === undefined && observed.get("Secret", encryptionKey) === undefined) {
      const metadata = { name: encryptionKey, namespace: cluster.namespace };
      create.push({ ...keySecret("encryption-key", randomBytes(encryptionKeyBytes)), metadata });
    }
    return { create };
  },
};

/** MongoDB reads keys as base64 text, so the text itself is what the Secret encodes. */
function keySecret(key: string, bytes: Uint8Array): Omit<Manifest, "metadata"> {
  const text = Buffer.from(bytes).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    data: { [key]: Buffer.from(text).toString("base64") },
  };
}
