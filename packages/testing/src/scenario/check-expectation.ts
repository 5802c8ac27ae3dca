// SPDX-License-Identifier: Apache-2.0
// Compares what a scenario expects with what happened; one line per difference (stages 5 to 7).
import { refOf, type HasPrimary, type KubernetesObject, type Result } from "@haversack/core";
import type { ResourceRef } from "@haversack/core";
import type { RequestVerb } from "../client/request-target.js";
import { compareWrites } from "./expected-write.js";
import type { PassRecord } from "./pass-record.js";
import type { ExpectedObject, ScenarioExpectation, ScenarioWorld } from "./scenario.js";
import { brief, lacks } from "./subset.js";
import type { RecordedClient } from "./write-record.js";

/** Checks all of an expectation. @returns what is wrong. */
export async function checkExpectation<R extends object>(
  expected: ScenarioExpectation<R>,
  world: ScenarioWorld<R>,
  client: RecordedClient,
  passes: readonly PassRecord[],
): Promise<readonly string[]> {
  const problems = [
    ...compareWrites(expected.writes ?? [], client.writes, expected.inOrder === true),
    ...checkRequests(expected.requests ?? {}, client),
    ...checkPasses(expected, passes),
    ...(await checkIndex(expected, world)),
  ];
  for (const object of expected.objects ?? []) problems.push(...(await checkObject(object, world)));
  try {
    await expected.verify?.(world);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}

function checkRequests(
  expected: Partial<Record<RequestVerb, number>>,
  client: RecordedClient,
): readonly string[] {
  return Object.entries(expected).flatMap(([verb, count]) => {
    const found = client.records.filter(({ target }) => target.verb === verb).length;
    return found === count ? [] : [`${verb} requests: expected ${count}, found ${found}`];
  });
}

function checkPasses<R>(
  expected: ScenarioExpectation<R>,
  passes: readonly PassRecord[],
): readonly string[] {
  const last = passes.at(-1);
  return [
    ...(expected.passes === undefined || expected.passes === passes.length
      ? []
      : [`passes: expected ${expected.passes}, found ${passes.length}`]),
    ...checkError(expected.error, last?.error),
    ...checkResult(expected.result, last?.result),
  ];
}

function checkError(expected: ScenarioExpectation<unknown>["error"], error: unknown): string[] {
  if (expected === undefined) {
    return error === undefined ? [] : [`the last pass threw ${String(error)}`];
  }
  const wanted = typeof expected === "string" ? expected : expected.name;
  const isIt =
    typeof expected === "string"
      ? (error as { code?: unknown } | undefined)?.code === expected
      : error instanceof expected;
  return isIt ? [] : [`error: expected ${wanted}, found ${String(error ?? "none")}`];
}

function checkResult(
  expected: Partial<Result> | undefined,
  result: Result | undefined,
): readonly string[] {
  return expected === undefined ? [] : lacks(expected, result, "result");
}

async function checkObject<R>(
  { kind, key, holds }: ExpectedObject,
  { cluster }: ScenarioWorld<R>,
): Promise<readonly string[]> {
  const object = await cluster.get(kind, key);
  const name = `${kind.kind} ${key.namespace === undefined ? "" : `${key.namespace}/`}${key.name}`;
  if (holds === undefined) return object === undefined ? [] : [`${name} should not be there`];
  if (object === undefined) return [`${name} is missing`];
  return lacks(holds, object).map((lack) => `${name} ${lack}`);
}

interface Indexed {
  readonly secondaries: {
    of(primary: ResourceRef): Readonly<Record<string, readonly KubernetesObject[]>>;
  };
}

async function checkIndex<R extends object>(
  { index }: ScenarioExpectation<R>,
  { reconciler, cluster }: ScenarioWorld<R>,
): Promise<readonly string[]> {
  if (index === undefined) return [];
  const { primaryKind } = reconciler as unknown as Partial<HasPrimary>;
  if (primaryKind === undefined || !("secondaries" in reconciler)) {
    return ["index: the reconciler has no secondary index. Apply withSecondaryIndex."];
  }
  const primary = await cluster.get(primaryKind, index.of);
  if (primary === undefined) return [`index: ${primaryKind.kind} ${index.of.name} is missing`];
  const snapshot = (reconciler as unknown as Indexed).secondaries.of(refOf(primaryKind, primary));
  return Object.entries(index.holds).flatMap(([kind, names]) => {
    const found = snapshot[kind]?.map(({ metadata }) => metadata.name).sort();
    const isSame = brief(found) === brief([...names].sort());
    return isSame ? [] : [`index ${kind}: expected ${brief(names)}, found ${brief(found)}`];
  });
}
