// SPDX-License-Identifier: Apache-2.0
// rxjs costs nothing until a stream is asked for (stage 1: watch event).
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

describe("importing the package", () => {
  it("does not import rxjs: every file that names it imports its types only", () => {
    const folder = new URL(".", import.meta.url);
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".test-d.ts"),
    );
    const naming = sources
      .map((name) => readFileSync(new URL(name, folder), "utf8"))
      .flatMap((text) => text.match(/^(?:import|export) .*from "rxjs.*$/gm) ?? []);
    expect(naming.length).toBeGreaterThan(0);
    for (const statement of naming) expect(statement).toMatch(/^import type /);
  });
});
