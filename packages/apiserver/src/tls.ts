// SPDX-License-Identifier: Apache-2.0
// A CA of the server's own: its certificate for 127.0.0.1 and localhost, and certificates of clients.
// The certificate library is loaded only here.
import type { TlsMaterial } from "./http/node-server.js";

/** A certificate with its key, in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What a server is known by, and the key with which its CA signs. */
export interface ServerTls extends TlsMaterial {
  readonly caKey: string;
}

/** Elliptic curves: RSA keys would make a start wait for most of a second. */
const keys = { algorithm: "sha256", keyType: "ec", curve: "P-256" } as const;

/** How long certificates hold. */
const validDays = 30;

/** Makes a CA and a certificate it signed. */
export async function makeTls(): Promise<ServerTls> {
  const { generate } = await import("selfsigned");
  const notAfterDate = new Date(Date.now() + validDays * 86_400_000);
  const ca = await generate([{ name: "commonName", value: "haversack-ca" }], {
    ...keys,
    notAfterDate,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "haversack-apiserver" }], {
    ...keys,
    notAfterDate,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { cert: server.cert, key: server.private, ca: ca.cert, caKey: ca.private };
}

/** Makes a certificate of a client: the user is its common name, the groups its organizations. */
export async function makeClientCertificate(
  { ca, caKey }: ServerTls,
  user: string,
  groups: readonly string[],
): Promise<KeyPair> {
  const { generate } = await import("selfsigned");
  const organizations = groups.map((value) => ({ name: "organizationName", value }));
  const made = await generate([{ name: "commonName", value: user }, ...organizations], {
    ...keys,
    notAfterDate: new Date(Date.now() + validDays * 86_400_000),
    ca: { key: caKey, cert: ca },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", clientAuth: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}
