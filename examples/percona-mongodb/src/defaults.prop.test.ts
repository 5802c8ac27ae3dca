// SPDX-License-Identifier: Apache-2.0
// Whatever the definition's schema lets through is built or refused with what to change; nothing crashes.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { countingSources } from "../test/memory-cluster.js";
import { at, seeing } from "../test/primaries.js";
import { fromSchema } from "../test/schema-arbitrary.js";
import { operatorCrds } from "./crd.js";
import { defaultCluster } from "./defaults.js";
import { InvalidClusterError } from "./defaults/validation.js";
import { parts } from "./functions/index.js";
import type { JsonObject } from "./json.js";
import type { Psmdb, PsmdbSpec } from "./types.js";

const [crd] = await operatorCrds();
const path = ["versions", 0, "schema", "openAPIV3Schema", "properties", "spec"] as const;
const specs = fromSchema(at(crd, "spec", ...path) as JsonObject);

const primaryOf = (spec: unknown): Psmdb => ({
  apiVersion: "psmdb.percona.com/v1",
  kind: "PerconaServerMongoDB",
  metadata: { name: "db", namespace: "prod", uid: "cluster-uid", generation: 1 },
  spec: spec as PsmdbSpec,
});

/** A spec that is more often right than wrong: chance fills only what is beside its sizes. */
const likely = specs.map((spec) => {
  const given = spec as unknown as PsmdbSpec;
  const replset = {
    ...given.replsets?.[0],
    name: "rs0",
    size: 3,
    volumeSpec: { emptyDir: {} },
    configuration: "",
  };
  return { ...given, crVersion: "", image: "mongod:8", replsets: [replset], unsafeFlags: {} };
});

async function isBuiltOrRefused(spec: unknown): Promise<"built" | "refused"> {
  try {
    const cluster = defaultCluster(primaryOf(spec));
    for (const part of parts) {
      part.reads(cluster);
      await part.build(cluster, seeing([]), countingSources);
    }
    return "built";
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidClusterError);
    expect((error as InvalidClusterError).problems.every((text) => /\. [A-Z]/.test(text))).toBe(
      true,
    );
    return "refused";
  }
}

describe("a custom resource that the schema allows", () => {
  it("is built, or refused with what to change", async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (spec) => {
        await isBuiltOrRefused(spec);
      }),
      { numRuns: 200 },
    );
  });

  it("is built, or refused with what to change, also when most of it is right", async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(likely, async (spec) => {
        outcomes.add(await isBuiltOrRefused(spec));
      }),
      { numRuns: 200 },
    );
    expect([...outcomes].sort()).toEqual(["built", "refused"]);
  });
});
