// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.4, rules of single kinds: Deployments, StatefulSets, Jobs and their like.
import * as o from "../objects.js";
import { mergePatch, post, probe, setUp, type ProbeSection } from "../probe.js";
const pvcSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const template = (
  metadata: Record<string, unknown>,
  spec: Record<string, unknown> = {},
): Record<string, unknown> => ({ metadata, spec: { containers: [o.container], ...spec } });
const specOf = (body: unknown): unknown => {
  const { kind, spec } = body as { kind: string; spec?: unknown };
  return kind === "Status" ? body : spec;
};

export const workloads: ProbeSection = {
  id: "workloads",
  title: "Rules and defaults of workloads",
  probes: [
    probe("defaults of a Deployment", post("deploy", o.deployment("a"))),
    probe(
      "a Deployment's selector",
      post("deploy", o.deployment("a", { selector: { matchLabels: { app: "other" } } })),
      post("deploy", o.deployment("a", { selector: {} })),
      post("deploy", o.deployment("a", { selector: { matchLabels: { "a b": "c" } } })),
      post("deploy", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } }),
      post(
        "deploy",
        o.deployment("a", { selector: { matchExpressions: [{ key: "app", operator: "Nope" }] } }),
      ),
    ),
    probe(
      "a Deployment's selector does not change",
      setUp(post("deploy", o.deployment("a"))),
      mergePatch("deploy/a", {
        spec: {
          selector: { matchLabels: { app: "b" } },
          template: { metadata: { labels: { app: "b" } } },
        },
      }),
    ),
    probe(
      "bad values of a Deployment",
      post("deploy", o.deployment("a", { replicas: -1 })),
      post("deploy", o.deployment("a", { strategy: { type: "Nope" } })),
      post(
        "deploy",
        o.deployment("a", { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
      ),
      post(
        "deploy",
        o.deployment("a", { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      ),
      post("deploy", o.deployment("a", { minReadySeconds: -1 })),
      post(
        "deploy",
        o.deployment("a", {
          template: template({ labels: { app: "a" } }, { restartPolicy: "Never" }),
        }),
      ),
    ),
    probe("defaults of a StatefulSet", post("sts", o.statefulSet("a"))),
    probe(
      "defaults of claims in a StatefulSet",
      post(
        "sts",
        o.statefulSet("a", {
          volumeClaimTemplates: [{ metadata: { name: "data" }, spec: pvcSpec }],
        }),
        { pick: specOf },
      ),
    ),
    probe(
      "a StatefulSet's spec",
      setUp(post("sts", o.statefulSet("a"))),
      mergePatch("sts/a", { spec: { replicas: 3 } }, { pick: specOf }),
      mergePatch("sts/a", { spec: { serviceName: "other" } }),
      mergePatch("sts/a", { spec: { podManagementPolicy: "Parallel" } }),
      mergePatch("sts/a", { spec: { selector: { matchLabels: { app: "b" } } } }),
      mergePatch(
        "sts/a",
        { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } },
        { pick: specOf },
      ),
    ),
    probe(
      "bad values of a StatefulSet",
      post("sts", o.statefulSet("a", { selector: { matchLabels: { app: "x" } } })),
      post("sts", o.statefulSet("a", { podManagementPolicy: "Nope" })),
      post("sts", o.statefulSet("a", { updateStrategy: { type: "Nope" } })),
      post("sts", o.statefulSet("a", { replicas: -1 })),
    ),
    probe("defaults of a ReplicaSet", post("rs", o.replicaSet("a"), { pick: specOf })),
    probe("defaults of a DaemonSet", post("ds", o.daemonSet("a"), { pick: specOf })),
    probe(
      "a DaemonSet's selector",
      post("ds", o.daemonSet("a", { selector: { matchLabels: { app: "x" } } })),
      setUp(post("ds", o.daemonSet("a"), { pick: () => "" })),
      mergePatch("ds/a", { spec: { selector: { matchLabels: { app: "b" } } } }),
    ),
    probe(
      "defaults of a Job",
      post("job", o.job("a"), {
        pick: (body) =>
          JSON.parse(
            JSON.stringify(specOf(body), (key, value: unknown) =>
              key.includes("controller-uid") ? "uid" : value,
            ),
          ) as unknown,
      }),
    ),
    probe(
      "a Job's restart policy",
      post("job", o.job("a", { template: { spec: { containers: [o.container] } } })),
      post(
        "job",
        o.job("a", { template: { spec: { containers: [o.container], restartPolicy: "Always" } } }),
      ),
    ),
    probe(
      "a Job's template does not change",
      setUp(post("job", o.job("a"), { pick: () => "" })),
      mergePatch(
        "job/a",
        { spec: { template: { spec: { restartPolicy: "OnFailure" } } } },
        { pick: (body) => (body as { reason?: string }).reason },
      ),
      mergePatch("job/a", { spec: { completions: 3 } }),
      mergePatch("job/a", { spec: { parallelism: 3 } }, { pick: () => "" }),
    ),
    probe(
      "bad values of a Job",
      post("job", o.job("a", { parallelism: -1 })),
      post("job", o.job("a", { selector: { matchLabels: { a: "b" } } })),
      post("job", o.job("a", { backoffLimit: -1 })),
    ),
  ],
};
