// SPDX-License-Identifier: Apache-2.0
// Both operators on the embedded API server: every given case, every step, every object.
import { describe, expect, it } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { runCases } from "../cases/run-cases.js";
import { caseText, summaryText } from "../cases/report.js";
import { operatorModes, startOperatorCluster } from "./operator-cluster.js";

const directory = fileURLToPath(new URL("../../data/given", import.meta.url));

describe.each(operatorModes)("the %s operator", (mode) => {
  it("makes the objects of the original in every given case", async () => {
    const results = await runCases({ directory, startCluster: () => startOperatorCluster(mode) });
    expect(results.filter(({ failures }) => failures.length > 0).map(caseText)).toEqual([]);
    expect(summaryText(results)).toBe("13 passed, 0 failed");
  }, 120_000);
});
