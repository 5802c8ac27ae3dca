// SPDX-License-Identifier: Apache-2.0
// F4: the user's certificates are never touched; the operator's own are real ones and renewed in time.
import { describe, expect, it } from "@jest/globals";
import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { countingSources } from "../../test/memory-cluster.js";
import { at, build, clusterWith, named, names, seeing } from "../../test/primaries.js";
import { certificateTools } from "../certificate-authority.js";
import type { Cluster } from "../cluster.js";
import type { Manifest } from "../json.js";
import { certificateNames } from "./certificate-names.js";
import type { Changes } from "./part.js";
import { tls } from "./tls.js";

const day = 24 * 3600 * 1000;
const decode = (text: unknown): string => Buffer.from(String(text), "base64").toString();

function owned(object: Manifest, uid = "cluster-uid"): Manifest {
  const owner = { apiVersion: "x/v1", kind: "X", name: "x", uid, controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

/** A Secret as cert-manager leaves it. */
function issued(name: string): Manifest {
  const secret = named("Secret", name);
  const annotations = { "cert-manager.io/certificate-name": name };
  return { ...secret, metadata: { ...secret.metadata, annotations } };
}

function buildAt(cluster: Cluster, objects: readonly Manifest[], now: number): Promise<Changes> {
  return Promise.resolve(
    tls.build(cluster, seeing(objects), { ...countingSources, now: () => now }),
  );
}

describe("tls (F4) without cert-manager", () => {
  it("makes an authority and two Secrets that it signed, all owned", async () => {
    const { create = [] } = await build(tls, clusterWith());
    expect(names(create)).toEqual(["db-ca-cert", "db-ssl", "db-ssl-internal"]);
    expect(create.map((secret) => at(secret, "metadata", "ownerReferences", 0, "uid"))).toEqual(
      Array.from({ length: 3 }, () => "cluster-uid"),
    );
    expect(create[1]).toMatchObject({ type: "kubernetes.io/tls" });
    expect(create[1]?.data?.["ca.crt"]).toBe(create[0]?.data?.["ca.crt"]);
  });

  it("signs what is missing with the authority that is there", async () => {
    const cluster = clusterWith();
    const { create: [authority, ssl] = [] } = await build(tls, cluster);
    const { create } = await build(tls, cluster, [authority, ssl] as Manifest[]);
    expect(names(create)).toEqual(["db-ssl-internal"]);
    expect(create?.[0]?.data?.["ca.crt"]).toBe(authority?.data?.["ca.crt"]);
  });

  it("does nothing when all is there, until a third of the life is left", async () => {
    const cluster = clusterWith({ tls: { certValidityDuration: "720h" } });
    const { create = [] } = await build(tls, cluster);
    expect(await buildAt(cluster, create, 0)).toEqual({ askAgainMs: 20 * day });
    expect(await buildAt(cluster, create, 20 * day - 1)).toEqual({ askAgainMs: 1 });
    const { apply } = await buildAt(cluster, create, 20 * day);
    expect(names(apply)).toEqual(["db-ssl", "db-ssl-internal"]);
  });

  it("signs again with the same authority when the cluster gets another name", async () => {
    const { create = [] } = await build(tls, clusterWith());
    const wider = clusterWith({ multiCluster: { DNSSuffix: "svc.example" } });
    const { apply = [] } = await build(tls, wider, create);
    expect(names(apply)).toEqual(["db-ssl", "db-ssl-internal"]);
    const { authority, dnsNames } = JSON.parse(decode(apply[0]?.data?.["tls.crt"])) as {
      authority: string;
      dnsNames: readonly string[];
    };
    expect(authority).toBe(decode(create[0]?.data?.["ca.crt"]));
    expect(dnsNames).toEqual(certificateNames(wider));
  });

  it("leaves certificates alone whose authority is gone: clients could not trust new ones", async () => {
    const { create = [] } = await build(tls, clusterWith());
    const wider = clusterWith({ multiCluster: { DNSSuffix: "svc.example" } });
    expect(await build(tls, wider, create.slice(1))).toEqual({});
  });
});

describe("tls (F4) beside the user's Secrets", () => {
  it("leaves them alone, with cert-manager and without", async () => {
    const users = [named("Secret", "db-ssl"), named("Secret", "db-ssl-internal")];
    expect(await build(tls, clusterWith(), users)).toEqual({});
    expect(await build(tls, clusterWith(), users, true)).toEqual({});
  });

  it("leaves those alone that the user's own Certificate asked for", async () => {
    const objects = [issued("db-ssl"), owned(named("Certificate", "db-ssl"), "somebody")];
    expect(await build(tls, clusterWith(), objects, true)).toEqual({});
  });

  it("copies the Secret for members when it is the only one", async () => {
    const data = { "tls.crt": "eA==" };
    const { create } = await build(tls, clusterWith(), [
      { ...named("Secret", "db-ssl-internal"), data },
    ]);
    expect(create).toEqual([expect.objectContaining({ data })]);
    expect(names(create)).toEqual(["db-ssl"]);
  });

  it("waits for them where the user said that only he provides certificates", async () => {
    const cluster = clusterWith({ tls: { certManagementPolicy: "userProvidedOnly" } });
    expect(await build(tls, cluster)).toEqual({});
    expect(await build(tls, cluster, [], true)).toEqual({});
  });

  it("makes nothing while TLS is off", async () => {
    const cluster = clusterWith({ tls: { mode: "disabled" }, unsafeFlags: { tls: true } });
    expect(await build(tls, cluster)).toEqual({});
  });
});

describe("tls (F4) where cert-manager is served", () => {
  const kinds = ["Issuer", "Certificate", "Issuer", "Certificate", "Certificate"];

  it("asks for an authority and two certificates", async () => {
    const { apply } = await build(tls, clusterWith(), [], true);
    expect(apply?.map(({ kind }) => kind)).toEqual(kinds);
  });

  it("goes on asking, and makes what was issued its own", async () => {
    const objects = [issued("db-ssl"), owned(named("Certificate", "db-ssl"))];
    const { apply, adopt } = await build(tls, clusterWith(), objects, true);
    expect(apply).toHaveLength(5);
    expect(adopt).toEqual([{ kind: "Secret", name: "db-ssl" }]);
    const adopted = [owned(issued("db-ssl")), owned(named("Certificate", "db-ssl"))];
    expect((await build(tls, clusterWith(), adopted, true)).adopt).toEqual([]);
  });

  it("makes the issuer that a custom resource names, unless the user made it", async () => {
    const cluster = clusterWith({ tls: { issuerConf: { name: "company" } } });
    const own = await build(tls, cluster, [], true);
    expect(own.apply?.map(({ kind }) => kind)).toEqual(kinds);
    expect(own.apply?.[2]?.metadata.name).toBe("company");
    const users = await build(tls, cluster, [named("Issuer", "company")], true);
    expect(names(users.apply)).toEqual(["db-ssl", "db-ssl-internal"]);
    expect(at(users.apply?.[0], "spec", "issuerRef")).toEqual({
      name: "company",
      kind: "Issuer",
      group: "cert-manager.io",
    });
  });

  it("names an issuer of another vendor and makes none", async () => {
    const issuerConf = { name: "pca", kind: "AWSPCAIssuer", group: "awspca.cert-manager.io" };
    const { apply } = await build(tls, clusterWith({ tls: { issuerConf } }), [], true);
    expect(names(apply)).toEqual(["db-ssl", "db-ssl-internal"]);
    expect(at(apply?.[0], "spec", "issuerRef")).toEqual(issuerConf);
  });

  it("gives ClusterIssuers names that no other namespace uses", async () => {
    const cluster = clusterWith({ tls: { issuerConf: { kind: "ClusterIssuer" } } });
    const { apply = [] } = await build(tls, cluster, [], true);
    expect(apply.map(({ kind, metadata }) => [kind, metadata.name, metadata.namespace])).toEqual([
      ["ClusterIssuer", "db-prod-psmdb-ca-issuer", undefined],
      ["Certificate", "db-ca-cert", "cert-manager"],
      ["ClusterIssuer", "db-prod-psmdb-issuer", undefined],
      ["Certificate", "db-ssl", "prod"],
      ["Certificate", "db-ssl-internal", "prod"],
    ]);
  });
});

describe("certificateNames()", () => {
  const replset = {
    name: "rs0",
    size: 3,
    volumeSpec: { emptyDir: {} },
    splitHorizons: {
      "db-rs0-0": { ext: "b.example.com:27017" },
      "db-rs0-1": { ext: "a.example.com", int: "b.example.com" },
    },
  };

  it("adds the names of horizons, sorted and once, since 1.22", () => {
    const cluster = clusterWith({ replsets: [replset] });
    expect(certificateNames(cluster).slice(9, 11)).toEqual(["a.example.com", "b.example.com"]);
    const old = clusterWith({ replsets: [replset], crVersion: "1.21.0" });
    expect(certificateNames(old)).not.toContain("a.example.com");
  });
});

describe("certificateTools()", () => {
  const start = Date.parse("2026-01-01T00:00:00Z");
  const request = {
    commonName: "db",
    organization: "PSMDB",
    dnsNames: ["localhost", "*.db-rs0"],
    validSeconds: 3600,
  };

  it("signs for all names, and an authority never expires", async () => {
    const tools = certificateTools(() => start);
    const authority = await tools.issueAuthority("Root CA");
    const { certificate, key } = await tools.issue(request, authority);
    const ca = new X509Certificate(authority.certificate);
    expect(ca.ca).toBe(true);
    expect(new Date(ca.validTo).getUTCFullYear()).toBe(9999);
    expect(new X509Certificate(certificate).verify(ca.publicKey)).toBe(true);
    expect(key).toContain("PRIVATE KEY");
    expect(tools.inspect(certificate)).toEqual({
      dnsNames: request.dnsNames,
      notBeforeMs: start,
      notAfterMs: start + 3_600_000,
    });
  });

  it("tells text that is no certificate", () => {
    expect(certificateTools(() => start).inspect("not a real certificate")).toBeUndefined();
  });
});
