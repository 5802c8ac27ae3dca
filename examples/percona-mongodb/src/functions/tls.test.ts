// SPDX-License-Identifier: Apache-2.0
// F4: the user's certificates are never touched; the operator's own are real ones.
import { describe, expect, it } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { at, build, certificates, clusterWith, named, names } from "../../test/primaries.js";
import { issueCertificates } from "../certificate-authority.js";
import { certificateNames, tls } from "./tls.js";

describe("tls (F4)", () => {
  it("makes two owned Secrets with an own authority", async () => {
    const { create } = await build(tls, clusterWith());
    expect(names(create)).toEqual(["db-ssl", "db-ssl-internal"]);
    expect(create?.[0]).toMatchObject({
      type: "kubernetes.io/tls",
      metadata: { ownerReferences: [{ uid: "cluster-uid" }] },
    });
  });

  it("makes only what is missing", async () => {
    const cluster = clusterWith();
    const [ssl] = certificates(cluster);
    expect(names((await build(tls, cluster, ssl === undefined ? [] : [ssl])).create)).toEqual([
      "db-ssl-internal",
    ]);
    expect(await build(tls, cluster, certificates(cluster))).toEqual({});
  });

  it("leaves the user's Secrets alone, with cert-manager and without", async () => {
    const users = [named("Secret", "db-ssl"), named("Secret", "db-ssl-internal")];
    expect(await build(tls, clusterWith(), users)).toEqual({});
    expect(await build(tls, clusterWith(), users, true)).toEqual({});
  });

  it("asks cert-manager where it is served, and keeps asking for what it issued", async () => {
    const kinds = ["Issuer", "Certificate", "Issuer", "Certificate", "Certificate"];
    expect((await build(tls, clusterWith(), [], true)).apply?.map(({ kind }) => kind)).toEqual(
      kinds,
    );
    const issued = {
      ...named("Secret", "db-ssl"),
      metadata: { name: "db-ssl", annotations: { "cert-manager.io/certificate-name": "db-ssl" } },
    };
    expect((await build(tls, clusterWith(), [issued], true)).apply).toHaveLength(5);
  });

  it("uses an issuer of the user instead of its own", async () => {
    const cluster = clusterWith({
      tls: { issuerConf: { name: "company", kind: "ClusterIssuer" } },
    });
    const { apply } = await build(tls, cluster, [], true);
    expect(names(apply)).toEqual(["db-ssl", "db-ssl-internal"]);
    expect(at(apply?.[0], "spec", "issuerRef")).toEqual({
      name: "company",
      kind: "ClusterIssuer",
      group: "cert-manager.io",
    });
  });

  it("makes nothing while TLS is off", async () => {
    expect(
      await build(tls, clusterWith({ tls: { mode: "disabled" }, unsafeFlags: { tls: true } })),
    ).toEqual({});
  });

  it("adds the names of horizons, sorted and once", () => {
    const cluster = clusterWith({
      replsets: [
        {
          name: "rs0",
          size: 3,
          volumeSpec: { emptyDir: {} },
          splitHorizons: {
            "db-rs0-0": { ext: "b.example.com:27017" },
            "db-rs0-1": { ext: "a.example.com", int: "b.example.com" },
          },
        },
      ],
    });
    expect(certificateNames(cluster).slice(9, 11)).toEqual(["a.example.com", "b.example.com"]);
  });
});

describe("issueCertificates()", () => {
  it("signs both certificates with one authority, for all names", async () => {
    const now = new Date("2026-01-01T00:00:00Z");
    const issued = await issueCertificates(
      {
        commonName: "db",
        organization: "PSMDB",
        dnsNames: ["localhost", "*.db-rs0"],
        validSeconds: 3600,
      },
      now,
    );
    const authority = new X509Certificate(issued.ca);
    for (const { certificate, key } of [issued.external, issued.internal]) {
      const signed = new X509Certificate(certificate);
      expect(signed.verify(authority.publicKey)).toBe(true);
      expect(signed.subjectAltName).toBe("DNS:localhost, DNS:*.db-rs0");
      expect(new Date(signed.validTo).getTime() - now.getTime()).toBe(3_600_000);
      expect(key).toContain("PRIVATE KEY");
    }
    expect(authority.ca).toBe(true);
    expect(issued.external.certificate).not.toBe(issued.internal.certificate);
  });
});
