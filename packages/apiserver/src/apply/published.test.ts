// SPDX-License-Identifier: Apache-2.0
// The merge tables of structured-merge-diff, the library behind server-side apply (see
// test/fixtures/NOTICE).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { mergeShape } from "../../test/merge-schema.js";
import type { JsonObject } from "../json.js";
import { mergeConfig } from "./merge-objects.js";

interface MergeCase {
  readonly name: string;
  readonly root: string;
  readonly types: readonly JsonObject[];
  readonly triples: readonly (readonly [unknown, unknown, unknown])[];
}

const cases = JSON.parse(
  readFileSync(new URL("../../test/fixtures/data/merge.json", import.meta.url), "utf8"),
) as MergeCase[];

const rows = cases.flatMap(({ name, root, types, triples }) =>
  triples.map((triple, index) => [`${name} ${index}`, mergeShape(types, root), triple] as const),
);

describe("merging a configuration, by the tables of structured-merge-diff", () => {
  it.each(rows)("%s", (_title, shape, [live, config, merged]) => {
    expect(mergeConfig(live, config, shape)).toEqual(merged);
  });
});
