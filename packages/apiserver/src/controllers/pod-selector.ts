// SPDX-License-Identifier: Apache-2.0
// Label selectors of objects (matchLabels and matchExpressions) over the labels of other objects.
import { arrayAt, isObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

function meets(requirement: unknown, labels: JsonObject): boolean {
  const value = own(labels, stringAt(requirement, "key") ?? "");
  const isListed = arrayAt(requirement, "values").includes(value);
  switch (stringAt(requirement, "operator")) {
    case "In":
      return value !== undefined && isListed;
    case "NotIn":
      return value === undefined || !isListed;
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/** Whether the selector selects the object. One that is absent selects nothing, an empty one all. */
export function selects(selector: unknown, object: JsonObject): boolean {
  if (!isObject(selector)) return false;
  const labels = objectAt(object, "metadata", "labels") ?? {};
  const wanted = objectAt(selector, "matchLabels") ?? {};
  return (
    Object.keys(wanted).every((key) => own(labels, key) === wanted[key]) &&
    arrayAt(selector, "matchExpressions").every((requirement) => meets(requirement, labels))
  );
}
