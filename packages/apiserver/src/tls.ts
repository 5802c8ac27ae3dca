// SPDX-License-Identifier: Apache-2.0
// A CA and a server certificate for 127.0.0.1 and localhost. The certificate library is loaded only here.
import type { TlsMaterial } from "./http/node-server.js";

/** How long certificates hold. */
const validDays = 30;

/** Makes a CA and a certificate it signed. */
export async function makeTls(): Promise<TlsMaterial> {
  const { generate } = await import("selfsigned");
  const notAfterDate = new Date(Date.now() + validDays * 86_400_000);
  const ca = await generate([{ name: "commonName", value: "haversack-ca" }], {
    algorithm: "sha256",
    notAfterDate,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "haversack-apiserver" }], {
    algorithm: "sha256",
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
  return { cert: server.cert, key: server.private, ca: ca.cert };
}
