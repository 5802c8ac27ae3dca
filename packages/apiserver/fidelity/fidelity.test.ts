// SPDX-License-Identifier: Apache-2.0
// The embedded server against the recorded answers of a real one: nothing may differ that is not known.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { format } from "prettier";
import { startApiServer, type ApiServer } from "../src/index.js";
import { differenceText, probeDifferences, sortOut, type Difference } from "./compare.js";
import { knownDifferences } from "./known-differences.js";
import { sections } from "./probes/sections.js";
import { fidelityFolder, readSection, readServer } from "./recording.js";
import { countedSteps, reportPage } from "./report.js";
import { ProbedServer } from "./run-section.js";

const page = join(fidelityFolder, "..", "..", "..", "docs", "reference", "apiserver-fidelity.md");
const isWriting = process.env["HAVERSACK_FIDELITY"] === "docs";
const only = process.env["HAVERSACK_FIDELITY_ONLY"] ?? "";

describe("fidelity to the recorded kube-apiserver", () => {
  let server: ApiServer;
  let probed: ProbedServer;
  const found: Difference[] = [];

  beforeAll(async () => {
    server = await startApiServer({
      rbac: true,
      freeRunning: true,
      controllers: ["crd", "namespace", "garbage-collector"],
    });
    probed = new ProbedServer({ url: server.url, token: server.token });
    await probed.prepare();
  });
  afterAll(async () => {
    probed.close();
    await server.close();
  });

  const chosen = sections.filter(({ id }) => only === "" || id === only.split("/")[0]);
  it.each(chosen.map((section) => [section.title, section] as const))(
    "%s: differs only where the list says so",
    async (_, section) => {
      const recorded = readSection(section.id);
      const one = only.split("/")[1];
      const probes = section.probes.filter(({ name }) => one === undefined || name === one);
      const ours = await probed.answerSection({ ...section, probes });
      expect(Object.keys(recorded)).toEqual(section.probes.map(({ name }) => name));
      const here = probes.flatMap(({ name }) =>
        probeDifferences(`${section.id}/${name}`, recorded[name] ?? [], ours[name] ?? []),
      );
      found.push(...here);
      const { unknown } = sortOut(here, knownDifferences);
      expect(unknown.map(differenceText).join("\n")).toBe("");
    },
    120_000,
  );

  const whenWhole = only === "" ? it : it.skip;
  whenWhole("has no entry in the list that explains nothing", () => {
    const { stale } = sortOut(found, knownDifferences);
    expect(stale).toEqual([]);
  });

  whenWhole("is told by the docs as it is", async () => {
    const comparison = sortOut(found, knownDifferences);
    const text = reportPage(readServer(), sections, comparison, knownDifferences);
    const formatted = await format(text, { parser: "markdown", printWidth: 100 });
    if (isWriting) writeFileSync(page, formatted);
    expect(readFileSync(page, "utf8")).toBe(formatted);
  });

  it("asks at least 400 questions", () => {
    expect(sections.flatMap(countedSteps).length).toBeGreaterThanOrEqual(400);
  });
});
