// SPDX-License-Identifier: Apache-2.0
// When two different values of a field mean the same to the API server (stage 6: writes).
import type { Kind, KubernetesObject } from "@haversack/core";
import type { Json } from "../json-value.js";
import { isDroppedWhenEmpty, isServerDefault } from "./absent.js";
import { isSameDuration } from "./duration.js";
import { isSameIntOrString } from "./int-or-string.js";
import { isBuiltIn } from "./list-shape.js";
import { isSameQuantity } from "./quantity.js";
import { isSecret } from "../desired.js";
import { isSameBase64 } from "./secret-data.js";

const quantityMaps: ReadonlySet<string> = new Set([
  "limits",
  "requests",
  "capacity",
  "hard",
  "overhead",
  "max",
  "min",
  "default",
  "defaultRequest",
]);
const quantityFields: ReadonlySet<string> = new Set(["sizeLimit", "divisor", "averageValue"]);
const intOrStringFields: ReadonlySet<string> = new Set([
  "targetPort",
  "port",
  "maxSurge",
  "maxUnavailable",
  "minAvailable",
]);
const freeTextMaps: ReadonlySet<string> = new Set([
  "labels",
  "annotations",
  "matchLabels",
  "nodeSelector",
  "parameters",
]);
const durationName = /(duration|timeout|interval|period|renewbefore|ttl|delay)$/i;

/**
 * Whether the server's value of a field is what the declared one means.
 *
 * Quantities, ports and omitted empties are judged by field name for built-in kinds only: in a
 * custom resource or in a ConfigMap's data, `"1"` and `"1.0"` are different texts.
 *
 * **API requests:** 0.
 *
 * @param trail Field names from the object's root, `*` for list items.
 * @param desired `undefined` for a field that is live but not declared.
 * @param live `undefined` for a field that is declared but not live.
 */
export function isEquivalent(
  kind: Kind<KubernetesObject>,
  trail: readonly string[],
  desired: Json | undefined,
  live: Json | undefined,
): boolean {
  if (desired === live || (isAbsent(desired) && isAbsent(live))) return true;
  if (desired === undefined) return isBuiltIn(kind) && isServerDefault(trail, live);
  if (live === undefined) return isBuiltIn(kind) && isDroppedWhenEmpty(trail, desired);
  if (isFreeText(kind, trail)) return false;
  const field = trail[trail.length - 1] ?? "";
  if (durationName.test(field) && isSameDuration(desired, live)) return true;
  if (!isBuiltIn(kind)) return false;
  if (isQuantity(trail)) return isSameQuantity(desired, live);
  if (intOrStringFields.has(field)) return isSameIntOrString(desired, live);
  if (isSecret(kind) && trail[0] === "data") return isSameBase64(desired, live);
  return trail[0] === "binaryData" && isSameBase64(desired, live);
}

function isAbsent(value: Json | undefined): boolean {
  return value === undefined || value === null;
}

function isQuantity(trail: readonly string[]): boolean {
  const field = trail[trail.length - 1] ?? "";
  return quantityFields.has(field) || quantityMaps.has(trail[trail.length - 2] ?? "");
}

/** Maps of free text, whose keys could look like any field name. */
function isFreeText(kind: Kind<KubernetesObject>, trail: readonly string[]): boolean {
  if (trail[0] === "data" && isBuiltIn(kind)) return !isSecret(kind);
  return freeTextMaps.has(trail[trail.length - 2] ?? "");
}
