// SPDX-License-Identifier: Apache-2.0
// The builders against objects of the original: every step of every given case, in memory.
import { describe, expect, it } from "@jest/globals";
import { fileURLToPath } from "node:url";
import {
  caseKind,
  caseNamespace,
  expectedObjects,
  inNamespace,
  preconditionsOf,
  readCaseFile,
  readCaseIndex,
  type CaseEntry,
  type CaseStep,
} from "../cases/case-index.js";
import { differences } from "../cases/compare.js";
import { isJsonObject, type JsonObject, type Manifest } from "../json.js";
import type { Psmdb } from "../types.js";
import { MemoryCluster } from "../../test/memory-cluster.js";

const directory = fileURLToPath(new URL("../../data/given", import.meta.url));
const { cases } = await readCaseIndex(directory);

async function runStep(cluster: MemoryCluster, entry: CaseEntry, step: CaseStep): Promise<string> {
  const input = await readCaseFile(directory, entry, step.input);
  const namespace = caseNamespace(entry, input);
  const primary = inNamespace(input, namespace) as unknown as Psmdb;
  await cluster.run(primary);
  if (step.before !== undefined) {
    const [kind = "", name = ""] = step.before.object.split("/");
    const found = cluster.get(kind, name);
    if (found === undefined) throw new Error(`${step.before.object} does not exist`);
    cluster.put({
      ...found,
      metadata: {
        ...found.metadata,
        labels: step.before.replaceLabels ?? {},
        annotations: step.before.replaceAnnotations ?? {},
      },
    });
    await cluster.run(primary);
  }
  return namespace;
}

function found(
  cluster: MemoryCluster,
  entry: CaseEntry,
  kind: string,
  name: string,
): Manifest | undefined {
  return caseKind(entry) === "unit" ? cluster.sent.get(`${kind}/${name}`) : cluster.get(kind, name);
}

describe.each(cases.map((entry) => [entry.id, entry] as const))(
  "functions on case %s",
  (_id, entry) => {
    it("build the objects of the original in every step", async () => {
      const cluster = new MemoryCluster();
      const { needsCertManager, userTlsSecrets } = preconditionsOf(entry);
      cluster.hasCertManager = needsCertManager;
      for (const name of userTlsSecrets) {
        const data = { "ca.crt": "Yw==", "tls.crt": "Yw==", "tls.key": "aw==" };
        cluster.put({ apiVersion: "v1", kind: "Secret", metadata: { name }, data });
      }
      for (const [index, step] of entry.steps.entries()) {
        const namespace = await runStep(cluster, entry, step);
        for (const wanted of step.expected) {
          const content = await readCaseFile(directory, entry, wanted.file);
          for (const object of expectedObjects(content)) {
            const metadata = object["metadata"];
            const name = isJsonObject(metadata) ? String(metadata["name"]) : "";
            const got = found(cluster, entry, String(object["kind"]), name);
            const different = differences(
              object,
              (got ?? {}) as unknown as JsonObject,
              caseKind(entry),
              namespace,
            );
            expect({ step: index + 1, file: wanted.file, different }).toEqual({
              step: index + 1,
              file: wanted.file,
              different: [],
            });
            if (wanted.upstreamGeneration === 1) expect(got?.metadata.generation).toBe(1);
          }
        }
        for (const gone of step.mustNotExist ?? []) expect(cluster.objects.has(gone)).toBe(false);
      }
    });
  },
);
