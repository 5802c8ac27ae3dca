// SPDX-License-Identifier: Apache-2.0
// Holds the embedded API server, or the one the environment names, to the contract.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startCluster, type TestCluster } from "../cluster/start-cluster.js";
import { apiServerContract } from "./contract-suite.js";

const isEmbedded =
  (process.env["KUBEBUILDER_ASSETS"] ?? "") === "" && process.env["HAVERSACK_TEST_CLUSTER"] !== "1";

apiServerContract(
  { describe, it, beforeAll, afterAll },
  () => startCluster(),
  (cluster: () => TestCluster) => ({
    ...(isEmbedded ? { compact: () => cluster().server?.compact() } : {}),
    collectsGarbage: process.env["HAVERSACK_CONTRACT_GARBAGE"] !== "0",
  }),
);

describe("apiServerContract()", () => {
  it("fails a server that does not keep to it", async () => {
    const failures: string[] = [];
    const tests: [string, () => Promise<void>][] = [];
    const before: (() => Promise<void>)[] = [];
    const after: (() => Promise<void>)[] = [];
    apiServerContract(
      {
        describe: (_, define) => define(),
        it: (name, run) => void tests.push([name, run]),
        beforeAll: (run) => void before.push(run),
        afterAll: (run) => void after.push(run),
      },
      async () => {
        const cluster = await startCluster({ backend: "embedded" });
        // A server that loses half of what is asked of it: apply changes nothing.
        const match = { verb: "apply", resource: "gadgets.contract.example.com" };
        const fault = { type: "status", code: 500 } as const;
        return {
          ...cluster,
          apply: async (...args: Parameters<TestCluster["apply"]>) => {
            const applied = await cluster.apply(...args);
            cluster.server?.faults.add({ match, fault });
            return applied;
          },
        };
      },
    );
    for (const run of before) await run();
    for (const [name, run] of tests) await run().catch(() => failures.push(name));
    for (const run of after) await run();
    expect(tests.length).toBeGreaterThan(40);
    expect(failures).toContain("refuses a field of another manager and names both, unless forced");
    expect(failures).not.toContain("removes a key with null in a merge patch");
  });
});
