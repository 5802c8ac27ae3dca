// SPDX-License-Identifier: Apache-2.0
// Defaults of built-in kinds that look at other fields, by resource.
// Source: the API server's versioned defaults (Kubernetes API reference v1.36, "Defaults to …").
import { arrayAt, clone, isObject, objectAt, own, setDefault, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

type Default = (object: JsonObject) => void;

/** Always for images without a tag or with `latest`, else IfNotPresent. */
function pullPolicy(image: string): string {
  const name = image.split("@")[0] ?? "";
  if (image.includes("@")) return "IfNotPresent";
  const tag = name.slice(name.lastIndexOf("/") + 1).split(":")[1];
  return tag === undefined || tag === "latest" ? "Always" : "IfNotPresent";
}

function defaultContainer(container: unknown): void {
  if (!isObject(container)) return;
  const image = stringAt(container, "image");
  if (image !== undefined) setDefault(container, "imagePullPolicy", pullPolicy(image));
}

function defaultVolume(volume: unknown): void {
  if (!isObject(volume)) return;
  const sources = Object.keys(volume).filter((key) => key !== "name");
  if (sources.length === 0) volume["emptyDir"] = {};
}

/** Defaults of a pod spec that its static defaults do not cover. */
function defaultPodSpec(spec: JsonObject | undefined): void {
  if (spec === undefined) return;
  for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
    for (const container of arrayAt(spec, list)) defaultContainer(container);
  }
  for (const volume of arrayAt(spec, "volumes")) defaultVolume(volume);
  const account = stringAt(spec, "serviceAccountName");
  const deprecated = stringAt(spec, "serviceAccount");
  if (account !== undefined) spec["serviceAccount"] = account;
  else if (deprecated !== undefined) spec["serviceAccountName"] = deprecated;
  if (spec["hostNetwork"] === true) defaultHostPorts(spec);
}

function defaultHostPorts(spec: JsonObject): void {
  for (const container of arrayAt(spec, "containers")) {
    for (const port of arrayAt(container, "ports")) {
      if (isObject(port)) setDefault(port, "hostPort", port["containerPort"]);
    }
  }
}

const podTemplate: Default = (object) => {
  defaultPodSpec(objectAt(object, "spec", "template", "spec"));
};

/** A pod itself (not a template) takes requests from limits. */
const pod: Default = (object) => {
  const spec = objectAt(object, "spec");
  defaultPodSpec(spec);
  if (spec === undefined) return;
  setDefault(spec, "enableServiceLinks", true);
  for (const list of ["containers", "initContainers"]) {
    for (const container of arrayAt(spec, list)) {
      const limits = objectAt(container, "resources", "limits");
      const resources = objectAt(container, "resources");
      if (limits === undefined || resources === undefined) continue;
      resources["requests"] = { ...clone(limits), ...objectAt(resources, "requests") };
    }
  }
};

const service: Default = (object) => {
  const spec = objectAt(object, "spec");
  if (spec === undefined) return;
  for (const port of arrayAt(spec, "ports")) {
    if (isObject(port)) setDefault(port, "targetPort", port["port"]);
  }
  if (spec["sessionAffinity"] === "ClientIP") {
    setDefault(spec, "sessionAffinityConfig", { clientIP: { timeoutSeconds: 10_800 } });
  }
  const { type } = spec;
  if (type === "LoadBalancer") setDefault(spec, "allocateLoadBalancerNodePorts", true);
  if (type === "LoadBalancer" || type === "NodePort") {
    setDefault(spec, "externalTrafficPolicy", "Cluster");
  }
  if (type !== "ExternalName") setDefault(spec, "internalTrafficPolicy", "Cluster");
};

const deployment: Default = (object) => {
  const strategy = objectAt(object, "spec", "strategy");
  if (strategy?.["type"] === "RollingUpdate") {
    setDefault(strategy, "rollingUpdate", {});
    const rolling = objectAt(strategy, "rollingUpdate") ?? {};
    setDefault(rolling, "maxUnavailable", "25%");
    setDefault(rolling, "maxSurge", "25%");
  }
  podTemplate(object);
};

const statefulSet: Default = (object) => {
  const strategy = objectAt(object, "spec", "updateStrategy");
  if (strategy?.["type"] === "RollingUpdate") {
    setDefault(strategy, "rollingUpdate", {});
    setDefault(objectAt(strategy, "rollingUpdate") ?? {}, "partition", 0);
  }
  for (const claim of arrayAt(object, "spec", "volumeClaimTemplates")) {
    if (!isObject(claim)) continue;
    setDefault(claim, "apiVersion", "v1");
    setDefault(claim, "kind", "PersistentVolumeClaim");
    setDefault(claim, "status", { phase: "Pending" });
  }
  podTemplate(object);
};

const daemonSet: Default = (object) => {
  const strategy = objectAt(object, "spec", "updateStrategy");
  if (strategy?.["type"] === "RollingUpdate") {
    setDefault(strategy, "rollingUpdate", {});
    const rolling = objectAt(strategy, "rollingUpdate") ?? {};
    setDefault(rolling, "maxUnavailable", 1);
    setDefault(rolling, "maxSurge", 0);
  }
  podTemplate(object);
};

function defaultJobSpec(spec: JsonObject | undefined): void {
  if (spec === undefined) return;
  const { completions, parallelism } = spec;
  if (completions === undefined && parallelism === undefined) spec["completions"] = 1;
  setDefault(spec, "parallelism", 1);
  defaultPodSpec(objectAt(spec, "template", "spec"));
}

const job: Default = (object) => {
  const spec = objectAt(object, "spec");
  defaultJobSpec(spec);
  const labels = objectAt(spec, "template", "metadata", "labels");
  const metadata = objectAt(object, "metadata");
  if (metadata !== undefined && labels !== undefined) setDefault(metadata, "labels", clone(labels));
};

/** Workloads without labels take those of their pod template. */
const templateLabels: Default = (object) => {
  podTemplate(object);
  const labels = objectAt(object, "spec", "template", "metadata", "labels");
  const metadata = objectAt(object, "metadata");
  if (metadata !== undefined && labels !== undefined) setDefault(metadata, "labels", clone(labels));
};

const networkPolicy: Default = (object) => {
  const spec = objectAt(object, "spec");
  if (spec === undefined || own(spec, "policyTypes") !== undefined) return;
  const egress = arrayAt(spec, "egress").length > 0;
  spec["policyTypes"] = egress ? ["Ingress", "Egress"] : ["Ingress"];
};

/** Subjects and roles are named with their group. */
const binding: Default = (object) => {
  const roleRef = objectAt(object, "roleRef");
  if (roleRef !== undefined) setDefault(roleRef, "apiGroup", "rbac.authorization.k8s.io");
  for (const subject of arrayAt(object, "subjects")) {
    if (!isObject(subject) || subject["kind"] === "ServiceAccount") continue;
    setDefault(subject, "apiGroup", "rbac.authorization.k8s.io");
  }
};

const customResourceDefinition: Default = (object) => {
  const names = objectAt(object, "spec", "names");
  const kind = stringAt(names, "kind");
  if (names === undefined || kind === undefined) return;
  setDefault(names, "singular", kind.toLowerCase());
  if (kind !== "") setDefault(names, "listKind", `${kind}List`);
};

const byResource: Readonly<Record<string, Default>> = {
  pods: pod,
  podtemplates: (object) => defaultPodSpec(objectAt(object, "template", "spec")),
  replicationcontrollers: templateLabels,
  services: service,
  "deployments.apps": deployment,
  "statefulsets.apps": statefulSet,
  "replicasets.apps": templateLabels,
  "daemonsets.apps": daemonSet,
  "jobs.batch": job,
  "cronjobs.batch": (object) => defaultJobSpec(objectAt(object, "spec", "jobTemplate", "spec")),
  "networkpolicies.networking.k8s.io": networkPolicy,
  "rolebindings.rbac.authorization.k8s.io": binding,
  "clusterrolebindings.rbac.authorization.k8s.io": binding,
  "customresourcedefinitions.apiextensions.k8s.io": customResourceDefinition,
};

/** The computed defaults of a resource, if it has any. */
export function defaultsOf(storageKey: string): Default | undefined {
  return byResource[storageKey];
}
