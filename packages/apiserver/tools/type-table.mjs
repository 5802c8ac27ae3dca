// SPDX-License-Identifier: Apache-2.0
// Writes src/kinds/types/*.ts, the compact field table of the built-in kinds, from Kubernetes' own
// OpenAPI definitions (JSON Schema form, `$defs` or `definitions` by full type name).
// Usage: node tools/type-table.mjs definitions.json
import { readFileSync, writeFileSync } from "node:fs";

const text = JSON.parse(readFileSync(process.argv[2], "utf8"));
const definitions = text.$defs ?? text.definitions ?? text;

/** Which root types are wanted, by the file their group goes to. */
const roots = {
  core: "ConfigMap Secret Namespace Service ServiceAccount Pod PersistentVolumeClaim PersistentVolume Node Event Endpoints PodTemplate ReplicationController ResourceQuota LimitRange Binding"
    .split(" ")
    .map((name) => `io.k8s.api.core.v1.${name}`),
  workloads: [
    ..."Deployment StatefulSet ReplicaSet DaemonSet ControllerRevision"
      .split(" ")
      .map((name) => `io.k8s.api.apps.v1.${name}`),
    "io.k8s.api.batch.v1.Job",
    "io.k8s.api.batch.v1.CronJob",
    "io.k8s.api.autoscaling.v1.Scale",
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    "io.k8s.api.policy.v1.PodDisruptionBudget",
    "io.k8s.api.policy.v1.Eviction",
  ],
  cluster: [
    "io.k8s.api.coordination.v1.Lease",
    "io.k8s.api.discovery.v1.EndpointSlice",
    "io.k8s.api.events.v1.Event",
    ..."Ingress IngressClass NetworkPolicy"
      .split(" ")
      .map((name) => `io.k8s.api.networking.v1.${name}`),
    ..."Role RoleBinding ClusterRole ClusterRoleBinding"
      .split(" ")
      .map((name) => `io.k8s.api.rbac.v1.${name}`),
    "io.k8s.api.storage.v1.StorageClass",
    "io.k8s.api.scheduling.v1.PriorityClass",
    ..."SubjectAccessReview SelfSubjectAccessReview LocalSubjectAccessReview SelfSubjectRulesReview"
      .split(" ")
      .map((name) => `io.k8s.api.authorization.v1.${name}`),
    "io.k8s.api.authentication.v1.TokenReview",
    "io.k8s.api.authentication.v1.SelfSubjectReview",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  ],
};

const scalars = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "intstr",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "microtime",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
};

const refOf = (schema) => {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref ?? schema.oneOf?.find((s) => s.$ref)?.$ref;
  return ref?.split("/").pop();
};
const isAny = (full) => /apiextensions\.v1\.JSON/.test(full);
const owner = new Map();
const lines = { meta: [], core: [], workloads: [], cluster: [] };

const shortName = (full) => {
  const parts = full.split(".");
  const name = parts.at(-1);
  const taken = owner.get(name);
  if (taken === undefined || taken === full) {
    owner.set(name, full);
    return name;
  }
  return `${parts.at(-3)}.${parts.at(-2)}.${name}`;
};

const seen = new Set();
const queue = [];
const want = (full, file) => {
  const target = full.includes("apimachinery") ? "meta" : file;
  if (!seen.has(full)) {
    seen.add(full);
    queue.push([full, target]);
  }
  return shortName(full);
};

const typeOf = (schema, file) => {
  const ref = refOf(schema);
  if (ref !== undefined) {
    if (scalars[ref]) return scalars[ref];
    if (isAny(ref) && !/JSONSchemaProps$/.test(ref)) return "any";
    if (/JSONSchemaProps$/.test(ref)) return "any";
    return want(ref, file);
  }
  const type = Array.isArray(schema.type) ? schema.type.find((t) => t !== "null") : schema.type;
  if (type === "array") {
    const inner = typeOf(schema.items ?? {}, file);
    const list = schema["x-kubernetes-list-type"];
    const keys = schema["x-kubernetes-list-map-keys"];
    const merge = schema["x-kubernetes-patch-strategy"];
    let mark = list === "set" ? "=set" : list === "map" ? `=${keys.join(",")}` : "";
    if (merge) mark += `~${schema["x-kubernetes-patch-merge-key"] ?? ""}`;
    return `[${inner}]${mark}`;
  }
  if (type === "object") {
    if (schema.additionalProperties) {
      const atomic = schema["x-kubernetes-map-type"] === "atomic" ? "=atomic" : "";
      return `{${typeOf(schema.additionalProperties, file)}}${atomic}`;
    }
    return "any";
  }
  if (type === "string") return schema.format === "byte" ? "bytes" : "string";
  if (type === "integer") return schema.format === "int64" ? "int64" : "int32";
  if (type === "number") return "number";
  if (type === "boolean") return "bool";
  return "any";
};

const wrap = (head, fields) => {
  const out = [];
  let line = head;
  for (const field of fields) {
    if (line.length + field.length + 1 > 99) {
      out.push(line);
      line = " ";
    }
    line += ` ${field}`;
  }
  out.push(line);
  return out;
};

const emit = (full, file) => {
  const schema = definitions[full];
  const required = new Set(schema.required ?? []);
  const atomic = schema["x-kubernetes-map-type"] === "atomic" ? "*" : "";
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== "apiVersion" || !schema["x-kubernetes-group-version-kind"])
    .map(([name, field]) => {
      const strategy = field["x-kubernetes-patch-strategy"] ?? "";
      const retain = strategy.includes("retainKeys") ? "%" : "";
      return `${name}${required.has(name) ? "!" : ""}:${typeOf(field, file)}${retain}`;
    });
  lines[file].push([shortName(full), wrap(atomic + shortName(full), fields)]);
};

// The plain names go to the groups that everybody means by them.
for (const full of ["io.k8s.api.core.v1.Event", "io.k8s.api.core.v1.EndpointPort"]) shortName(full);
for (const [file, names] of Object.entries(roots)) for (const full of names) want(full, file);
while (queue.length > 0) emit(...queue.shift());

const title = {
  meta: "metadata and option types",
  core: "the core group",
  workloads: "apps, batch, autoscaling and policy",
  cluster: "coordination, discovery, events, networking, rbac, storage and the review kinds",
};
for (const [file, list] of Object.entries(lines)) {
  list.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const body = list.flatMap(([, wrapped]) => wrapped);
  const half = body.length > 380 ? 2 : 1;
  const size = Math.ceil(list.length / half);
  for (let part = 0; part < half; part++) {
    const name = part === 0 ? file : `${file}-more`;
    const source = list.slice(part * size, (part + 1) * size).flatMap(([, wrapped]) => wrapped);
    const output = `// SPDX-License-Identifier: Apache-2.0
// Field table of ${title[file]}${part ? " (second half)" : ""}, as data; read by parse-types.ts. Made by tools/type-table.mjs
// from the Kubernetes v1.36 OpenAPI description (The Kubernetes Authors, Apache-2.0).

export const ${name.replace(/-m/, "M")}Types: string = \`
${source.join("\n")}
\`;
`;
    writeFileSync(new URL(`../src/kinds/types/${name}.ts`, import.meta.url), output);
  }
}
