// SPDX-License-Identifier: Apache-2.0
// One object of every built-in kind an operator usually writes, as an author would declare it (tests of stage 6).
import {
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  ingresses,
  jobs,
  leases,
  networkPolicies,
  persistentVolumeClaims,
  podDisruptionBudgets,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";

/** A kind and what is declared of it. */
export interface Workload {
  readonly kind: Kind<KubernetesObject>;
  readonly desired: KubernetesObject;
}

const metadata = { name: "db", namespace: "prod", labels: { app: "db" } };
const selector = { matchLabels: { app: "db" } };

/** Everything the server likes to change: quantities, defaults, empty values, references. */
const container = {
  name: "mongod",
  image: "percona/mongod:8.0",
  command: ["/bin/mongod"],
  env: [
    { name: "EMPTY", value: "" },
    { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
  ],
  ports: [{ name: "mongodb", containerPort: 27017 }],
  resources: { limits: { cpu: "1000m", memory: "1024Mi" }, requests: { cpu: 0.5, memory: "1Gi" } },
  readinessProbe: { tcpSocket: { port: 27017 }, initialDelaySeconds: 10 },
  livenessProbe: { exec: { command: ["true"] }, timeoutSeconds: 5 },
  securityContext: {},
  volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
};

const podTemplate = {
  metadata: { labels: { app: "db" }, creationTimestamp: null },
  spec: {
    containers: [container],
    initContainers: [{ name: "init", image: "percona/init:1" }],
    securityContext: { fsGroup: 1001 },
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: selector, topologyKey: "kubernetes.io/hostname" },
        ],
      },
    },
    tolerations: [{ key: "db", operator: "Exists" }],
    topologySpreadConstraints: [],
    volumes: [
      { name: "config", configMap: { name: "db", optional: true } },
      { name: "key", secret: { secretName: "db-key", defaultMode: 288 } },
      { name: "scratch", emptyDir: { sizeLimit: "1024Mi" } },
      {
        name: "token",
        projected: { sources: [{ serviceAccountToken: { path: "token" } }] },
      },
    ],
  },
};

/** The declared objects, in no particular order. */
export const workloads: readonly (readonly [string, Workload])[] = [
  of(configMaps, { metadata, data: { "mongod.conf": "", size: "3" } }),
  of(secrets, { metadata, type: "Opaque", stringData: { password: "päss word" } }),
  of(services, {
    metadata,
    spec: { clusterIP: "None", ports: [{ name: "mongodb", port: 27017 }], selector: { app: "db" } },
  }),
  of(serviceAccounts, { metadata }),
  of(deployments, { metadata, spec: { replicas: 2, selector, template: podTemplate } }),
  of(statefulSets, {
    metadata,
    spec: {
      replicas: 3,
      serviceName: "db",
      selector,
      template: podTemplate,
      updateStrategy: { type: "RollingUpdate" },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1024Mi" } },
          },
        },
      ],
    },
  }),
  of(daemonSets, { metadata, spec: { selector, template: podTemplate } }),
  of(podDisruptionBudgets, { metadata, spec: { maxUnavailable: 1, selector } }),
  of(jobs, { metadata, spec: { template: onFailure(podTemplate), backoffLimit: 2 } }),
  of(cronJobs, {
    metadata,
    spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: onFailure(podTemplate) } } },
  }),
  of(ingresses, {
    metadata,
    spec: {
      rules: [
        {
          host: "db.example.com",
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: "db", port: { number: 27017 } } },
              },
            ],
          },
        },
      ],
    },
  }),
  of(networkPolicies, {
    metadata,
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 27017 }] }] },
  }),
  of(roles, {
    metadata,
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "get"] }],
  }),
  of(roleBindings, {
    metadata,
    subjects: [{ kind: "ServiceAccount", name: "db", namespace: "prod" }],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "db" },
  }),
  of(persistentVolumeClaims, {
    metadata,
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  }),
  of(leases, { metadata, spec: { holderIdentity: "a", leaseDurationSeconds: 15 } }),
];

function of(
  kind: Kind<KubernetesObject>,
  desired: KubernetesObject & Record<string, unknown>,
): readonly [string, Workload] {
  return [kind.kind, { kind, desired }];
}

function onFailure(template: typeof podTemplate): object {
  return { ...template, spec: { ...template.spec, restartPolicy: "OnFailure" } };
}
