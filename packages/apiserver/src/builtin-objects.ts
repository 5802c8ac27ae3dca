// SPDX-License-Identifier: Apache-2.0
// Objects that every cluster has from its first moment.
import type { ServerCore } from "./core.js";
import type { JsonObject } from "./json.js";
import { keyOf } from "./store/object-store.js";
import { createObject } from "./write/pipeline.js";
import type { WriteRequest } from "./write/write-request.js";

function create(core: ServerCore, apiVersion: string, plural: string, body: JsonObject): void {
  const type = core.registry.find(apiVersion, plural);
  if (type === undefined) throw new Error(`No built-in resource ${plural} in ${apiVersion}.`);
  const metadata = body["metadata"] as { name: string; namespace?: string };
  // An earlier life of the server made it already.
  if (core.store.get(type.storageKey, keyOf(metadata.namespace, metadata.name))) return;
  const request: WriteRequest = {
    type,
    namespace: metadata.namespace,
    name: metadata.name,
    subresource: "",
    dryRun: false,
    fieldManager: "kube-apiserver",
    fieldValidation: "Strict",
    warnings: [],
  };
  createObject(core, request, { apiVersion, kind: type.kind, ...body });
}

/** Creates the standard namespaces, the `kubernetes` Service and the roles of administrators. */
export function createBuiltinObjects(core: ServerCore): void {
  for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) {
    create(core, "v1", "namespaces", { metadata: { name } });
  }
  create(core, "v1", "services", {
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: "10.96.0.1",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    },
  });
  const rules = [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ];
  const rbac = "rbac.authorization.k8s.io/v1";
  create(core, rbac, "clusterroles", { metadata: { name: "cluster-admin" }, rules });
  create(core, rbac, "clusterrolebindings", {
    metadata: { name: "cluster-admin" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:masters" }],
  });
}
