// SPDX-License-Identifier: Apache-2.0
// The runner on a cluster in memory: it passes what is right, and finds what is wrong.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MemoryCaseCluster } from "../../test/memory-case-cluster.js";
import { caseText, summaryText } from "./report.js";
import { runCases, type CaseResult } from "./run-cases.js";

const given = fileURLToPath(new URL("../../data/given", import.meta.url));
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "cases-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A directory with one of the given cases, changed. */
async function oneCase(
  id: string,
  change: (text: string) => string,
  file = "index.json",
): Promise<string> {
  const directory = await mkdtemp(join(scratch, `${id}-`));
  await cp(join(given, id), join(directory, id), { recursive: true });
  const index = JSON.parse(await readFile(join(given, "index.json"), "utf8")) as {
    cases: { id: string }[];
  };
  const only = JSON.stringify({ cases: index.cases.filter((entry) => entry.id === id) });
  await writeFile(join(directory, "index.json"), file === "index.json" ? change(only) : only);
  if (file !== "index.json") {
    const path = join(directory, id, file);
    await writeFile(path, change(await readFile(path, "utf8")));
  }
  return directory;
}

async function run(directory: string): Promise<readonly CaseResult[]> {
  return runCases({ directory, startCluster: () => Promise.resolve(new MemoryCaseCluster()) });
}

describe("runCases()", () => {
  it("passes all given cases and counts them", async () => {
    const results = await run(given);
    expect(results.filter(({ failures }) => failures.length > 0)).toEqual([]);
    expect(summaryText(results)).toBe("13 passed, 0 failed");
  });

  it("fails a case whose expected object differs, and says where", async () => {
    const directory = await oneCase(
      "storage-emptydir",
      (text) => text.replace("failureThreshold: 8", "failureThreshold: 9"),
      "expected/statefulset_emptydir-rs0.yml",
    );
    const [result] = await run(directory);
    expect(result?.failures[0]?.differences).toEqual([
      {
        path: "spec.template.spec.containers[0].readinessProbe.failureThreshold",
        expected: 9,
        got: 8,
      },
    ]);
    expect(caseText(result as CaseResult)).toBe(
      [
        "FAILED  storage-emptydir (1 step)",
        "        step 1: StatefulSet/emptydir-rs0 differs",
        "          spec.template.spec.containers[0].readinessProbe.failureThreshold",
        "            expected 9",
        "            got      8",
      ].join("\n"),
    );
  });

  it("fails a case whose object does not exist, with what the operator waits for", async () => {
    const directory = await oneCase(
      "storage-emptydir",
      (text) => text.replace("emptydir-rs0", "other"),
      "expected/statefulset_emptydir-rs0.yml",
    );
    const [result] = await run(directory);
    expect(result?.failures[0]).toMatchObject({
      object: "StatefulSet/other",
      reason: "does not exist",
    });
  });

  it("fails a case in which something exists that must not", async () => {
    const directory = await oneCase("storage-emptydir", (text) =>
      text.replace('"expected":[', '"mustNotExist":["StatefulSet/emptydir-rs0"],"expected":['),
    );
    const [result] = await run(directory);
    expect(result?.failures).toMatchObject([
      { object: "StatefulSet/emptydir-rs0", reason: "must not exist" },
    ]);
  });

  it("fails a list case with an object that is not in the list", async () => {
    const directory = await oneCase("unit-replset-services", (text) =>
      text.replaceAll("svc_list_expose_on", "svc_list_expose_off"),
    );
    const [result] = await run(directory);
    expect(result?.failures.map(({ reason }) => reason)).toContain("is not in the expected list");
  });

  it("counts a case that cannot be run as failed and goes on", async () => {
    const directory = await oneCase("storage-emptydir", (text) => {
      const index = JSON.parse(text) as { cases: object[] };
      return JSON.stringify({
        cases: [
          { id: "absent", kind: "e2e", steps: [{ input: "input-1.yaml", expected: [] }] },
          ...index.cases,
        ],
      });
    });
    const results = await run(directory);
    expect(summaryText(results)).toBe("1 passed, 1 failed");
    expect(results[0]?.failures[0]?.reason).toMatch(/cannot be run/);
  });

  it("counts a case as failed when the cluster does not start", async () => {
    const startCluster = (): Promise<never> => Promise.reject(new Error("no cluster"));
    const [result] = await runCases({ directory: given, startCluster });
    expect(result?.failures).toMatchObject([
      { step: 1, reason: "the case cannot be run: no cluster" },
    ]);
  });

  it("writes every object after every step", async () => {
    const directory = await oneCase("limits-no-limits", (text) => text);
    const dump = join(scratch, "dump");
    await runCases({
      directory,
      dump,
      startCluster: () => Promise.resolve(new MemoryCaseCluster()),
    });
    const path = (step: string): string =>
      join(dump, "limits-no-limits", step, "StatefulSet_no-limits-rs0.json");
    const cpu = async (step: string): Promise<string> =>
      (await readFile(path(step), "utf8")).match(/"cpu": "(\w+)"/)?.[1] ?? "";
    expect([await cpu("1"), await cpu("2")]).toEqual(["300m", "600m"]);
    expect(await readdir(join(dump, "limits-no-limits", "1"))).toContain(
      "Service_no-limits-rs0.json",
    );
  });

  it("closes the cluster of every case, also of one that fails", async () => {
    const clusters: MemoryCaseCluster[] = [];
    const directory = await oneCase("storage-emptydir", () =>
      JSON.stringify({ cases: [{ id: "x", kind: "", steps: [{ input: "x", expected: [] }] }] }),
    );
    await runCases({
      directory,
      startCluster: () => {
        clusters.push(new MemoryCaseCluster());
        return Promise.resolve(clusters.at(-1) as MemoryCaseCluster);
      },
    });
    expect(clusters.map(({ isClosed }) => isClosed)).toEqual([true]);
  });
});
