// SPDX-License-Identifier: Apache-2.0
// Kubernetes' own table of validation rules: expressions that hold for an object, and errors of those
// that do not (see test/fixtures/NOTICE).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { valueOfJson } from "../cel/json-values.js";
import { declaredType } from "../cel/schema-types.js";
import { CelError } from "../cel/values.js";
import type { JsonObject } from "../json.js";
import { callLimit, compileRule } from "./rules.js";
import { parseStructural } from "./structural.js";

interface RuleCase {
  readonly name: string;
  readonly object: JsonObject;
  readonly schema: JsonObject;
  readonly valid: readonly string[];
  readonly errors: readonly (readonly [rule: string, message: string])[];
}

const cases = JSON.parse(
  readFileSync(new URL("../../test/fixtures/data/cel-rules.json", import.meta.url), "utf8"),
) as RuleCase[];

/** What is answered otherwise here, and why. */
const known: Readonly<Record<string, string>> = {
  "'%e'.format([3.14]) == '3.140000×10⁰⁰'":
    "exponents are written as in the language's later versions",
};

/** The value of a rule, or what is wrong with it. */
function resultOf({ object, schema: json }: RuleCase, rule: string): unknown {
  const schema = parseStructural(json);
  const type = declaredType(schema, false)?.type;
  if (type === undefined) throw new Error("the case has no type");
  const source = { rule, message: "", messageExpression: "", fieldPath: "" };
  const options = { reason: undefined, optionalOldSelf: undefined };
  const { error, program } = compileRule({ ...source, ...options }, type, schema);
  if (program === undefined) return error;
  try {
    const outcome = program.run([valueOfJson(object, schema), undefined], callLimit);
    return outcome.kind === "value" ? outcome.value : outcome.message;
  } catch (failure) {
    if (failure instanceof CelError) return failure.message;
    throw failure;
  }
}

describe.each(cases.map((one) => [one.name, one] as const))("%s", (_name, one) => {
  const holds = one.valid.filter((rule) => !Object.hasOwn(known, rule));
  if (holds.length > 0) it.each(holds)("%s", (rule) => expect(resultOf(one, rule)).toBe(true));

  if (one.errors.length > 0) {
    it.each(one.errors)("%s fails with %s", (rule, message) => {
      const result = resultOf(one, rule);
      if (result === false) return;
      expect(result).toContain(message.replace("compile error: ", "").split(" evaluating rule")[0]);
    });
  }
});

it("the table is whole", () => {
  const count = cases.reduce((sum, { valid, errors }) => sum + valid.length + errors.length, 0);
  expect(count).toBe(704);
});
