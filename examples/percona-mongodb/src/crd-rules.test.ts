// SPDX-License-Identifier: Apache-2.0
// What the definitions refuse by themselves: their CEL rules, on the embedded API server.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startCluster, type TestCluster } from "@haversack/testing";
import { operatorCrds } from "./crd.js";
import { psmdbBackups } from "./operators/kinds.js";

const namespace = "prod";
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({ backend: "embedded" });
  await cluster.apply([...(await operatorCrds())]);
  await cluster.settle();
  await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});
afterAll(() => cluster.close());

const job = (kind: string, name: string, spec: object): object => ({
  apiVersion: "psmdb.percona.com/v1",
  kind: `PerconaServerMongoDB${kind}`,
  metadata: { name, namespace },
  spec,
});
const applied = (object: object): Promise<unknown> => cluster.apply(object as never);

describe("the definition of backups", () => {
  it("gives a backup two minutes to start", async () => {
    await applied(job("Backup", "deadline", { clusterName: "db", storageName: "s3" }));
    const live = await cluster.get(psmdbBackups, { namespace, name: "deadline" });
    expect(live?.spec.startingDeadlineSeconds).toBe(120);
  });

  it.each([
    ["cluster", { clusterName: "other", storageName: "s3" }],
    ["storage", { clusterName: "db", storageName: "other" }],
  ])("keeps a backup with its %s", async (_what, spec) => {
    await applied(job("Backup", "moving", { clusterName: "db", storageName: "s3" }));
    await expect(applied(job("Backup", "moving", spec))).rejects.toThrow(/make another backup/);
  });
});

describe("the definition of restores", () => {
  it("asks for a backup, by name or by description", async () => {
    await expect(applied(job("Restore", "nothing", { clusterName: "db" }))).rejects.toThrow(
      /name a backup in backupName, or describe one in backupSource/,
    );
    await applied(job("Restore", "named", { clusterName: "db", backupName: "one" }));
    await applied(
      job("Restore", "told", { clusterName: "db", backupSource: { destination: "x" } }),
    );
  });
});
