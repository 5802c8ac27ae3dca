// SPDX-License-Identifier: Apache-2.0
// The example prints exactly what its README shows.
import { readFileSync } from "node:fs";
import { expect, it, jest } from "@jest/globals";

it("prints what the README shows", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const shown = /```text\n([\s\S]*?)```/.exec(readme)?.[1];
  const lines: string[] = [];
  const log = jest
    .spyOn(console, "log")
    .mockImplementation((line: string) => void lines.push(line));
  await import("./main.js");
  log.mockRestore();
  expect(`${lines.join("\n")}\n`).toBe(shown);
});
