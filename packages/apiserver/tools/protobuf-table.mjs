// SPDX-License-Identifier: Apache-2.0
// Writes src/http/protobuf-{core,group}-types.ts, the field numbers of the built-in kinds, from the Go
// types of k8s.io/api and k8s.io/apimachinery (Debian: golang-k8s-api-dev, golang-k8s-apimachinery-dev).
// Usage: node tools/protobuf-table.mjs FOLDER-WITH-k8s.io
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(process.argv[2], "k8s.io");

/** Go packages by the name that other packages import them under. */
const packages = {
  metav1: "apimachinery/pkg/apis/meta/v1",
  corev1: "api/core/v1",
  appsv1: "api/apps/v1",
  batchv1: "api/batch/v1",
  policyv1: "api/policy/v1",
  autoscalingv1: "api/autoscaling/v1",
  autoscalingv2: "api/autoscaling/v2",
  coordinationv1: "api/coordination/v1",
  discoveryv1: "api/discovery/v1",
  eventsv1: "api/events/v1",
  networkingv1: "api/networking/v1",
  rbacv1: "api/rbac/v1",
  storagev1: "api/storage/v1",
  schedulingv1: "api/scheduling/v1",
  authorizationv1: "api/authorization/v1",
  authenticationv1: "api/authentication/v1",
};
const aliases = { v1: "corev1", apiv1: "corev1" };

/** The kinds that the server takes, by the package they are in. */
const kinds = {
  corev1:
    "ConfigMap Secret Namespace Service ServiceAccount Pod PersistentVolumeClaim PersistentVolume " +
    "Node Event Endpoints PodTemplate ReplicationController ResourceQuota LimitRange Binding",
  appsv1: "Deployment StatefulSet ReplicaSet DaemonSet ControllerRevision",
  batchv1: "Job CronJob",
  policyv1: "PodDisruptionBudget Eviction",
  autoscalingv1: "Scale",
  autoscalingv2: "HorizontalPodAutoscaler",
  coordinationv1: "Lease",
  discoveryv1: "EndpointSlice",
  eventsv1: "Event",
  networkingv1: "Ingress IngressClass NetworkPolicy",
  rbacv1: "Role RoleBinding ClusterRole ClusterRoleBinding",
  storagev1: "StorageClass",
  schedulingv1: "PriorityClass",
  authorizationv1:
    "SubjectAccessReview SelfSubjectAccessReview LocalSubjectAccessReview SelfSubjectRulesReview",
  authenticationv1: "TokenReview TokenRequest SelfSubjectReview",
};

const sources = new Map();
function sourceOf(name) {
  if (!sources.has(name)) {
    if (packages[name] === undefined) throw new Error(`no package ${name}`);
    const path = join(root, packages[name]);
    const files = ["types.go"];
    sources.set(name, files.map((file) => readFileSync(join(path, file), "utf8")).join("\n"));
  }
  return sources.get(name);
}

const primitives = { string: "string", bool: "bool", float64: "double" };
for (const type of ["int", "int32", "int64", "uint32"]) primitives[type] = "int";
const special = {
  "metav1.Time": "Time",
  "metav1.MicroTime": "MicroTime",
  "metav1.FieldsV1": "FieldsV1",
  "resource.Quantity": "Quantity",
  "intstr.IntOrString": "IntOrString",
  "runtime.RawExtension": "RawExtension",
};

const lines = new Map();
const groups = {
  metav1: "meta",
  corev1: "v1",
  coordinationv1: "coordination.k8s.io/v1",
  discoveryv1: "discovery.k8s.io/v1",
  eventsv1: "events.k8s.io/v1",
  networkingv1: "networking.k8s.io/v1",
  rbacv1: "rbac.authorization.k8s.io/v1",
  storagev1: "storage.k8s.io/v1",
  schedulingv1: "scheduling.k8s.io/v1",
  authorizationv1: "authorization.k8s.io/v1",
  authenticationv1: "authentication.k8s.io/v1",
};
const nameOf = (from, type) => `${groups[from] ?? from.replace(/v(\d)$/, "/v$1")}.${type}`;

/** The table's word for a Go type. */
function word(from, type) {
  if (type.startsWith("*")) return word(from, type.slice(1));
  if (type === "[]byte") return "bytes";
  if (type.startsWith("[]")) return `[${word(from, type.slice(2))}]`;
  const map = /^map\[[^\]]+\](.*)$/.exec(type);
  if (map) return `{${word(from, map[1])}}`;
  if (primitives[type]) return primitives[type];
  const [home, bare] = type.includes(".")
    ? [aliases[type.split(".")[0]] ?? type.split(".")[0], type.split(".")[1]]
    : [from, type];
  const fixed = special[`${home}.${bare}`];
  if (fixed) return fixed;
  if (home === "types") return "string";
  const text = sourceOf(home);
  if (new RegExp(`^type ${bare} struct \\{`, "m").test(text)) {
    addStruct(home, bare);
    return nameOf(home, bare);
  }
  const alias = new RegExp(`^type ${bare} (\\S+)`, "m").exec(text)?.[1];
  if (alias === undefined) throw new Error(`no type ${home}.${bare}`);
  // A list with a name of its own is a message around the list.
  if (alias.startsWith("[]")) {
    lines.set(nameOf(home, bare), [`1:*:${word(home, alias)}`]);
    return nameOf(home, bare);
  }
  return word(home, alias);
}

function addStruct(from, type) {
  const name = nameOf(from, type);
  if (lines.has(name)) return;
  const fields = [];
  lines.set(name, fields);
  const begin = new RegExp(`^type ${type} struct \\{\n`, "m").exec(sourceOf(from));
  const body = sourceOf(from).slice(begin.index + begin[0].length);
  for (const line of body.slice(0, body.search(/^\}/m)).split("\n")) {
    const field = /^\s*(?:(\w+)\s+)?([\w.*[\]]+)\s+`(.*)`/.exec(line);
    if (!field) continue;
    const [, , goType, tags] = field;
    const [jsonName, ...options] = (/json:"([^"]*)"/.exec(tags)?.[1] ?? "").split(",");
    const protobuf = /protobuf:"([^"]*)"/.exec(tags)?.[1].split(",");
    if (protobuf === undefined || jsonName === "-") continue;
    const [, number] = protobuf;
    const isInline = options.includes("inline");
    const isDropped = options.includes("omitempty") && !/^[*[]|^map/.test(goType);
    const typeWord = word(from, goType);
    // An embedded message: its fields belong to the message around it.
    fields.push(`${number}:${isInline ? "" : jsonName}:${typeWord}${isDropped ? "!" : ""}`);
  }
}

for (const [name, list] of Object.entries(kinds)) {
  for (const kind of list.split(" ")) word(name, kind);
}
word("metav1", "DeleteOptions");
const fixed = [
  "Unknown 1:typeMeta:TypeMeta 2:raw:raw 3:contentEncoding:string 4:contentType:string",
  "TypeMeta 1:apiVersion:string 2:kind:string",
  "Time 1:seconds:int 2:nanos:int",
];
// Lines are broken at 100 columns; a line that begins with a space goes on with the one before.
function broken(text) {
  const result = [];
  let line = "";
  for (const part of text.split(" ")) {
    if (line !== "" && line.length + part.length + 1 > 100) {
      result.push(line);
      line = ` ${part}`;
    } else line = line === "" ? part : `${line} ${part}`;
  }
  return [...result, line];
}
function write(file, what, chosen) {
  const table = [...lines]
    .filter(([name]) => /^v1\./.test(name) === (file === "core"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, fields]) => broken([name, ...fields].join(" ")));
  writeFileSync(
    new URL(`../src/http/protobuf-${file}-types.ts`, import.meta.url),
    `// SPDX-License-Identifier: Apache-2.0
// Field numbers of ${what} in protobuf, as data; read by protobuf-table.ts. Made by
// tools/protobuf-table.mjs from the Go types of Kubernetes v1.36 (The Kubernetes Authors, Apache-2.0).

export const ${file}Types: string = \`
${[...chosen, ...table].join("\n")}
\`;
`,
  );
}
write("core", "the core group", []);
write("group", "metadata and the other groups", fixed);
