// SPDX-License-Identifier: Apache-2.0
// Published suites: RFC 6902 (json-patch-test-suite), and the tables of Kubernetes' strategic merge
// patch (see test/fixtures/NOTICE).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "@jest/globals";
import { isObject } from "../json.js";
import { Definitions } from "../../test/patch-schema.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "../schema/schema.js";
import { applyJsonPatch } from "./json-patch.js";
import { applyStrategicMerge } from "./strategic-merge.js";

interface PatchCase {
  readonly comment?: string;
  readonly doc: unknown;
  readonly patch?: unknown;
  readonly expected?: unknown;
  readonly error?: string;
  readonly disabled?: boolean;
}

const load = createRequire(import.meta.url);
const patchCases = ["tests.json", "spec_tests.json"].flatMap((file) =>
  (load(`json-patch-test-suite/${file}`) as PatchCase[]).filter(
    ({ disabled, patch }) => disabled !== true && patch !== undefined,
  ),
);

describe("JSON patch, by the suite of RFC 6902", () => {
  it.each(patchCases.map((test, index) => [`${index} ${test.comment ?? ""}`, test] as const))(
    "%s",
    (_title, { doc, patch, expected, error }) => {
      if (error !== undefined) {
        expect(() => applyJsonPatch(doc, patch)).toThrow();
        return;
      }
      const result = applyJsonPatch(doc, patch);
      if (expected !== undefined) expect(result).toEqual(expected);
    },
  );

  it("is the whole suite", () => {
    expect(patchCases.length).toBe(91);
  });
});

interface MergeCase {
  readonly name: string;
  readonly target: JsonObject;
  readonly patch: JsonObject;
  readonly result: unknown;
  readonly sorted: boolean;
  readonly error?: string;
}

const fixture = JSON.parse(
  readFileSync(new URL("../../test/fixtures/data/strategic-merge.json", import.meta.url), "utf8"),
) as { definitions: JsonObject; cases: MergeCase[] };

const shape = new Definitions(fixture.definitions).shape("mergeItem");

/** The value with merged lists sorted, where a case does not speak of their order. */
function sorted(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item, schema?.items));
    const merges = schema?.patchStrategy?.startsWith("merge") === true;
    return merges ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(
    keys.map((key) => [key, sorted(value[key], schema?.properties?.get(key))]),
  );
}

describe("strategic merge patch, by Kubernetes' tables", () => {
  it.each(fixture.cases.map((test) => [test.name, test] as const))("%s", (_title, test) => {
    if (test.error !== undefined) {
      expect(() => applyStrategicMerge(test.target, test.patch, shape)).toThrow();
      return;
    }
    const result = applyStrategicMerge(test.target, test.patch, shape);
    if (test.sorted) expect(sorted(result, shape)).toEqual(sorted(test.result, shape));
    else expect(result).toEqual(test.result);
  });
});
