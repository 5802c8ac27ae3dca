// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.4: generation, the status split, scale.
import * as o from "../objects.js";
import {
  edited,
  get,
  mergePatch,
  post,
  probe,
  put,
  remove,
  setUp,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const wd = (spec: Record<string, unknown> = { size: 1 }, metadata = {}): RequestStep =>
  setUp(post("wd", o.widget("a", spec, metadata), { as: "a" }));
const ports = { ports: [{ port: 80 }] };

export const status: ProbeSection = {
  id: "status",
  title: "Generation, status, scale",
  probes: [
    probe(
      "generation of a Widget",
      wd(),
      mergePatch("wd/a", { metadata: { labels: { a: "b" } } }),
      mergePatch("wd/a", { metadata: { annotations: { a: "b" } } }),
      mergePatch("wd/a", { metadata: { finalizers: ["example.com/x"] } }),
      mergePatch("wd/a", { spec: { size: 2 } }),
      mergePatch("wd/a/status", { status: { phase: "x" } }),
      mergePatch("wd/a", { metadata: { generation: 99 } }),
    ),
    probe(
      "generation of a kind without status",
      setUp(post("pl", o.plainOf("a", { spec: { size: 1 } }))),
      mergePatch("pl/a", { metadata: { labels: { a: "b" } } }),
      mergePatch("pl/a", { status: { phase: "x" } }),
      mergePatch("pl/a", { spec: { size: 2 } }),
    ),
    probe(
      "generation of a Deployment",
      setUp(post("deploy", o.deployment("a"))),
      mergePatch("deploy/a", { metadata: { labels: { a: "b" } } }, { pick: generationOf }),
      mergePatch("deploy/a", { spec: { replicas: 2 } }, { pick: generationOf }),
      mergePatch("deploy/a/status", { status: { replicas: 2 } }, { pick: generationOf }),
    ),
    probe(
      "generation of other kinds",
      setUp(post("role", o.role("a"), { pick: generationOf })),
      post("svc", o.service("a", { spec: ports }), { pick: generationOf }),
      post(
        "ing",
        o.ingress("a", {
          spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
        }),
        { pick: generationOf },
      ),
      post("netpol", o.networkPolicy("a", { spec: { podSelector: {} } }), { pick: generationOf }),
      post(
        "pvc",
        o.claim("a", {
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        }),
        { pick: generationOf },
      ),
      post("sa", o.serviceAccount("a"), { pick: generationOf }),
      post("job", o.job("a"), { pick: generationOf }),
    ),
    probe(
      "generation while it is being deleted",
      wd({ size: 1 }, { finalizers: ["example.com/x"] }),
      remove("wd/a"),
      mergePatch("wd/a", { spec: { size: 2 } }),
      mergePatch("wd/a", { metadata: { labels: { a: "b" } } }),
    ),
    probe(
      "the main endpoint ignores status",
      wd(),
      put("wd/a", edited("a", { status: { phase: "x" }, "spec.size": 2 })),
      mergePatch("wd/a", { status: { phase: "y" } }),
    ),
    probe(
      "status ignores the rest",
      wd(),
      put(
        "wd/a/status",
        edited("a", {
          status: { phase: "x" },
          "spec.size": 9,
          "metadata.labels": { a: "b" },
          "metadata.annotations": { c: "d" },
          "metadata.finalizers": ["example.com/x"],
        }),
      ),
      get("wd/a"),
    ),
    probe(
      "status with a bad spec",
      wd(),
      put("wd/a/status", edited("a", { status: { phase: "x" }, spec: { size: 99 } })),
      put("wd/a/status", edited("a", { "metadata.labels": { "a b": "c" } })),
    ),
    probe(
      "status is validated",
      wd(),
      mergePatch("wd/a/status", { status: { size: -1 } }),
      mergePatch("wd/a/status", { status: { size: "x" } }),
      mergePatch("wd/a/status", { status: { nope: 1, phase: "x" } }),
      mergePatch("wd/a/status", { status: { conditions: [{ status: "x" }] } }),
      mergePatch("wd/a/status", { status: { conditions: [{ type: "a" }, { type: "a" }] } }),
    ),
    probe(
      "status of a Deployment",
      setUp(post("deploy", o.deployment("a"), { as: "a" })),
      put(
        "deploy/a/status",
        edited("a", {
          "spec.replicas": 9,
          status: {
            replicas: 1,
            observedGeneration: 1,
            conditions: [{ type: "Available", status: "True" }],
          },
        }),
      ),
      get("deploy/a/status", { pick: (body) => (body as { status: unknown }).status }),
      mergePatch("deploy/a/status", { status: { replicas: -1 } }),
    ),
    probe(
      "status taken away",
      wd(),
      mergePatch("wd/a/status", { status: { phase: "x" } }),
      mergePatch("wd/a/status", { status: null }),
      get("wd/a"),
    ),
    probe(
      "scale of a Widget",
      wd(),
      get("wd/a/scale"),
      mergePatch("wd/a/scale", { spec: { replicas: 4 } }),
      get("wd/a"),
      mergePatch("wd/a/scale", { spec: { replicas: -1 } }),
      mergePatch("wd/a/scale", { spec: { replicas: 99 } }),
      mergePatch("wd/a/status", { status: { size: 3, selector: "a=b" } }),
      get("wd/a/scale"),
      get("wd/nope/scale"),
    ),
    probe(
      "scale of a Widget without replicas",
      wd({}),
      get("wd/a/scale"),
      mergePatch("wd/a/scale", { spec: { replicas: 2 } }),
    ),
    probe(
      "scale of a Deployment",
      setUp(post("deploy", o.deployment("a"))),
      get("deploy/a/scale", { as: "s" }),
      put("deploy/a/scale", edited("s", { "spec.replicas": 3 })),
      mergePatch("deploy/a/scale", { spec: { replicas: -1 } }),
      get("deploy/a", { pick: (body) => (body as { spec: { replicas: unknown } }).spec.replicas }),
      put("deploy/a/scale", edited("s", { "spec.replicas": 4 })),
    ),
  ],
};

function generationOf(body: unknown): unknown {
  const { metadata } = body as { metadata?: { generation?: number } };
  return metadata === undefined ? body : (metadata.generation ?? "none");
}
