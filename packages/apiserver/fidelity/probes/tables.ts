// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.3 and 3.8: tables, as kubectl reads them.
import * as o from "../objects.js";
import {
  get,
  mergePatch,
  post,
  probe,
  setUp,
  strategicPatch,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const table = (path: string, pick?: (body: unknown) => unknown): RequestStep =>
  get(path, { headers: { accept }, ...(pick === undefined ? {} : { pick }) });

interface Table {
  readonly columnDefinitions?: readonly {
    name: string;
    type: string;
    format: string;
    priority: number;
  }[];
  readonly rows?: readonly { cells: readonly unknown[] }[];
}

/** Columns and cells without descriptions, which are prose. */
function shape(body: unknown): unknown {
  const { columnDefinitions, rows } = body as Table;
  if (columnDefinitions === undefined) return body;
  const columns = columnDefinitions.map(({ name, type, format, priority }) =>
    [name, type, format, priority].join("|"),
  );
  return { columns, rows: rows?.map(({ cells }) => ({ cells })) };
}

const ofKind = (path: string, ...made: RequestStep[]): readonly RequestStep[] => [
  ...made.map(setUp),
  table(path, shape),
];

export const tables: ProbeSection = {
  id: "tables",
  title: "Tables",
  probes: [
    probe(
      "of Widgets",
      setUp(post("wd", o.widget("a"))),
      setUp(post("wd", o.widget("b", {}))),
      table("wd"),
      table("wd/a"),
    ),
    probe("without rows", table("wd"), table("cm")),
    probe(
      "with the whole object",
      setUp(post("wd", o.widget("a"))),
      table("wd?includeObject=Object"),
    ),
    probe(
      "without the object",
      setUp(post("wd", o.widget("a"))),
      table("wd?includeObject=None"),
      table("wd?includeObject=Nope"),
    ),
    probe("of a kind without columns", setUp(post("pl", o.plainOf("a"))), table("pl")),
    probe(
      "in the older version",
      setUp(post("wd", o.widget("a"))),
      get("wd", { headers: { accept: "application/json;as=Table;v=v1beta1;g=meta.k8s.io" } }),
    ),
    probe("of what is not there", table("wd/nope"), table("cm/nope")),
    probe(
      "of pages",
      setUp(post("wd", o.widget("a"))),
      setUp(post("wd", o.widget("b"))),
      table("wd?limit=1"),
    ),
    probe(
      "of ConfigMaps",
      ...ofKind(
        "cm",
        post("cm", o.configMap("a", { data: { a: "", b: "" }, binaryData: { c: "AA==" } })),
      ),
    ),
    probe(
      "of Secrets",
      ...ofKind("secret", post("secret", o.secret("a", { stringData: { a: "b" } }))),
    ),
    probe("of namespaces", table("ns/{ns}", shape)),
    probe(
      "of Services",
      ...ofKind(
        "svc",
        post(
          "svc",
          o.service("a", {
            spec: {
              ports: [{ port: 80 }, { name: "x", port: 443, protocol: "UDP" }].map(
                (port, index) => ({ name: `p${index}`, ...port }),
              ),
            },
          }),
        ),
        post(
          "svc",
          o.service("b", {
            spec: { clusterIP: "None", ports: [{ port: 80 }], selector: { app: "x", tier: "y" } },
          }),
        ),
        post(
          "svc",
          o.service("c", { spec: { type: "ExternalName", externalName: "example.com" } }),
        ),
        post(
          "svc",
          o.service("d", {
            spec: { type: "LoadBalancer", ports: [{ port: 80, nodePort: 30123 }] },
          }),
        ),
      ),
    ),
    probe(
      "of Pods",
      ...ofKind(
        "pod",
        post("pod", o.pod("a")),
        post(
          "pod",
          o.pod("b", { containers: [o.container, { name: "d", image: "x" }], nodeName: "n1" }),
        ),
      ),
    ),
    probe(
      "of Pods that run",
      setUp(post("pod", o.pod("a", { initContainers: [{ name: "i", image: "x" }] }))),
      mergePatch("pod/a/status", {
        status: {
          phase: "Running",
          podIP: "10.1.2.3",
          podIPs: [{ ip: "10.1.2.3" }],
          startTime: "2024-01-01T00:00:00Z",
          initContainerStatuses: [
            {
              name: "i",
              ready: true,
              restartCount: 0,
              image: "x",
              imageID: "",
              state: { terminated: { exitCode: 0 } },
            },
          ],
          containerStatuses: [
            {
              name: "c",
              ready: true,
              restartCount: 2,
              image: "nginx",
              imageID: "",
              state: { running: {} },
            },
          ],
        },
      }),
      table("pod", shape),
      mergePatch(
        "pod/a/status",
        {
          status: {
            containerStatuses: [
              {
                name: "c",
                ready: false,
                restartCount: 3,
                image: "nginx",
                imageID: "",
                state: { waiting: { reason: "CrashLoopBackOff" } },
              },
            ],
          },
        },
        { pick: () => "" },
      ),
      table("pod", shape),
      mergePatch(
        "pod/a/status",
        { status: { phase: "Failed", reason: "Evicted" } },
        { pick: () => "" },
      ),
      table("pod", shape),
    ),
    probe(
      "of Pods that are deleted",
      setUp(post("pod", o.pod("a", {}, { finalizers: ["example.com/x"] }))),
      { ...setUp(get("pod/a")), method: "DELETE", pick: (): unknown => "" },
      table("pod", shape),
    ),
    probe(
      "of Deployments",
      setUp(post("deploy", o.deployment("a", { replicas: 3 }))),
      strategicPatch("deploy/a/status", {
        status: { replicas: 3, readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
      }),
      table("deploy", shape),
    ),
    probe("of StatefulSets", ...ofKind("sts", post("sts", o.statefulSet("a")))),
    probe("of ReplicaSets", ...ofKind("rs", post("rs", o.replicaSet("a")))),
    probe("of DaemonSets", ...ofKind("ds", post("ds", o.daemonSet("a")))),
    probe("of Jobs", ...ofKind("job", post("job", o.job("a", { completions: 3 })))),
    probe(
      "of PersistentVolumeClaims",
      ...ofKind(
        "pvc",
        post(
          "pvc",
          o.claim("a", {
            spec: {
              accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
              resources: { requests: { storage: "1Gi" } },
              storageClassName: "fast",
            },
          }),
        ),
      ),
    ),
    probe("of ServiceAccounts", ...ofKind("sa", post("sa", o.serviceAccount("a")))),
    probe(
      "of Leases",
      ...ofKind("lease", post("lease", o.lease("a", { spec: { holderIdentity: "me" } }))),
    ),
    probe(
      "of Ingresses",
      ...ofKind(
        "ing",
        post(
          "ing",
          o.ingress("a", {
            spec: {
              ingressClassName: "nginx",
              rules: [{ host: "a.example.com" }, { host: "b.example.com" }],
              tls: [{}],
            },
          }),
        ),
      ),
    ),
    probe(
      "of NetworkPolicies",
      ...ofKind(
        "netpol",
        post(
          "netpol",
          o.networkPolicy("a", { spec: { podSelector: { matchLabels: { a: "b" } } } }),
        ),
      ),
    ),
    probe("of Roles", ...ofKind("role", post("role", o.role("a", { rules: [] })))),
    probe(
      "of RoleBindings",
      ...ofKind(
        "rb",
        post(
          "rb",
          o.roleBinding("a", {
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
            subjects: [
              { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" },
              { kind: "ServiceAccount", name: "s", namespace: "n" },
            ],
          }),
        ),
      ),
    ),
    probe("of Nodes", setUp(post("node", o.node("{ns}"))), table("node/{ns}", shape)),
    probe(
      "of Events",
      ...ofKind(
        "ev",
        post(
          "ev",
          o.event("a", {
            involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
            reason: "Why",
            message: "text",
            type: "Normal",
            count: 2,
            source: { component: "me", host: "h" },
          }),
        ),
      ),
    ),
    probe(
      "of Endpoints",
      ...ofKind(
        "ep",
        post("ep", {
          apiVersion: "v1",
          kind: "Endpoints",
          metadata: { name: "a" },
          subsets: [{ addresses: [{ ip: "10.1.1.1" }, { ip: "10.1.1.2" }], ports: [{ port: 80 }] }],
        }),
      ),
    ),
    probe("of definitions", table("crd/widgets.lab.example.com", shape)),
  ],
};
