// SPDX-License-Identifier: Apache-2.0
// Runs every case of a directory: apply, settle, dump, compare; one result per case.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type Manifest } from "../json.js";
import type { CaseCluster } from "./case-cluster.js";
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
  type ExpectedObject,
} from "./case-index.js";
import { differences, type CaseKind, type Difference } from "./compare.js";

/** How one case went. */
export interface CaseResult {
  readonly id: string;
  readonly steps: number;
  /** Empty when the case passed. */
  readonly failures: readonly CaseFailure[];
}

/** One thing that is not as expected. */
export interface CaseFailure {
  readonly step: number;
  /** `Kind/name` where it is about an object. */
  readonly object?: string;
  readonly reason: string;
  readonly differences: readonly Difference[];
}

/** What a run needs. */
export interface RunOptions {
  readonly directory: string;
  /** Where every object goes after every step; nowhere when absent. */
  readonly dump?: string | undefined;
  /** A fresh cluster with the operator running in it. */
  startCluster(): Promise<CaseCluster>;
  /** Called as soon as a case is done. */
  onResult?(result: CaseResult): void;
}

/**
 * Runs all cases of a directory, each on its own cluster. A case that cannot be run counts as failed.
 */
export async function runCases(options: RunOptions): Promise<readonly CaseResult[]> {
  const { cases } = await readCaseIndex(options.directory);
  const results: CaseResult[] = [];
  for (const entry of cases) {
    const result = await runCase(entry, options);
    options.onResult?.(result);
    results.push(result);
  }
  return results;
}

async function runCase(entry: CaseEntry, options: RunOptions): Promise<CaseResult> {
  const failures: CaseFailure[] = [];
  let step = 0;
  try {
    const cluster = await options.startCluster();
    try {
      for (const wanted of entry.steps) {
        step += 1;
        failures.push(...(await runStep(entry, wanted, step, cluster, options)));
      }
    } finally {
      await cluster.close();
    }
  } catch (error) {
    const reason = `the case cannot be run: ${error instanceof Error ? error.message : String(error)}`;
    failures.push({ step: Math.max(step, 1), reason, differences: [] });
  }
  return { id: entry.id, steps: entry.steps.length, failures };
}

async function runStep(
  entry: CaseEntry,
  wanted: CaseStep,
  step: number,
  cluster: CaseCluster,
  { directory, dump }: RunOptions,
): Promise<readonly CaseFailure[]> {
  const input = await readCaseFile(directory, entry, wanted.input);
  const namespace = caseNamespace(entry, input);
  if (step === 1) await prepare(entry, namespace, cluster);
  await cluster.apply(inNamespace(input, namespace));
  await cluster.settle();
  if (wanted.before !== undefined) {
    await cluster.intervene(namespace, wanted.before);
    await cluster.settle();
  }
  const objects = await seenObjects(entry, namespace, cluster);
  if (dump !== undefined) await dumpObjects(join(dump, entry.id, String(step)), objects);
  const failures: CaseFailure[] = [];
  for (const expected of wanted.expected) {
    const content = await readCaseFile(directory, entry, expected.file);
    failures.push(
      ...checkFile(content, expected, objects, { step, kind: caseKind(entry), namespace }),
    );
  }
  for (const gone of wanted.mustNotExist ?? []) {
    if (objects.has(gone))
      failures.push({ step, object: gone, reason: "must not exist", differences: [] });
  }
  const problems = failures.length > 0 ? cluster.problems(namespace) : [];
  return [
    ...failures,
    ...problems.map((reason) => ({
      step,
      reason: `the operator reported: ${reason}`,
      differences: [],
    })),
  ];
}

async function prepare(entry: CaseEntry, namespace: string, cluster: CaseCluster): Promise<void> {
  const { needsCertManager, userTlsSecrets } = preconditionsOf(entry);
  await cluster.createNamespace(namespace);
  if (needsCertManager) await cluster.installCertManager();
  const value = "bm90IGEgcmVhbCBjZXJ0aWZpY2F0ZQ==";
  for (const name of userTlsSecrets) {
    await cluster.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      type: "kubernetes.io/tls",
      data: { "ca.crt": value, "tls.crt": value, "tls.key": value },
    });
  }
}

/** Unit cases look at what the operator sent; all others at what the API server made of it. */
async function seenObjects(
  entry: CaseEntry,
  namespace: string,
  cluster: CaseCluster,
): Promise<ReadonlyMap<string, Manifest>> {
  const seen = new Map<string, Manifest>();
  for (const object of await cluster.objects(namespace)) seen.set(keyOf(object), object);
  if (caseKind(entry) === "unit") {
    for (const wish of cluster.wishes(namespace)) {
      if (seen.has(keyOf(wish))) seen.set(keyOf(wish), wish);
    }
  }
  return seen;
}

interface CheckContext {
  readonly step: number;
  readonly kind: CaseKind;
  readonly namespace: string;
}

function checkFile(
  content: JsonObject,
  expected: ExpectedObject,
  objects: ReadonlyMap<string, Manifest>,
  context: CheckContext,
): readonly CaseFailure[] {
  const wanted = expectedObjects(content);
  const failures = wanted.flatMap((object) => checkObject(object, expected, objects, context));
  return content["items"] === undefined
    ? failures
    : [...failures, ...unexpected(wanted, objects, context)];
}

function checkObject(
  wanted: JsonObject,
  { upstreamGeneration }: ExpectedObject,
  objects: ReadonlyMap<string, Manifest>,
  { step, kind, namespace }: CheckContext,
): readonly CaseFailure[] {
  const key = keyOf(wanted as unknown as Manifest);
  const got = objects.get(key);
  if (got === undefined) return [{ step, object: key, reason: "does not exist", differences: [] }];
  const different = differences(wanted, got as unknown as JsonObject, kind, namespace);
  const generation = got.metadata.generation;
  const isWrittenTwice = upstreamGeneration === 1 && generation !== undefined && generation !== 1;
  return [
    ...(different.length > 0
      ? [{ step, object: key, reason: "differs", differences: different }]
      : []),
    ...(isWrittenTwice
      ? [
          {
            step,
            object: key,
            reason: `was written ${generation} times instead of once`,
            differences: [],
          },
        ]
      : []),
  ];
}

/** A list is complete: objects of its kind that are not in it must not exist. */
function unexpected(
  wanted: readonly JsonObject[],
  objects: ReadonlyMap<string, Manifest>,
  { step }: CheckContext,
): readonly CaseFailure[] {
  const keys = new Set(wanted.map((object) => keyOf(object as unknown as Manifest)));
  const kinds = new Set(wanted.map((object) => object["kind"]));
  return [...objects]
    .filter(([key, object]) => kinds.has(object.kind) && !keys.has(key))
    .map(([key]) => ({
      step,
      object: key,
      reason: "is not in the expected list",
      differences: [],
    }));
}

async function dumpObjects(
  directory: string,
  objects: ReadonlyMap<string, Manifest>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const object of objects.values()) {
    const file = join(directory, `${object.kind}_${object.metadata.name}.json`);
    await writeFile(file, `${JSON.stringify(object, null, 2)}\n`);
  }
}

function keyOf({ kind, metadata }: Manifest): string {
  return `${kind}/${isJsonObject(metadata) ? metadata.name : ""}`;
}
