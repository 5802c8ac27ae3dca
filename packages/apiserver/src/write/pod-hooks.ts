// SPDX-License-Identifier: Apache-2.0
// New pods: what admission adds (tolerations, priority) and the class of service they get.
import { arrayAt, ensureObject, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

/** How long pods stay on a node that is not well. Source: DefaultTolerationSeconds admission. */
const tolerationSeconds = 300;

function tolerate(spec: JsonObject): void {
  const tolerations = [...arrayAt(spec, "tolerations")];
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const isTolerated = tolerations.some((toleration) => {
      const ofKey = stringAt(toleration, "key") ?? "";
      const ofEffect = stringAt(toleration, "effect") ?? "";
      return (ofKey === key || ofKey === "") && (ofEffect === "NoExecute" || ofEffect === "");
    });
    if (isTolerated) continue;
    tolerations.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds });
  }
  spec["tolerations"] = tolerations;
}

const computed = ["cpu", "memory"];

/** Guaranteed when every container limits cpu and memory and asks for no less; BestEffort without any. */
export function classOfService(pod: JsonObject): string {
  const containers = [
    ...arrayAt(pod, "spec", "containers"),
    ...arrayAt(pod, "spec", "initContainers"),
  ];
  let isAny = false;
  let isGuaranteed = containers.length > 0;
  for (const container of containers) {
    const requests = objectAt(container, "resources", "requests") ?? {};
    const limits = objectAt(container, "resources", "limits") ?? {};
    for (const name of computed) {
      const limit = own(limits, name);
      const request = own(requests, name) ?? limit;
      if (request !== undefined) isAny = true;
      if (limit === undefined || request !== limit) isGuaranteed = false;
    }
  }
  if (!isAny) return "BestEffort";
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

/** Completes a new pod. */
export function admitPod(pod: JsonObject): void {
  const spec = ensureObject(pod, "spec");
  tolerate(spec);
  spec["priority"] ??= 0;
  spec["preemptionPolicy"] ??= "PreemptLowerPriority";
  pod["status"] = { phase: "Pending", qosClass: classOfService(pod) };
}
