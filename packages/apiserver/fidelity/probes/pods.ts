// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.4, rules of single kinds: Pods.
import * as o from "../objects.js";
import { get, post, probe, setUp, strategicPatch, type ProbeSection } from "../probe.js";
const specOf = (body: unknown): unknown => {
  const { kind, spec } = body as { kind: string; spec?: unknown };
  return kind === "Status" ? body : spec;
};

export const pods: ProbeSection = {
  id: "pods",
  title: "Rules and defaults of Pods",
  probes: [
    probe("defaults of a Pod", post("pod", o.pod("a"))),
    probe(
      "defaults of probes and ports",
      post(
        "pod",
        o.pod("a", {
          containers: [
            {
              name: "c",
              image: "x:latest",
              ports: [{ containerPort: 80 }],
              livenessProbe: { httpGet: { port: 80 } },
              readinessProbe: { tcpSocket: { port: "web" } },
              env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
            },
          ],
        }),
        { pick: specOf },
      ),
    ),
    probe(
      "defaults of volumes",
      post(
        "pod",
        o.pod("a", {
          volumes: [
            { name: "a", emptyDir: {} },
            { name: "b", configMap: { name: "x" } },
            { name: "c", secret: { secretName: "x" } },
            { name: "d", hostPath: { path: "/x" } },
            { name: "e", projected: { sources: [] } },
            {
              name: "f",
              downwardAPI: { items: [{ path: "p", fieldRef: { fieldPath: "metadata.name" } }] },
            },
          ],
        }),
        { pick: specOf },
      ),
    ),
    probe(
      "defaults of resources",
      post(
        "pod",
        o.pod("a", {
          containers: [
            {
              name: "c",
              image: "x",
              resources: { limits: { cpu: "1", memory: "1024Mi" }, requests: { cpu: "0.10" } },
            },
          ],
        }),
        { pick: specOf },
      ),
    ),
    probe(
      "classes of service",
      post(
        "pod",
        o.pod("a", {
          containers: [
            { name: "c", image: "x", resources: { limits: { cpu: "1", memory: "1Gi" } } },
          ],
        }),
        { pick: (body) => (body as { status: unknown }).status },
      ),
      post(
        "pod",
        o.pod("b", {
          containers: [{ name: "c", image: "x", resources: { requests: { cpu: "1" } } }],
        }),
        { pick: (body) => (body as { status: unknown }).status },
      ),
    ),
    probe(
      "a Pod without containers",
      post("pod", o.pod("a", { containers: [] })),
      post("pod", { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }),
    ),
    probe("a container without name and image", post("pod", o.pod("a", { containers: [{}] }))),
    probe(
      "containers of one name",
      post("pod", o.pod("a", { containers: [o.container, o.container] })),
      post("pod", o.pod("a", { initContainers: [o.container] })),
    ),
    probe(
      "bad values of a Pod",
      post("pod", o.pod("a", { restartPolicy: "Nope" })),
      post("pod", o.pod("a", { dnsPolicy: "Nope" })),
      post("pod", o.pod("a", { containers: [{ ...o.container, imagePullPolicy: "Nope" }] })),
      post("pod", o.pod("a", { terminationGracePeriodSeconds: -1 }), { pick: specOf }),
    ),
    probe(
      "bad ports",
      post(
        "pod",
        o.pod("a", {
          containers: [
            {
              ...o.container,
              ports: [
                { containerPort: 0 },
                { containerPort: 70000, protocol: "X" },
                { containerPort: 80, name: "Bad_Name_Too_Long" },
              ],
            },
          ],
        }),
      ),
    ),
    probe(
      "bad environment",
      post(
        "pod",
        o.pod("a", {
          containers: [
            {
              ...o.container,
              env: [
                { name: "" },
                { name: "1 2" },
                { name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
              ],
            },
          ],
        }),
      ),
    ),
    probe(
      "bad mounts",
      post(
        "pod",
        o.pod("a", {
          containers: [{ ...o.container, volumeMounts: [{ name: "nope", mountPath: "/x" }] }],
        }),
      ),
      post("pod", o.pod("a", { volumes: [{ name: "v" }] }), { pick: specOf }),
      post(
        "pod",
        o.pod("b", {
          volumes: [
            { name: "v", emptyDir: {} },
            { name: "v", emptyDir: {} },
          ],
        }),
      ),
      post("pod", o.pod("b", { volumes: [{ name: "v", emptyDir: {}, configMap: { name: "x" } }] })),
    ),
    probe(
      "bad quantities",
      post(
        "pod",
        o.pod("a", { containers: [{ ...o.container, resources: { requests: { cpu: "nope" } } }] }),
      ),
      post(
        "pod",
        o.pod("a", { containers: [{ ...o.container, resources: { requests: { cpu: "-1" } } }] }),
      ),
      post(
        "pod",
        o.pod("a", {
          containers: [
            { ...o.container, resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } },
          ],
        }),
      ),
    ),
    probe(
      "a Pod's spec does not change",
      setUp(post("pod", o.pod("a"))),
      strategicPatch("pod/a", { spec: { nodeName: "n" } }),
      strategicPatch("pod/a", {
        spec: { containers: [{ name: "c", env: [{ name: "A", value: "1" }] }] },
      }),
    ),
    probe(
      "a Pod's image does",
      setUp(post("pod", o.pod("a"))),
      strategicPatch("pod/a", { spec: { containers: [{ name: "c", image: "other" }] } }),
      strategicPatch("pod/a", { spec: { activeDeadlineSeconds: 5 } }, { pick: specOf }),
      strategicPatch("pod/a", { spec: { activeDeadlineSeconds: 9 } }),
    ),
    probe(
      "a binding",
      setUp(post("pod", o.pod("a"))),
      post("pod/a/binding", {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "a" },
        target: { kind: "Node", name: "n1" },
      }),
      get("pod/a", {
        pick: (body) => [
          (body as { spec: { nodeName: string } }).spec.nodeName,
          (body as { status: { conditions: unknown } }).status.conditions,
        ],
      }),
      post("pod/a/binding", {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "a" },
        target: { kind: "Node", name: "n2" },
      }),
      post("pod/nope/binding", {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: "nope" },
        target: { kind: "Node", name: "n2" },
      }),
    ),
    probe(
      "an eviction",
      setUp(post("pod", o.pod("a"))),
      post("pod/a/eviction", {
        apiVersion: "policy/v1beta1",
        kind: "Eviction",
        metadata: { name: "a" },
      }),
      get("pod/a"),
      post("pod/nope/eviction", {
        apiVersion: "policy/v1beta1",
        kind: "Eviction",
        metadata: { name: "nope" },
      }),
    ),
    probe(
      "logs of a Pod that does not run",
      setUp(post("pod", o.pod("a"))),
      get("pod/a/log"),
      get("pod/nope/log"),
    ),
  ],
};
