// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.4, rules of single kinds: Services, Secrets, claims, roles and the rest.
import * as o from "../objects.js";
import {
  edited,
  mergePatch,
  post,
  probe,
  put,
  setUp,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const ports = [{ port: 80 }];
const svc = (spec: Record<string, unknown>): RequestStep => post("svc", o.service("a", { spec }));
const pvcSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const specOf = (body: unknown): unknown => {
  const { kind, spec } = body as { kind: string; spec?: unknown };
  return kind === "Status" ? body : spec;
};

export const kinds: ProbeSection = {
  id: "kinds",
  title: "Rules and defaults of other kinds",
  probes: [
    probe("defaults of a Service", svc({ ports, selector: { a: "b" } })),
    probe("a headless Service", svc({ ports, clusterIP: "None" })),
    probe("a Service with a node port", svc({ ports, type: "NodePort" })),
    probe("an external name", svc({ type: "ExternalName", externalName: "example.com" })),
    probe(
      "bad values of a Service",
      svc({ type: "Nope", ports }),
      svc({ ports: [] }),
      svc({ ports: [{ port: 0 }] }),
      svc({ ports: [{ port: 80 }, { port: 81 }] }),
      svc({
        ports: [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ],
      }),
      svc({ ports: [{ port: 80, protocol: "X" }] }),
      svc({ type: "ExternalName" }),
      svc({ ports: [{ port: 80, nodePort: 30999 }] }),
      svc({ type: "NodePort", ports: [{ port: 80, nodePort: 1 }] }),
      svc({ ports, clusterIP: "1.2.3.4.5" }),
      svc({ ports, sessionAffinity: "Nope" }),
    ),
    probe("an address outside the range", svc({ ports, clusterIP: "192.168.1.1" })),
    probe(
      "a node port that is taken",
      svc({ type: "NodePort", ports: [{ port: 80, nodePort: 30555 }] }),
      post(
        "svc",
        o.service("b", { spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30555 }] } }),
      ),
    ),
    probe(
      "a Service's address does not change",
      setUp(post("svc", o.service("a", { spec: { ports } }), { as: "a" })),
      mergePatch(
        "svc/a",
        { spec: { clusterIP: "10.0.0.99" } },
        { pick: (body) => (body as { reason?: string; details?: unknown }).details },
      ),
      put("svc/a", edited("a", {}, "spec.clusterIP", "spec.clusterIPs"), { pick: specOf }),
      mergePatch("svc/a", { spec: { type: "NodePort" } }, { pick: specOf }),
      mergePatch("svc/a", { spec: { type: "ClusterIP" } }, { pick: specOf }),
    ),
    probe(
      "a Secret's stringData",
      post("secret", o.secret("a", { stringData: { k: "v" }, data: { k: "eA==", l: "eQ==" } })),
      mergePatch("secret/a", { stringData: { l: "z" } }),
    ),
    probe(
      "a Secret's type",
      setUp(post("secret", o.secret("a"))),
      mergePatch("secret/a", { type: "example.com/x" }),
    ),
    probe(
      "types of Secrets",
      post("secret", o.secret("a", { type: "kubernetes.io/tls" })),
      post(
        "secret",
        o.secret("b", { type: "kubernetes.io/tls", stringData: { "tls.crt": "", "tls.key": "" } }),
      ),
      post("secret", o.secret("c", { type: "kubernetes.io/basic-auth" })),
      post(
        "secret",
        o.secret("d", {
          type: "kubernetes.io/dockerconfigjson",
          stringData: { ".dockerconfigjson": "nope" },
        }),
      ),
      post("secret", o.secret("e", { type: "kubernetes.io/ssh-auth" })),
      post("secret", o.secret("f", { type: "kubernetes.io/service-account-token" })),
    ),
    probe(
      "keys of a Secret",
      post("secret", o.secret("a", { stringData: { "a b": "" } })),
      post("secret", o.secret("a", { data: { k: "not base64!" } })),
    ),
    probe(
      "a PersistentVolumeClaim",
      post("pvc", o.claim("a", { spec: pvcSpec })),
      mergePatch("pvc/a", { spec: { accessModes: ["ReadOnlyMany"] } }),
      mergePatch("pvc/a", { spec: { resources: { requests: { storage: "2Gi" } } } }),
    ),
    probe(
      "bad values of a PersistentVolumeClaim",
      post("pvc", o.claim("a", { spec: {} })),
      post("pvc", o.claim("a", { spec: { ...pvcSpec, accessModes: ["Nope"] } })),
      post(
        "pvc",
        o.claim("a", { spec: { ...pvcSpec, resources: { requests: { storage: "0" } } } }),
      ),
      post(
        "pvc",
        o.claim("a", { spec: { ...pvcSpec, resources: { requests: { storage: "x" } } } }),
      ),
    ),
    probe(
      "a PersistentVolume",
      post("pv", {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "{ns}" },
        spec: {
          capacity: { storage: "1Gi" },
          accessModes: ["ReadWriteOnce"],
          hostPath: { path: "/x" },
        },
      }),
      post("pv", {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "{ns}-b" },
        spec: {},
      }),
    ),
    probe(
      "a Role",
      post("role", o.role("a", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: [] }] })),
      post("role", o.role("b", { rules: [{ verbs: ["get"] }] })),
      post("role", o.role("c", { rules: [{ nonResourceURLs: ["/x"], verbs: ["get"] }] })),
    ),
    probe(
      "a RoleBinding",
      post(
        "rb",
        o.roleBinding("a", {
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
          subjects: [
            { kind: "User", name: "u" },
            { kind: "ServiceAccount", name: "s", namespace: "x" },
          ],
        }),
      ),
      mergePatch("rb/a", { roleRef: { name: "other" } }),
      post("rb", o.roleBinding("b", { roleRef: { kind: "Nope", name: "" } })),
      post(
        "rb",
        o.roleBinding("c", {
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
          subjects: [
            { kind: "Nope", name: "u" },
            { kind: "ServiceAccount", name: "s" },
          ],
        }),
      ),
    ),
    probe(
      "an Ingress",
      post(
        "ing",
        o.ingress("a", {
          spec: {
            rules: [
              {
                host: "a.example.com",
                http: {
                  paths: [
                    {
                      path: "/",
                      pathType: "Prefix",
                      backend: { service: { name: "s", port: { number: 80 } } },
                    },
                  ],
                },
              },
            ],
          },
        }),
      ),
      post("ing", o.ingress("b", { spec: {} })),
      post(
        "ing",
        o.ingress("c", { spec: { rules: [{ http: { paths: [{ path: "x", backend: {} }] } }] } }),
      ),
    ),
    probe(
      "a NetworkPolicy",
      post(
        "netpol",
        o.networkPolicy("a", { spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] } }),
      ),
      post("netpol", o.networkPolicy("b", { spec: { podSelector: {}, policyTypes: ["Nope"] } })),
    ),
    probe(
      "a ServiceAccount",
      post(
        "sa",
        o.serviceAccount("a", {
          automountServiceAccountToken: false,
          imagePullSecrets: [{ name: "x" }],
        }),
      ),
    ),
    probe(
      "Endpoints",
      post("ep", {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { name: "a" },
        subsets: [{ addresses: [{ ip: "10.1.1.2" }, { ip: "10.1.1.1" }], ports: [{ port: 80 }] }],
      }),
      post("ep", {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { name: "b" },
        subsets: [{ addresses: [{ ip: "x" }], ports: [{ port: 0 }] }],
      }),
    ),
    probe(
      "a Node",
      post("node", o.node("{ns}", { spec: { podCIDR: "10.9.0.0/24" } }), { pick: specOf }),
      post("node", o.node("Bad_{ns}")),
    ),
    probe(
      "a StorageClass",
      post("sc", {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "{ns}" },
        provisioner: "example.com/x",
      }),
      mergePatch("sc/{ns}", { provisioner: "other" }),
      post("sc", {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "{ns}-b" },
      }),
    ),
    probe(
      "a PriorityClass",
      post("pc", {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: "{ns}" },
        value: 5,
      }),
      mergePatch("pc/{ns}", { value: 6 }),
      post("pc", {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: "system-{ns}" },
        value: 5,
      }),
      post("pc", {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: "{ns}-b" },
        value: 2000000000,
      }),
    ),
  ],
};
