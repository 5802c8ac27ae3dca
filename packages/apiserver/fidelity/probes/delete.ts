// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.7: deletion, finalizers, preconditions, collections.
import { brief, cm, hold, wd } from "../deletion-steps.js";
import * as o from "../objects.js";
import {
  events,
  get,
  mergePatch,
  post,
  probe,
  remove,
  setUp,
  until,
  watch,
  type ProbeSection,
  type Step,
} from "../probe.js";

const ofKind = (
  path: string,
  made: Record<string, unknown>,
  body?: Record<string, unknown>,
): Step[] => [
  setUp(post(path, made)),
  remove(`${path}/a`, body),
  get(`${path}/a`, { pick: brief }),
];
const options = (more: Record<string, unknown>): Record<string, unknown> => ({
  apiVersion: "v1",
  kind: "DeleteOptions",
  ...more,
});
const namesOf = (body: unknown): unknown => {
  const { kind, items } = body as { kind: string; items?: { metadata: { name: string } }[] };
  return items === undefined ? body : { kind, names: items.map(({ metadata }) => metadata.name) };
};

export const deletion: ProbeSection = {
  id: "delete",
  title: "Delete, finalizers, preconditions",
  probes: [
    probe("a ConfigMap", cm(), remove("cm/a"), get("cm/a"), remove("cm/a")),
    probe("a Widget", wd(), remove("wd/a"), get("wd/a"), remove("wd/a")),
    probe(
      "what is not there",
      remove("cm/nope"),
      remove("wd/nope"),
      remove("gz/nope-{ns}"),
      remove("deploy/nope"),
    ),
    probe(
      "with a finalizer",
      wd("a", hold),
      remove("wd/a"),
      remove("wd/a"),
      get("wd/a"),
      mergePatch("wd/a", { metadata: { finalizers: null } }),
      get("wd/a"),
    ),
    probe(
      "a ConfigMap with a finalizer",
      cm("a", hold),
      remove("cm/a"),
      remove("cm/a"),
      mergePatch("cm/a", { metadata: { finalizers: null } }),
      get("cm/a"),
    ),
    probe(
      "events of a deletion with a finalizer",
      wd("a", hold),
      watch("w", "wd?resourceVersion={a.metadata.resourceVersion}"),
      remove("wd/a"),
      mergePatch("wd/a", { metadata: { finalizers: null } }),
      events("w", 2),
    ),
    probe(
      "events of a deletion",
      cm(),
      watch("w", "cm?resourceVersion={a.metadata.resourceVersion}"),
      remove("cm/a"),
      events("w", 1),
    ),
    probe("of a Secret", ...ofKind("secret", o.secret("a"))),
    probe("of a Service", ...ofKind("svc", o.service("a", { spec: { ports: [{ port: 80 }] } }))),
    probe("of a ServiceAccount", ...ofKind("sa", o.serviceAccount("a"))),
    probe("of a Pod", ...ofKind("pod", o.pod("a"))),
    probe("of a Pod on a node", ...ofKind("pod", o.pod("a", { nodeName: "n1" }))),
    probe(
      "of a Pod on a node, again and sooner",
      ...ofKind("pod", o.pod("a", { nodeName: "n1" })),
      remove("pod/a", options({ gracePeriodSeconds: 5 })),
      remove("pod/a", options({ gracePeriodSeconds: 20 })),
      remove("pod/a", options({ gracePeriodSeconds: 0 })),
      get("pod/a"),
    ),
    probe(
      "of a Pod on a node at once",
      ...ofKind("pod", o.pod("a", { nodeName: "n1" }), options({ gracePeriodSeconds: 0 })),
    ),
    probe(
      "of a Pod with its own grace",
      ...ofKind("pod", o.pod("a", { nodeName: "n1", terminationGracePeriodSeconds: 7 })),
    ),
    probe("of a Deployment", ...ofKind("deploy", o.deployment("a"))),
    probe("of a StatefulSet", ...ofKind("sts", o.statefulSet("a"))),
    probe(
      "of a Job",
      setUp(post("job", o.job("a"))),
      remove("job/a", options({ propagationPolicy: "Background" })),
      get("job/a", { pick: brief }),
    ),
    probe(
      "of a PersistentVolumeClaim",
      setUp(
        post(
          "pvc",
          o.claim("a", {
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          }),
          { pick: brief },
        ),
      ),
      remove("pvc/a", undefined, { pick: brief }),
    ),
    probe("of a Lease", ...ofKind("lease", o.lease("a"))),
    probe("of a Role", ...ofKind("role", o.role("a"))),
    probe("of an Event", ...ofKind("ev", o.event("a", { involvedObject: { namespace: "{ns}" } }))),
    probe(
      "uid as a precondition",
      wd(),
      remove("wd/a", options({ preconditions: { uid: "zz" } })),
      remove("wd/a", options({ preconditions: { uid: "{a.metadata.uid}" } })),
    ),
    probe(
      "uid of a ConfigMap as a precondition",
      cm(),
      remove("cm/a", options({ preconditions: { uid: "zz" } })),
      remove("cm/a", options({ preconditions: { uid: "{a.metadata.uid}" } })),
    ),
    probe(
      "version as a precondition",
      wd(),
      remove("wd/a", options({ preconditions: { resourceVersion: "1" } })),
      remove(
        "wd/a",
        options({ preconditions: { resourceVersion: "{a.metadata.resourceVersion}" } }),
      ),
    ),
    probe(
      "both as preconditions",
      cm(),
      remove("cm/a", options({ preconditions: { uid: "{a.metadata.uid}", resourceVersion: "1" } })),
    ),
    probe(
      "preconditions of what has a finalizer",
      wd("a", hold),
      remove("wd/a", options({ preconditions: { uid: "zz" } })),
    ),
    probe(
      "an unknown policy",
      cm(),
      remove("cm/a", options({ propagationPolicy: "Nope" })),
      remove("cm/a?propagationPolicy=Nope"),
      wd(),
      remove("wd/a", options({ propagationPolicy: "Nope" })),
    ),
    probe(
      "a policy and orphanDependents",
      cm(),
      remove("cm/a", options({ propagationPolicy: "Orphan", orphanDependents: true })),
      remove("cm/a?orphanDependents=true&propagationPolicy=Orphan"),
    ),
    probe(
      "a negative grace period",
      cm(),
      remove("cm/a", options({ gracePeriodSeconds: -1 })),
      remove("cm/a?gracePeriodSeconds=x"),
    ),
    probe(
      "options of another kind",
      cm(),
      remove("cm/a", { apiVersion: "v1", kind: "ConfigMap" }),
      remove("cm/a", "nope"),
      remove("cm/a", "[]"),
      remove("cm/a", { apiVersion: "nope/v1", kind: "DeleteOptions" }),
    ),
    probe(
      "options in another version",
      cm(),
      remove("cm/a", { apiVersion: "apps/v1", kind: "DeleteOptions" }),
      wd(),
      remove("wd/a", { apiVersion: "lab.example.com/v1", kind: "DeleteOptions" }),
    ),
    probe("options without a kind", cm(), remove("cm/a", { gracePeriodSeconds: 0 })),
    probe(
      "a dry run",
      wd(),
      remove("wd/a?dryRun=All"),
      get("wd/a"),
      remove("wd/a", options({ dryRun: ["All"] })),
      get("wd/a"),
      remove("wd/a", options({ dryRun: ["Some"] })),
    ),
    probe(
      "a dry run of what has a finalizer",
      wd("a", hold),
      remove("wd/a?dryRun=All"),
      get("wd/a"),
    ),
    probe(
      "foreground with a finalizer of its own",
      wd("a", hold),
      remove("wd/a?propagationPolicy=Foreground"),
      until("wd/a", 200, "!metadata.finalizers.1"),
      get("wd/a", { pick: brief }),
    ),
    probe(
      "a collection",
      cm("a"),
      cm("b", { labels: { x: "y" } }),
      cm("c", { labels: { x: "y" } }),
      remove("cm?labelSelector=x=y", undefined, { pick: namesOf }),
      get("cm", { pick: namesOf }),
      remove("cm", undefined, { pick: namesOf }),
      get("cm"),
    ),
    probe(
      "a collection of Widgets",
      wd("a"),
      wd("b", hold),
      remove("wd", undefined, { pick: namesOf }),
      get("wd", { pick: namesOf }),
      remove("wd?fieldSelector=metadata.name=b", undefined, { pick: namesOf }),
    ),
    probe("the answer of a collection", wd("a"), remove("wd")),
    probe("an empty collection", remove("cm"), remove("wd")),
    probe(
      "a collection, dry",
      cm("a"),
      remove("cm?dryRun=All", undefined, { pick: namesOf }),
      get("cm", { pick: namesOf }),
    ),
    probe(
      "a collection with a bad selector",
      remove("cm?labelSelector=a%20b"),
      remove("wd?fieldSelector=spec.x=1"),
      remove("cm", options({ propagationPolicy: "Nope" })),
    ),
    probe("a collection of Services", remove("svc"), remove("ns")),
    probe(
      "an update that lets go",
      wd("a", hold),
      remove("wd/a", undefined, { as: "gone" }),
      watch("w", "wd?resourceVersion={gone.metadata.resourceVersion}"),
      mergePatch("wd/a", { metadata: { finalizers: [] }, spec: { size: 3 } }),
      events("w", 1),
    ),
    probe(
      "status while it is being deleted",
      wd("a", hold),
      remove("wd/a", undefined, { pick: brief }),
      mergePatch("wd/a/status", { status: { phase: "x" } }),
    ),
  ],
};
