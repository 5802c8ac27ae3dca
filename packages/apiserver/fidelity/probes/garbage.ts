// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.7: propagation policies and the garbage collector.
import { brief, cm, hold, wd } from "../deletion-steps.js";
import * as o from "../objects.js";
import {
  get,
  mergePatch,
  post,
  probe,
  remove,
  setUp,
  until,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const child = (name: string, owners: unknown[], metadata = {}): RequestStep =>
  setUp(post("cm", o.configMap(name, {}, { ownerReferences: owners, ...metadata }), { as: name }));
const ownerOf = (name: string, more = {}): unknown =>
  o.owner("ConfigMap", name, `{${name}.metadata.uid}`, more);
const options = (more: Record<string, unknown>): Record<string, unknown> => ({
  apiVersion: "v1",
  kind: "DeleteOptions",
  ...more,
});

export const garbage: ProbeSection = {
  id: "garbage",
  title: "Propagation and garbage collection",
  probes: [
    probe(
      "foreground without children",
      wd(),
      remove("wd/a?propagationPolicy=Foreground"),
      until("wd/a", 404),
    ),
    probe(
      "foreground with a child that holds it",
      cm("o"),
      child("c", [ownerOf("o", { blockOwnerDeletion: true })], hold),
      remove("cm/o?propagationPolicy=Foreground"),
      until("cm/c", 200, "metadata.deletionTimestamp"),
      get("cm/o", { pick: brief }),
      mergePatch("cm/c", { metadata: { finalizers: null } }, { pick: () => "" }),
      until("cm/c", 404),
      until("cm/o", 404),
    ),
    probe(
      "foreground with a child that does not hold it",
      cm("o"),
      child("c", [ownerOf("o", { blockOwnerDeletion: false })], hold),
      remove("cm/o?propagationPolicy=Foreground"),
      until("cm/o", 404),
      until("cm/c", 200, "metadata.deletionTimestamp"),
      get("cm/c", { pick: brief }),
    ),
    probe(
      "orphan",
      cm("o"),
      child("c", [ownerOf("o")]),
      remove("cm/o?propagationPolicy=Orphan"),
      until("cm/o", 404),
      until("cm/c", 200, "!metadata.ownerReferences"),
      get("cm/c", { pick: brief }),
    ),
    probe(
      "orphan by the old option",
      cm("o"),
      child("c", [ownerOf("o")]),
      remove("cm/o", options({ orphanDependents: true })),
      until("cm/o", 404),
      until("cm/c", 200, "!metadata.ownerReferences"),
    ),
    probe(
      "background",
      cm("o"),
      child("c", [ownerOf("o")]),
      remove("cm/o?propagationPolicy=Background"),
      until("cm/c", 404),
    ),
    probe(
      "background over three generations",
      cm("o"),
      child("c", [ownerOf("o")]),
      child("d", [ownerOf("c")]),
      remove("cm/o"),
      until("cm/d", 404),
    ),
    probe(
      "a child of two owners",
      cm("o"),
      cm("p"),
      child("c", [ownerOf("o"), ownerOf("p")]),
      remove("cm/o"),
      until("cm/c", 200, "!metadata.ownerReferences.1"),
      get("cm/c", { pick: brief }),
      remove("cm/p"),
      until("cm/c", 404),
    ),
    probe(
      "a child of an owner that never was",
      child("c", [o.owner("ConfigMap", "x", "11111111-2222-3333-4444-555555555555")]),
      until("cm/c", 404),
    ),
    probe(
      "a child of an owner with another uid",
      cm("o"),
      child("c", [o.owner("ConfigMap", "o", "11111111-2222-3333-4444-555555555555")]),
      until("cm/c", 404),
    ),
    probe(
      "a child of a Widget",
      wd("o"),
      child("c", [o.owner("Widget", "o", "{o.metadata.uid}")]),
      remove("wd/o"),
      until("cm/c", 404),
    ),
    probe(
      "a Widget as the child",
      cm("o"),
      setUp(post("wd", o.widget("c", {}, { ownerReferences: [ownerOf("o")] }))),
      remove("cm/o"),
      until("wd/c", 404),
    ),
    probe(
      "a child of a cluster-wide owner",
      setUp(post("gz", o.gizmoOf("{ns}"), { as: "o" })),
      child("c", [
        { apiVersion: "lab.example.com/v1", kind: "Gizmo", name: "{ns}", uid: "{o.metadata.uid}" },
      ]),
      remove("gz/{ns}"),
      until("cm/c", 404),
    ),
    probe(
      "finalizers that are policies",
      setUp(post("cm", o.configMap("a", {}, { finalizers: ["foregroundDeletion"] }))),
      remove("cm/a"),
      setUp(post("cm", o.configMap("b", {}, { finalizers: ["orphan", "example.com/hold"] }))),
      remove("cm/b?propagationPolicy=Background", undefined, { pick: brief }),
    ),
    probe(
      "another policy while it is being deleted",
      wd("a", hold),
      remove("wd/a?propagationPolicy=Orphan", undefined, { pick: brief }),
      until("wd/a", 200, "!metadata.finalizers.1"),
      remove("wd/a?propagationPolicy=Foreground", undefined, { pick: brief }),
    ),
  ],
};
