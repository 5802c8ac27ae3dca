// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.4: updates and optimistic concurrency.
import * as o from "../objects.js";
import {
  edited,
  events,
  get,
  jsonPatch,
  mergePatch,
  post,
  probe,
  put,
  remove,
  setUp,
  watch,
  type ProbeSection,
  type RequestStep,
  type Step,
} from "../probe.js";

const wd = (spec: Record<string, unknown> = { size: 1 }, metadata = {}): RequestStep =>
  setUp(post("wd", o.widget("a", spec, metadata), { as: "a" }));
const cm = (data = {}, metadata = {}): RequestStep =>
  setUp(post("cm", o.configMap("a", { data }, metadata), { as: "a" }));
const ports = { ports: [{ port: 80 }] };

/** A PUT without a resourceVersion. */
const unlocked = (path: string, made: Record<string, unknown>): Step[] => [
  setUp(post(path, made, { as: "made" })),
  put(`${path}/{made.metadata.name}`, edited("made", {}, "metadata.resourceVersion"), {
    pick: outcome,
  }),
];

/** The failure, or that there was none. */
function outcome(body: unknown): unknown {
  return (body as { kind?: string }).kind === "Status" ? body : "accepted";
}

export const update: ProbeSection = {
  id: "update",
  title: "Update, optimistic concurrency",
  probes: [
    probe("a Widget", wd(), put("wd/a", edited("a", { "spec.size": 2 })), get("wd/a")),
    probe("a ConfigMap", cm({ k: "v" }), put("cm/a", edited("a", { "data.k": "w" })), get("cm/a")),
    probe(
      "with a version that is gone",
      wd(),
      setUp(put("wd/a", edited("a", { "spec.size": 2 }))),
      put("wd/a", edited("a", { "spec.size": 3 })),
    ),
    probe(
      "of a ConfigMap with a version that is gone",
      cm(),
      setUp(put("cm/a", edited("a", { data: { k: "1" } }))),
      put("cm/a", edited("a", { data: { k: "2" } })),
    ),
    probe(
      "of status with a version that is gone",
      wd(),
      setUp(put("wd/a", edited("a", { "spec.size": 2 }))),
      put("wd/a/status", edited("a", { status: { phase: "x" } })),
    ),
    probe(
      "of scale with a version that is gone",
      wd(),
      get("wd/a/scale", { as: "scale" }),
      setUp(put("wd/a", edited("a", { "spec.size": 2 }))),
      put("wd/a/scale", edited("scale", { "spec.replicas": 3 })),
    ),
    probe(
      "with a version that is no number",
      wd(),
      put("wd/a", edited("a", { "metadata.resourceVersion": "x" })),
      cm(),
      put("cm/a", edited("a", { "metadata.resourceVersion": "x" })),
    ),
    probe(
      "with version 0",
      wd(),
      put("wd/a", edited("a", { "metadata.resourceVersion": "0", "spec.size": 3 })),
      cm(),
      put("cm/a", edited("a", { "metadata.resourceVersion": "0", data: { z: "1" } })),
    ),
    probe("of a Widget without a version", ...unlocked("wd", o.widget("a"))),
    probe("of a Lease without a version", ...unlocked("lease", o.lease("a"))),
    probe(
      "of a definition without a version",
      get("crd/gizmos.lab.example.com", { as: "made", pick: () => "" }),
      put("crd/gizmos.lab.example.com", edited("made", {}, "metadata.resourceVersion")),
    ),
    probe("of a ConfigMap without a version", ...unlocked("cm", o.configMap("a"))),
    probe("of a Secret without a version", ...unlocked("secret", o.secret("a"))),
    probe("of a Service without a version", ...unlocked("svc", o.service("a", { spec: ports }))),
    probe("of a Namespace without a version", ...unlocked("ns", o.namespace("{ns}-b"))),
    probe("of a Role without a version", ...unlocked("role", o.role("a"))),
    probe("of a Deployment without a version", ...unlocked("deploy", o.deployment("a"))),
    probe("of a StatefulSet without a version", ...unlocked("sts", o.statefulSet("a"))),
    probe("of a Job without a version", ...unlocked("job", o.job("a"))),
    probe("of a Pod without a version", ...unlocked("pod", o.pod("a"))),
    probe(
      "of a PersistentVolumeClaim without a version",
      ...unlocked(
        "pvc",
        o.claim("a", {
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        }),
      ),
    ),
    probe(
      "of an Ingress without a version",
      ...unlocked(
        "ing",
        o.ingress("a", {
          spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
        }),
      ),
    ),
    probe(
      "of what is not there",
      put("cm/nope", o.configMap("nope")),
      put("wd/nope", o.widget("nope")),
      put("wd/nope", o.widget("nope", {}, { resourceVersion: "1" })),
      put("deploy/nope", o.deployment("nope")),
      put("wd/nope/status", o.widget("nope")),
      put("deploy/nope/status", o.deployment("nope")),
    ),
    probe(
      "of a Lease that is not there",
      put("lease/a", o.lease("a", { spec: { holderIdentity: "me" } })),
      put("lease/b", o.lease("b", {}, { resourceVersion: "1" })),
    ),
    probe(
      "of what is not there, with a uid",
      put("cm/nope", o.configMap("nope", {}, { uid: "u" })),
      put("wd/nope", o.widget("nope", {}, { uid: "u", resourceVersion: "1" })),
    ),
    probe(
      "that changes nothing",
      wd(),
      put("wd/a", { ...edited("a", {}) }),
      get("wd/a"),
      watch("w", "wd?resourceVersion={a.metadata.resourceVersion}"),
      put("wd/a", edited("a", { status: { phase: "ignored" } })),
      put("wd/a", edited("a", { "spec.size": 5 })),
      events("w", 1),
    ),
    probe(
      "of a ConfigMap that changes nothing",
      cm({ k: "v" }),
      put("cm/a", edited("a", {})),
      mergePatch("cm/a", { data: { k: "v" } }),
      mergePatch("cm/a", {}),
      jsonPatch("cm/a", []),
    ),
    probe(
      "another name in the body",
      wd(),
      put("wd/a", edited("a", { "metadata.name": "other" })),
      cm(),
      put("cm/a", edited("a", { "metadata.name": "other" })),
      mergePatch("wd/a", { metadata: { name: "other" } }),
      mergePatch("cm/a", { metadata: { name: "other" } }),
    ),
    probe(
      "no name in the body",
      wd(),
      put("wd/a", edited("a", {}, "metadata.name")),
      cm(),
      put("cm/a", edited("a", {}, "metadata.name")),
    ),
    probe(
      "another namespace in the body",
      wd(),
      put("wd/a", edited("a", { "metadata.namespace": "other" })),
      cm(),
      put("cm/a", edited("a", { "metadata.namespace": "other" })),
      mergePatch("cm/a", { metadata: { namespace: "other" } }),
      put("cm/a", edited("a", {}, "metadata.namespace"), { pick: outcome }),
    ),
    probe(
      "another uid",
      wd(),
      put("wd/a", edited("a", { "metadata.uid": "other" })),
      cm(),
      put("cm/a", edited("a", { "metadata.uid": "other" })),
      mergePatch("wd/a", { metadata: { uid: "other" } }),
      mergePatch("cm/a", { metadata: { uid: "other" } }),
      put("cm/a", edited("a", {}, "metadata.uid"), { pick: outcome }),
    ),
    probe(
      "fields that only the server sets",
      wd(),
      put(
        "wd/a",
        edited("a", {
          "metadata.creationTimestamp": "2001-01-01T00:00:00Z",
          "metadata.generation": 9,
          "metadata.selfLink": "/x",
        }),
      ),
      cm(),
      put("cm/a", edited("a", { "metadata.creationTimestamp": "2001-01-01T00:00:00Z" })),
      mergePatch("wd/a", { metadata: { creationTimestamp: null } }),
    ),
    probe(
      "a deletion time",
      wd(),
      put("wd/a", edited("a", { "metadata.deletionTimestamp": "2001-01-01T00:00:00Z" })),
      mergePatch("wd/a", { metadata: { deletionTimestamp: "2001-01-01T00:00:00Z" } }),
      cm(),
      mergePatch("cm/a", { metadata: { deletionTimestamp: "2001-01-01T00:00:00Z" } }),
    ),
    probe(
      "a deletion time taken away",
      wd({}, { finalizers: ["example.com/x"] }),
      remove("wd/a", {}, { as: "gone" }),
      mergePatch("wd/a", { metadata: { deletionTimestamp: null } }),
      put("wd/a", edited("gone", {}, "metadata.deletionTimestamp", "metadata.resourceVersion")),
    ),
    probe(
      "another kind",
      wd(),
      put("wd/a", edited("a", { kind: "Gadget" })),
      mergePatch("wd/a", { kind: "Gadget" }),
      mergePatch("wd/a", { apiVersion: "lab.example.com/v2" }),
      cm(),
      mergePatch("cm/a", { kind: "Secret" }),
      mergePatch("cm/a", { apiVersion: "apps/v1" }),
    ),
    probe("a generateName", cm(), mergePatch("cm/a", { metadata: { generateName: "x-" } })),
    probe(
      "an invalid change",
      wd(),
      put("wd/a", edited("a", { "spec.size": 99 })),
      mergePatch("wd/a", { spec: { color: "blue" } }),
      mergePatch("wd/a", { spec: { code: "X" } }),
      get("wd/a"),
    ),
    probe(
      "a dry run",
      wd(),
      put("wd/a?dryRun=All", edited("a", { "spec.size": 2 })),
      get("wd/a"),
      mergePatch("wd/a?dryRun=All", { spec: { size: 3 } }),
    ),
    probe(
      "an immutable ConfigMap",
      setUp(post("cm", o.configMap("a", { immutable: true, data: { k: "v" } }))),
      mergePatch("cm/a", { data: { k: "w" } }),
      mergePatch("cm/a", { immutable: false }),
      mergePatch("cm/a", { immutable: null }),
      mergePatch("cm/a", { binaryData: { x: "AA==" } }),
      mergePatch("cm/a", { metadata: { labels: { a: "b" } } }),
    ),
    probe(
      "an immutable Secret",
      setUp(post("secret", o.secret("a", { immutable: true, data: { k: "dg==" } }))),
      mergePatch("secret/a", { data: { k: "dw==" } }),
      mergePatch("secret/a", { immutable: false }),
      mergePatch("secret/a", { stringData: { k: "w" } }),
    ),
    probe(
      "managedFields cleared",
      wd(),
      mergePatch("wd/a", { metadata: { managedFields: [{}] } }),
      mergePatch("wd/a", { spec: { size: 3 } }),
      put("wd/a", edited("a", { "metadata.managedFields": [] }, "metadata.resourceVersion")),
    ),
    probe(
      "managedFields of an update",
      wd(),
      mergePatch("wd/a?fieldManager=two", { spec: { size: 3 } }),
      mergePatch("wd/a?fieldManager=three", { spec: { color: "green", size: null } }),
    ),
    probe(
      "managedFields that are wrong",
      cm(),
      mergePatch("cm/a", {
        metadata: {
          managedFields: [
            {
              manager: "x",
              operation: "Nope",
              apiVersion: "v1",
              fieldsType: "FieldsV1",
              fieldsV1: {},
            },
          ],
        },
      }),
      mergePatch("cm/a", {
        metadata: {
          managedFields: [
            {
              manager: "x",
              operation: "Update",
              apiVersion: "v1",
              fieldsType: "Other",
              fieldsV1: {},
            },
          ],
        },
      }),
    ),
    probe(
      "more than ten managers",
      cm({ first: "v" }),
      ...Array.from({ length: 12 }, (_, index) =>
        mergePatch(
          `cm/a?fieldManager=m${String(index).padStart(2, "0")}`,
          { data: { [`k${index}`]: "v" } },
          index < 11 ? { setUp: true, pick: (): unknown => "" } : { pick: (): unknown => "" },
        ),
      ),
      get("cm/a", { pick: (body) => managersOf(body) }),
    ),
    probe(
      "finalizers while it is being deleted",
      wd({}, { finalizers: ["example.com/x", "example.com/y"] }),
      remove("wd/a"),
      mergePatch("wd/a", {
        metadata: { finalizers: ["example.com/x", "example.com/y", "example.com/z"] },
      }),
      mergePatch("wd/a", { metadata: { finalizers: ["example.com/z"] } }),
      mergePatch("wd/a", { metadata: { finalizers: ["example.com/y"] } }),
      mergePatch("wd/a", { metadata: { finalizers: [] } }),
      get("wd/a"),
    ),
  ],
};

function managersOf(body: unknown): unknown {
  const { metadata } = body as {
    metadata: { managedFields?: { manager: string; operation: string }[] };
  };
  if (metadata.managedFields === undefined) return body;
  return metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`).sort();
}
