// SPDX-License-Identifier: Apache-2.0
// Kubernetes' own tables of what rules cost: the estimate decides which definitions are accepted and
// must be exact; the cost at run time decides when a rule is ended (see test/fixtures/NOTICE).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import type { Program } from "../cel/compile.js";
import { valueOfJson } from "../cel/json-values.js";
import { declaredType } from "../cel/schema-types.js";
import type { JsonObject } from "../json.js";
import { callLimit, compileRule } from "./rules.js";
import type { Schema } from "./schema.js";
import { parseStructural } from "./structural.js";

interface CostCase {
  readonly name: string;
  readonly object: JsonObject;
  readonly schema: JsonObject;
  readonly costs: readonly (readonly [rule: string, cost: number])[];
}

const { actual, estimate } = JSON.parse(
  readFileSync(new URL("../../test/fixtures/data/cel-costs.json", import.meta.url), "utf8"),
) as Record<"actual" | "estimate", CostCase[]>;

function programOf(rule: string, schema: Schema): Program {
  const type = declaredType(schema, false)?.type;
  const source = { rule, message: "", messageExpression: "", fieldPath: "" };
  const options = { reason: undefined, optionalOldSelf: undefined };
  const compiled = type && compileRule({ ...source, ...options }, type, schema);
  if (compiled?.program === undefined) throw new Error(`${rule}: ${compiled?.error}`);
  return compiled.program;
}

const rows = estimate.flatMap(({ name, schema, costs }) =>
  costs.map(([rule, cost]) => [`${name}: ${rule}`, parseStructural(schema), rule, cost] as const),
);

describe("the estimate of a rule's cost", () => {
  it.each(rows)("%s", (_title, schema, rule, cost) => {
    expect(programOf(rule, schema).maxCost).toBe(cost);
  });

  it("is checked against the whole table", () => {
    expect(rows.length).toBe(222);
  });
});

describe("the cost of a rule at run time", () => {
  it("is the reference's for as many rules as is recorded, and never far from it", () => {
    let exact = 0;
    let all = 0;
    for (const { object, schema: json, costs } of actual) {
      const schema = parseStructural(json);
      for (const [rule, cost] of costs) {
        const outcome = programOf(rule, schema).run([valueOfJson(object, schema)], callLimit);
        all += 1;
        if (outcome.cost === cost) exact += 1;
        expect(Math.abs(outcome.cost - cost)).toBeLessThanOrEqual(100);
      }
    }
    expect([exact, all]).toEqual([230, 261]);
  });
});
