// SPDX-License-Identifier: Apache-2.0
// The only file that knows an X.509 library: an authority and what it signs (stage 5: reconcile).
import { randomBytes, X509Certificate } from "node:crypto";
import type {
  Chance,
  CertificateFacts,
  CertificateRequest,
  CertificateTools,
  KeyPair,
} from "./functions/part.js";

/** RFC 5280, 4.1.2.5: the date of a certificate without a well-defined end. */
const never = new Date("9999-12-31T23:59:59Z");

const algorithms = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/** Chance, time and certificates of the running process. */
export const systemChance: Chance = {
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
  now: () => Date.now(),
  certificates: certificateTools(() => Date.now()),
};

/**
 * Certificates by an X.509 library, which is loaded on first use: most clusters bring their own.
 *
 * **API requests:** 0.
 */
export function certificateTools(now: () => number): CertificateTools {
  return {
    issueAuthority: (organization) => issueAuthority(organization, new Date(now())),
    issue: (request, authority) => issue(request, authority, new Date(now())),
    inspect,
  };
}

async function issueAuthority(organization: string, now: Date): Promise<KeyPair> {
  const { generate } = await import("selfsigned");
  const { cert, private: key } = await generate(
    [{ name: "organizationName", value: organization }],
    {
      ...algorithms,
      notBeforeDate: now,
      notAfterDate: never,
      extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
      ],
    },
  );
  return { certificate: cert, key };
}

async function issue(request: CertificateRequest, authority: KeyPair, now: Date): Promise<KeyPair> {
  const { generate } = await import("selfsigned");
  const subject = [
    { name: "commonName", value: request.commonName },
    { name: "organizationName", value: request.organization },
  ];
  const { cert, private: key } = await generate(subject, {
    ...algorithms,
    notBeforeDate: now,
    notAfterDate: new Date(now.getTime() + request.validSeconds * 1000),
    ca: { key: authority.key, cert: authority.certificate },
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
}

function inspect(certificate: string): CertificateFacts | undefined {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    // Whatever the text is, it is no certificate; the caller decides what that means.
    return undefined;
  }
  const names = (parsed.subjectAltName ?? "").split(", ").filter((name) => name !== "");
  return {
    dnsNames: names.map((name) => name.replace(/^DNS:/, "")),
    notBeforeMs: Date.parse(parsed.validFrom),
    notAfterMs: Date.parse(parsed.validTo),
  };
}
