// SPDX-License-Identifier: Apache-2.0
// The definitions are complete and agree with the kinds the operators use.
import { describe, expect, it } from "@jest/globals";
import { at } from "../test/primaries.js";
import { certManagerCrds, operatorCrds } from "./crd.js";

const schema = (crd: unknown): unknown =>
  at(crd, "spec", "versions", 0, "schema", "openAPIV3Schema", "properties");

describe("the custom resource definitions", () => {
  it("define clusters, backups and restores with a status of their own", async () => {
    const crds = await operatorCrds();
    expect(crds.map((crd) => at(crd, "spec", "names", "kind"))).toEqual([
      "PerconaServerMongoDB",
      "PerconaServerMongoDBBackup",
      "PerconaServerMongoDBRestore",
    ]);
    for (const crd of crds) {
      expect(crd.metadata.name).toBe(
        `${String(at(crd, "spec", "names", "plural"))}.${String(at(crd, "spec", "group"))}`,
      );
      expect(at(crd, "spec", "versions", 0, "subresources")).toEqual({ status: {} });
    }
  });

  it("require an image, and a volume for every replica set", async () => {
    const [crd] = await operatorCrds();
    const spec = at(schema(crd), "spec");
    expect(at(spec, "required")).toEqual(["image"]);
    expect(at(spec, "properties", "replsets", "items", "required")).toEqual(["volumeSpec"]);
    expect(
      at(spec, "properties", "sharding", "properties", "configsvrReplSet", "required"),
    ).toEqual(["volumeSpec"]);
  });

  it("serve cert-manager's kinds", async () => {
    const crds = await certManagerCrds();
    expect(crds.map(({ metadata }) => metadata.name)).toEqual([
      "issuers.cert-manager.io",
      "certificates.cert-manager.io",
      "clusterissuers.cert-manager.io",
    ]);
  });
});
