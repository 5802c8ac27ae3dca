// SPDX-License-Identifier: Apache-2.0
// The only file that knows an X.509 library: one new authority and two certificates signed by it (stage 5: reconcile).
import { randomBytes } from "node:crypto";
import type { CertificateRequest, IssuedCertificates, Sources } from "./functions/part.js";

/** The authority outlives what it signs by this much, so that signing again needs no new one. */
const authorityMarginSeconds = 365 * 24 * 3600;

/** Chance and certificates of the running process. */
export const systemSources: Sources = {
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
  issueCertificates: (request) => issueCertificates(request, new Date()),
};

/**
 * Makes an authority and signs one certificate for clients and one between members.
 *
 * The library is loaded on first use: most clusters bring their own certificates.
 *
 * **API requests:** 0.
 */
export async function issueCertificates(
  request: CertificateRequest,
  now: Date,
): Promise<IssuedCertificates> {
  const { generate } = await import("selfsigned");
  const until = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
  const shared = {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: now,
  } as const;
  const subject = (commonName: string): { name: string; value: string }[] => [
    { name: "commonName", value: commonName },
    { name: "organizationName", value: request.organization },
  ];
  const authority = await generate(subject(`${request.commonName}-ca`), {
    ...shared,
    notAfterDate: until(request.validSeconds + authorityMarginSeconds),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const sign = async (): Promise<{ certificate: string; key: string }> => {
    const { cert, private: key } = await generate(subject(request.commonName), {
      ...shared,
      notAfterDate: until(request.validSeconds),
      ca: { key: authority.private, cert: authority.cert },
      extensions: [
        { name: "basicConstraints", cA: false, critical: true },
        { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
        { name: "extKeyUsage", serverAuth: true, clientAuth: true },
        {
          name: "subjectAltName",
          altNames: request.dnsNames.map((value) => ({ type: 2, value }) as const),
        },
      ],
    });
    return { certificate: cert, key };
  };
  return { ca: authority.cert, external: await sign(), internal: await sign() };
}
