// SPDX-License-Identifier: Apache-2.0
// Chance for measurements: counted instead of random, and certificates that only say what they would hold.
import type { CertificateFacts, Chance } from "../functions/part.js";

/** After every measurement. */
const neverMs = Date.UTC(9999, 11, 31);

/**
 * Made anew for each fleet, so that two runs do the same.
 *
 * Keys of hundreds of clusters would take most of the time, and nothing is learnt from them.
 */
export function quickChance(): Chance {
  return {
    randomBytes: (count) => Uint8Array.from({ length: count }, (_, index) => index % 200),
    now: () => 0,
    certificates: {
      issueAuthority: (organization) =>
        Promise.resolve({ certificate: `authority of ${organization}`, key: "authority key" }),
      issue: ({ dnsNames }) => {
        const facts: CertificateFacts = { dnsNames, notBeforeMs: 0, notAfterMs: neverMs };
        return Promise.resolve({ certificate: JSON.stringify(facts), key: "key" });
      },
      inspect: (text) =>
        text.startsWith("{") ? (JSON.parse(text) as CertificateFacts) : undefined,
    },
  };
}
