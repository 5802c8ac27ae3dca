// SPDX-License-Identifier: Apache-2.0
// What the server fills into built-in objects that say little.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { TestApi } from "../../test/api.js";
import type { Dig } from "../../test/api.js";

const apps = "/apis/apps/v1/namespaces/default";
const core = "/api/v1/namespaces/default";

const containerDefaults = {
  resources: {},
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
};
const podDefaults = {
  dnsPolicy: "ClusterFirst",
  restartPolicy: "Always",
  schedulerName: "default-scheduler",
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};

describe("defaults", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.close());

  const make = async (path: string, spec: object): Promise<Dig> => {
    const answer = await api.post(path, { metadata: { generateName: "d-" }, spec });
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return answer.body.spec;
  };
  const workload = (podSpec: object, more: object = {}): object => ({
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: podSpec },
    ...more,
  });

  it("complete a StatefulSet with its pod template and claim templates", async () => {
    const claim = {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "0.5G" } } },
    };
    const podSpec = {
      serviceAccountName: "sa",
      containers: [
        {
          name: "c",
          image: "repo/image",
          ports: [{ containerPort: 1 }],
          env: [{ name: "E", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
          livenessProbe: { exec: { command: ["x"] }, initialDelaySeconds: 60 },
          readinessProbe: { httpGet: { port: 80 } },
        },
      ],
      volumes: [
        { name: "s", secret: { secretName: "x" } },
        { name: "m", configMap: { name: "x" } },
        { name: "h", hostPath: { path: "/x" } },
        { name: "e" },
      ],
    };
    const spec = await make(
      `${apps}/statefulsets`,
      workload(podSpec, { serviceName: "s", volumeClaimTemplates: [claim] }),
    );
    expect(spec).toEqual({
      replicas: 1,
      serviceName: "s",
      podManagementPolicy: "OrderedReady",
      revisionHistoryLimit: 10,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: {
          ...podDefaults,
          serviceAccountName: "sa",
          serviceAccount: "sa",
          containers: [
            {
              ...containerDefaults,
              name: "c",
              image: "repo/image",
              imagePullPolicy: "Always",
              ports: [{ containerPort: 1, protocol: "TCP" }],
              env: [
                {
                  name: "E",
                  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } },
                },
              ],
              livenessProbe: {
                exec: { command: ["x"] },
                initialDelaySeconds: 60,
                timeoutSeconds: 1,
                periodSeconds: 10,
                successThreshold: 1,
                failureThreshold: 3,
              },
              readinessProbe: {
                httpGet: { path: "/", port: 80, scheme: "HTTP" },
                timeoutSeconds: 1,
                periodSeconds: 10,
                successThreshold: 1,
                failureThreshold: 3,
              },
            },
          ],
          volumes: [
            { name: "s", secret: { secretName: "x", defaultMode: 420 } },
            { name: "m", configMap: { name: "x", defaultMode: 420 } },
            { name: "h", hostPath: { path: "/x", type: "" } },
            { name: "e", emptyDir: {} },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: "data" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "500M" } },
            volumeMode: "Filesystem",
          },
          status: { phase: "Pending" },
        },
      ],
    });
  });

  const images: [string, string][] = [
    ["nginx", "Always"],
    ["nginx:latest", "Always"],
    ["nginx:1.25", "IfNotPresent"],
    ["host:5000/nginx", "Always"],
    ["host:5000/nginx:1", "IfNotPresent"],
    ["nginx@sha256:0123", "IfNotPresent"],
  ];
  it.each(images)("pull %s %s", async (image, policy) => {
    const spec = await make(
      `${apps}/deployments`,
      workload({ containers: [{ name: "c", image }] }),
    );
    const [container] = spec.template.spec.containers as unknown as { imagePullPolicy: string }[];
    expect(container?.imagePullPolicy).toBe(policy);
  });

  it("copy limits to requests in a pod, not in a template", async () => {
    const resources = { limits: { cpu: "1000m", memory: "1Gi" }, requests: { cpu: "0.5" } };
    const containers = [{ name: "c", image: "i:1", resources }];
    const pod = await make(`${core}/pods`, { containers });
    expect(pod.containers[0]).toMatchObject({
      resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m", memory: "1Gi" } },
    });
    const template = (await make(`${apps}/deployments`, workload({ containers }))).template;
    expect(template.spec.containers[0]).toMatchObject({
      resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } },
    });
  });

  it("complete Services by their type", async () => {
    const ports = [{ name: "p", port: 80 }];
    const plain = await make(`${core}/services`, { ports, clusterIP: "None" });
    expect(plain).toEqual({
      type: "ClusterIP",
      clusterIP: "None",
      clusterIPs: ["None"],
      internalTrafficPolicy: "Cluster",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      sessionAffinity: "None",
      ports: [{ name: "p", port: 80, protocol: "TCP", targetPort: 80 }],
    });
    const balanced = await make(`${core}/services`, { type: "LoadBalancer", ports });
    expect(balanced).toMatchObject({
      allocateLoadBalancerNodePorts: true,
      externalTrafficPolicy: "Cluster",
      ports: [{ nodePort: expect.any(Number) }],
    });
    const external = await make(`${core}/services`, { type: "ExternalName", externalName: "x.io" });
    expect(external).toEqual({
      type: "ExternalName",
      externalName: "x.io",
      sessionAffinity: "None",
    });
  });

  it("complete CronJobs and Jobs, whose selector goes by uid", async () => {
    const template = {
      spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i:1" }] },
    };
    const batch = "/apis/batch/v1/namespaces/default";
    const cron = await make(`${batch}/cronjobs`, {
      schedule: "* * * * *",
      jobTemplate: { spec: { template } },
    });
    expect(cron).toMatchObject({
      concurrencyPolicy: "Allow",
      suspend: false,
      failedJobsHistoryLimit: 1,
    });
    const { body } = await api.post(`${batch}/jobs`, {
      metadata: { name: "j" },
      spec: { template },
    });
    const { uid } = body.metadata;
    expect(body.spec).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { metadata: { labels: { "job-name": "j", "controller-uid": uid } } },
    });
  });

  it("tell a value that means something when empty from one that does not", async () => {
    const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const bare = await make(`${core}/persistentvolumeclaims`, { ...claim, storageClassName: "" });
    expect(bare).toMatchObject({ storageClassName: "" });
    const podSpec = {
      containers: [{ name: "c", image: "i:1", args: [], stdin: false }],
      hostNetwork: false,
      nodeName: "",
    };
    const pod = await make(`${core}/pods`, { ...podSpec, automountServiceAccountToken: false });
    expect(pod).toMatchObject({ automountServiceAccountToken: false });
    expect(Object.keys(pod)).not.toContain("hostNetwork");
    expect(Object.keys(pod)).not.toContain("nodeName");
    expect(Object.keys(pod.containers[0] ?? {})).not.toContain("args");
  });
});
