// SPDX-License-Identifier: Apache-2.0
// POST to pods/binding and pods/eviction: giving a pod a node, and asking it to leave one.
import { budgetKey } from "../controllers/disruption.js";
import { isFinished, isReady, isTerminating } from "../controllers/owned-objects.js";
import { selects } from "../controllers/pod-selector.js";
import type { ServerCore } from "../core.js";
import { secondsTime } from "../clock.js";
import { arrayAt, getIn, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { resourceSubject } from "../kinds/resource-type.js";
import { badRequest, conflict, notFound, StatusError } from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import { deleteObject, readDeleteOptions } from "../write/delete.js";
import { updateObject } from "../write/pipeline.js";
import type { ApiResponse } from "./api-request.js";
import { writeRequestOf } from "./call.js";
import type { ResourceCall } from "./call.js";
import { plainResponse } from "./read-verbs.js";
import { readSubresource } from "./write-verbs.js";

/** Subresources of pods that are only ever created. */
export const podSubresources: readonly string[] = ["binding", "eviction"];

const success = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

/** Carries out a POST to `pods/binding` or `pods/eviction`. */
export async function handlePodSubresource(
  core: ServerCore,
  call: ResourceCall,
): Promise<ApiResponse> {
  const { path, type } = call;
  const isBinding = path.subresource === "binding";
  const body = await readSubresource(call, isBinding ? "Binding" : "Eviction");
  const name = path.name ?? "";
  const stored = core.store.get(type.storageKey, keyOf(path.namespace, name));
  if (stored === undefined) throw notFound(resourceSubject(type), name);
  const named = stringAt(body, "metadata", "name") ?? name;
  if (named !== name) {
    throw badRequest(
      `name in URL does not match name in ${isBinding ? "Binding" : "Eviction"} object`,
    );
  }
  if (isBinding) bind(core, call, stored.value, body);
  else evict(core, call, stored.value, body);
  return plainResponse(call, 201, success);
}

function bind(core: ServerCore, call: ResourceCall, pod: JsonObject, body: JsonObject): void {
  const name = call.path.name ?? "";
  const node = stringAt(body, "target", "name") ?? "";
  const refuse = (why: string): never => {
    throw conflict({ group: "", word: "pods/binding" }, name, why);
  };
  if (node === "") throw badRequest("target.name: Required value");
  if (isTerminating(pod)) refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  const present = stringAt(pod, "spec", "nodeName") ?? "";
  if (present !== "") refuse(`pod ${name} is already assigned to node "${present}"`);
  const write = writeRequestOf(call);
  const options = { isPut: false };
  const withNode = (current: JsonObject): JsonObject => ({
    ...current,
    metadata: {
      ...objectAt(current, "metadata"),
      annotations: {
        ...objectAt(current, "metadata", "annotations"),
        ...objectAt(body, "metadata", "annotations"),
      },
    },
    spec: { ...objectAt(current, "spec"), nodeName: node },
  });
  updateObject(core, { ...write, subresource: "" }, withNode, options);
  const time = secondsTime(core.clock.nowMs());
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: time,
  };
  const withCondition = (current: JsonObject): JsonObject => {
    const others = arrayAt(current, "status", "conditions").filter(
      (item) => stringAt(item, "type") !== "PodScheduled",
    );
    const conditions = [...others, scheduled];
    return { ...current, status: { ...objectAt(current, "status"), conditions } };
  };
  updateObject(core, { ...write, subresource: "status" }, withCondition, options);
}

const violated = "Cannot evict pod as it would violate the pod's disruption budget.";

function tooManyRequests(message: string, retryAfterSeconds?: number): StatusError {
  return new StatusError(429, "TooManyRequests", violated, {
    causes: [{ reason: "DisruptionBudget", message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function evict(core: ServerCore, call: ResourceCall, pod: JsonObject, body: JsonObject): void {
  const { path, request } = call;
  const write = { ...writeRequestOf(call), subresource: "" };
  const budgets = needsNoBudget(pod)
    ? []
    : core.store
        .list(budgetKey, path.namespace)
        .filter(({ value }) => selects(getIn(value, "spec", "selector"), pod));
  if (budgets.length > 1) {
    const why =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not " +
      "support.";
    throw new StatusError(500, "InternalError", `Internal error occurred: ${why}`, {});
  }
  const [budget] = budgets;
  const options = readDeleteOptions(objectAt(body, "deleteOptions") ?? {}, request.query);
  const asked = arrayAt(body, "deleteOptions", "dryRun").includes("All");
  const dryRun = write.dryRun || asked;
  if (budget !== undefined && takesOne(budget.value, pod) && !dryRun) {
    spend(core, budget.key, path.name ?? "");
  }
  deleteObject(core, { ...write, dryRun }, options);
}

/** Pods that do no work: their going disturbs nothing. */
function needsNoBudget(pod: JsonObject): boolean {
  return isFinished(pod) || isTerminating(pod) || stringAt(pod, "status", "phase") === "Pending";
}

/** Whether the budget pays for the pod. @throws {@link StatusError} 429 when it cannot. */
function takesOne(budget: JsonObject, pod: JsonObject): boolean {
  const name = stringAt(budget, "metadata", "name") ?? "";
  const count = (field: string): number => Number(getIn(budget, "status", field) ?? 0);
  if (!isReady(pod)) {
    const policy = getIn(budget, "spec", "unhealthyPodEvictionPolicy");
    const isCovered =
      count("desiredHealthy") > 0 && count("currentHealthy") >= count("desiredHealthy");
    if (policy === "AlwaysAllow" || isCovered) return false;
  }
  if (count("observedGeneration") < Number(getIn(budget, "metadata", "generation") ?? 0)) {
    throw tooManyRequests(
      `The disruption budget ${name} is still being processed by the server.`,
      10,
    );
  }
  if (count("disruptionsAllowed") > 0) return true;
  throw tooManyRequests(
    `The disruption budget ${name} needs ${count("desiredHealthy")} healthy pods and has ` +
      `${count("currentHealthy")} currently`,
  );
}

/** Takes one disruption from the budget, so that the next eviction sees it. */
function spend(core: ServerCore, key: string, pod: string): void {
  const type = core.registry.find("policy/v1", "poddisruptionbudgets");
  const [namespace, name] = key.split("/");
  if (type === undefined) return;
  const request = {
    type,
    namespace,
    name,
    subresource: "status",
    dryRun: false,
    fieldManager: "kube-apiserver",
    fieldValidation: "Ignore",
    warnings: [],
  } as const;
  updateObject(
    core,
    { ...request, warnings: [] },
    (current) => {
      const status = objectAt(current, "status") ?? {};
      const disruptedPods = {
        ...objectAt(status, "disruptedPods"),
        [pod]: secondsTime(core.clock.nowMs()),
      };
      const left = Number(own(status, "disruptionsAllowed") ?? 0) - 1;
      return { ...current, status: { ...status, disruptionsAllowed: left, disruptedPods } };
    },
    { isPut: false },
  );
}
