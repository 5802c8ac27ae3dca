// SPDX-License-Identifier: Apache-2.0
// What the operator refuses in the description of any kind of pod: time to end, quantities, budgets (F1; stage 5).
import { isJsonObject, type Json, type JsonObject } from "../json.js";
import { canonicalQuantity } from "../quantity.js";
import type { PodOptions, PsmdbSpec } from "../types.js";
import { when } from "./problem.js";

const smallestSafeGracePeriodSeconds = 30;

/** Problems of what voting members, arbiters, nonvoting, hidden members and routers can all be told. */
export function podProblems(spec: PsmdbSpec, pods: PodOptions, where: string): readonly string[] {
  return [
    ...graceProblems(spec, pods, where),
    ...resourceProblems(pods.resources, `${where}: resources`),
    ...sidecarProblems(pods, where),
    ...budgetProblems(pods.podDisruptionBudget, where),
  ];
}

/** Quantities that are none, in `requests` and `limits`; the API server would refuse every pod. */
export function resourceProblems(
  resources: JsonObject | undefined,
  where: string,
): readonly string[] {
  return ["requests", "limits"].flatMap((part) => {
    const quantities = resources?.[part];
    if (quantities === undefined || quantities === null) return [];
    if (!isJsonObject(quantities))
      return [`${where}.${part} is no mapping. Write one quantity per resource, as in cpu: 500m`];
    return Object.entries(quantities).flatMap(([name, value]) =>
      quantityProblems(value, `${where}.${part}.${name}`),
    );
  });
}

/** A quantity that is none. */
export function quantityProblems(value: Json | undefined, where: string): readonly string[] {
  return when(
    !isQuantity(value),
    `${where} is ${JSON.stringify(value)}, which is no quantity. Write a number with an optional unit, as in 500m, 1Gi or 0.5G`,
  );
}

function isQuantity(value: Json | undefined): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  try {
    canonicalQuantity(value);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function graceProblems(spec: PsmdbSpec, pods: PodOptions, where: string): readonly string[] {
  const seconds = pods.terminationGracePeriodSeconds;
  return when(
    seconds !== undefined &&
      seconds < smallestSafeGracePeriodSeconds &&
      spec.unsafeFlags?.terminationGracePeriod !== true,
    `${where} gives pods ${seconds} s to end. Give at least ${smallestSafeGracePeriodSeconds}, or set spec.unsafeFlags.terminationGracePeriod`,
  );
}

function sidecarProblems(pods: PodOptions, where: string): readonly string[] {
  const containers = (pods.sidecars ?? []).flatMap((sidecar, index) => {
    const place = `${where}: sidecars[${index}]`;
    const { name, resources } = sidecar;
    return [
      ...when(typeof name !== "string" || name === "", `${place} has no name. Name the container`),
      ...resourceProblems(isJsonObject(resources) ? resources : undefined, `${place}.resources`),
    ];
  });
  const claims = (pods.sidecarPVCs ?? []).flatMap((claim, index) => {
    const spec = isJsonObject(claim["spec"]) ? claim["spec"] : {};
    const resources = isJsonObject(spec["resources"]) ? spec["resources"] : undefined;
    return resourceProblems(resources, `${where}: sidecarPVCs[${index}].spec.resources`);
  });
  return [...containers, ...claims];
}

function budgetProblems(budget: JsonObject | undefined, where: string): readonly string[] {
  return when(
    budget?.["minAvailable"] !== undefined && budget["maxUnavailable"] !== undefined,
    `${where}: podDisruptionBudget has both minAvailable and maxUnavailable. Keep one of them`,
  );
}
