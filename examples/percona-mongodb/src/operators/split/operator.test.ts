// SPDX-License-Identifier: Apache-2.0
// The split operator: every function in one instance, no race at construction, and the objects of the original.
import { describe, expect, it } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { runCases } from "../../cases/run-cases.js";
import { caseText, summaryText } from "../../cases/report.js";
import { parts } from "../../functions/index.js";
import { startOperatorCluster } from "../operator-cluster.js";
import { functionsOf } from "./instances.js";

const directory = fileURLToPath(new URL("../../../data/given", import.meta.url));

describe("the split operator", () => {
  it("runs every function in one instance", () => {
    const split = Object.values(functionsOf).flat();
    const names = split.map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(parts.map(({ name }) => name)));
    // The routers alone are in two: their Service is the network's.
    expect(names).toHaveLength(parts.length + 1);
  });

  it("makes the objects of the original in every given case", async () => {
    const results = await runCases({
      directory,
      startCluster: () => startOperatorCluster("split"),
    });
    expect(results.filter(({ failures }) => failures.length > 0).map(caseText)).toEqual([]);
    expect(summaryText(results)).toBe("13 passed, 0 failed");
  }, 120_000);
});
