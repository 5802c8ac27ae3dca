// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.6: server-side apply, its conflicts and refusals.
import * as o from "../objects.js";
import {
  apply as as,
  applyPatch,
  get,
  mergePatch,
  post,
  probe,
  setUp,
  type ProbeSection,
  type RequestStep,
} from "../probe.js";

const wd = (
  spec: Record<string, unknown>,
  manager: string,
  options: { force?: boolean } = {},
): RequestStep => as("wd/a", o.widget("a", spec), manager, options);
const cm = (
  data: Record<string, unknown>,
  manager: string,
  options: { force?: boolean } = {},
): RequestStep => as("cm/a", o.configMap("a", { data }), manager, options);
const long = "m".repeat(129);

export const apply: ProbeSection = {
  id: "apply",
  title: "Server-side apply",
  probes: [
    probe("creates", wd({ size: 1 }, "m1"), cm({ k: "v" }, "m1"), get("wd/a")),
    probe(
      "changes nothing",
      wd({ size: 1 }, "m1"),
      wd({ size: 1 }, "m1"),
      cm({ k: "v" }, "m1"),
      cm({ k: "v" }, "m1"),
    ),
    probe(
      "changes",
      wd({ size: 1 }, "m1"),
      wd({ size: 2 }, "m1"),
      wd({ size: 2, color: "green" }, "m1"),
    ),
    probe(
      "drops a field",
      wd({ size: 1, code: "abc" }, "m1"),
      wd({ size: 1 }, "m1"),
      cm({ a: "1", b: "2" }, "m1"),
      cm({ a: "1" }, "m1"),
      cm({}, "m1"),
    ),
    probe(
      "drops a field that another has too",
      wd({ size: 1, code: "abc" }, "m1"),
      wd({ code: "abc" }, "m2"),
      wd({ size: 1 }, "m1"),
      wd({}, "m2"),
    ),
    probe(
      "a conflict",
      wd({ size: 1 }, "m1"),
      wd({ size: 2 }, "m2"),
      wd({ size: 2 }, "m2", { force: true }),
      wd({ size: 1 }, "m1"),
    ),
    probe(
      "a conflict over two fields",
      wd({ size: 1, code: "abc" }, "m1"),
      wd({ size: 2, code: "xyz" }, "m2"),
    ),
    probe(
      "a conflict with two managers",
      wd({ size: 1 }, "m1"),
      wd({ size: 1, code: "abc" }, "m2"),
      wd({ size: 2, code: "xyz" }, "m3"),
    ),
    probe(
      "a conflict with an update",
      setUp(post("wd", o.widget("a", { size: 1 }))),
      wd({ size: 2 }, "m1"),
      setUp(mergePatch("wd/a?fieldManager=up", { spec: { size: 3 } })),
      wd({ size: 2 }, "m1"),
    ),
    probe(
      "a conflict in a ConfigMap",
      cm({ k: "1" }, "m1"),
      cm({ k: "2" }, "m2"),
      cm({ k: "2", l: "3" }, "m2", { force: true }),
    ),
    probe(
      "the same value twice",
      wd({ size: 1 }, "m1"),
      wd({ size: 1 }, "m2"),
      wd({ size: 2 }, "m1"),
    ),
    probe("no manager", applyPatch("wd/a", o.widget("a")), applyPatch("cm/a", o.configMap("a"))),
    probe(
      "a manager that is too long",
      as("wd/a", o.widget("a"), long),
      as("cm/a", o.configMap("a"), long),
    ),
    probe(
      "managedFields in the body",
      as("wd/a", o.widget("a", {}, { managedFields: [] }), "m1"),
      as("wd/a", o.widget("a", {}, { managedFields: [{ manager: "x" }] }), "m1"),
      as("cm/a", o.configMap("a", {}, { managedFields: [{ manager: "x" }] }), "m1"),
    ),
    probe(
      "no kind",
      as("wd/a", { apiVersion: "lab.example.com/v1", metadata: { name: "a" } }, "m1"),
      as("cm/a", { apiVersion: "v1", metadata: { name: "a" } }, "m1"),
    ),
    probe(
      "no API version",
      as("wd/a", { kind: "Widget", metadata: { name: "a" } }, "m1"),
      as("cm/a", { kind: "ConfigMap", metadata: { name: "a" } }, "m1"),
    ),
    probe(
      "another kind",
      as("wd/a", { ...o.widget("a"), kind: "Gadget" }, "m1"),
      as("cm/a", { ...o.configMap("a"), kind: "Secret" }, "m1"),
      as("cm/a", { ...o.configMap("a"), apiVersion: "v2" }, "m1"),
    ),
    probe(
      "another name",
      as("wd/a", o.widget("b"), "m1"),
      as("cm/a", o.configMap("b"), "m1"),
      as("wd/a", { apiVersion: "lab.example.com/v1", kind: "Widget" }, "m1"),
      as("cm/b", { apiVersion: "v1", kind: "ConfigMap" }, "m1"),
    ),
    probe(
      "another namespace",
      as("wd/a", o.widget("a", {}, { namespace: "other" }), "m1"),
      as("cm/a", o.configMap("a", {}, { namespace: "other" }), "m1"),
    ),
    probe(
      "a namespace that does not exist",
      as("/apis/lab.example.com/v1/namespaces/nope-{ns}/widgets/a", o.widget("a"), "m1"),
      as("/api/v1/namespaces/nope-{ns}/configmaps/a", o.configMap("a"), "m1"),
    ),
    probe(
      "a version",
      as("wd/a", o.widget("a", {}, { resourceVersion: "1" }), "m1"),
      setUp(post("wd", o.widget("a"))),
      as("wd/a", o.widget("a", {}, { resourceVersion: "1" }), "m1"),
      as("cm/a", o.configMap("a", {}, { resourceVersion: "1" }), "m1"),
    ),
    probe(
      "a uid",
      as("wd/a", o.widget("a", {}, { uid: "u" }), "m1"),
      setUp(post("wd", o.widget("b"))),
      as("wd/b", o.widget("b", {}, { uid: "u" }), "m1"),
    ),
    probe(
      "unknown fields",
      wd({ nope: 1 }, "m1"),
      as("wd/a", o.widgetOf("a", { nope: 1 }), "m1"),
      as("cm/a", o.configMap("a", { nope: 1 }), "m1"),
      as("deploy/a", o.deployment("a", { nope: { x: 1 } }), "m1"),
      as("wd/a", o.widget("a", {}, { nope: 1 }), "m1"),
    ),
    probe(
      "wrong types",
      wd({ size: "x" }, "m1"),
      as("cm/a", o.configMap("a", { data: [] }), "m1"),
      wd({ plain: "x" }, "m1"),
      wd({ parts: [{ name: 1 }] }, "m1"),
      as("wd/a", o.widgetOf("a", { spec: 1 }), "m1"),
    ),
    probe(
      "invalid values",
      wd({ size: 99 }, "m1"),
      wd({ color: "blue" }, "m1"),
      as("wd/A", o.widget("A"), "m1"),
    ),
    probe(
      "labels, annotations, finalizers, owners",
      setUp(post("cm", o.configMap("o"), { as: "o" })),
      setUp(post("cm", o.configMap("p"), { as: "p" })),
      as(
        "wd/a",
        o.widget(
          "a",
          {},
          {
            labels: { a: "1" },
            annotations: { b: "2" },
            finalizers: ["example.com/x"],
            ownerReferences: [o.owner("ConfigMap", "o", "{o.metadata.uid}")],
          },
        ),
        "m1",
      ),
      as(
        "wd/a",
        o.widget(
          "a",
          {},
          {
            labels: { c: "3" },
            finalizers: ["example.com/y"],
            ownerReferences: [o.owner("ConfigMap", "p", "{p.metadata.uid}")],
          },
        ),
        "m2",
      ),
      as("wd/a", o.widget("a"), "m1"),
    ),
    probe(
      "status on the main endpoint",
      as("wd/a", o.widgetOf("a", { spec: { size: 1 }, status: { phase: "x" } }), "m1"),
    ),
    probe(
      "status",
      setUp(post("wd", o.widget("a"))),
      as("wd/a/status", o.widgetOf("a", { status: { phase: "x" } }), "m1"),
      as("wd/a/status", o.widgetOf("a", { status: { phase: "y" } }), "m2"),
      as(
        "wd/a/status",
        o.widgetOf("a", { status: { conditions: [{ type: "Ready", status: "True" }] } }),
        "m2",
      ),
      as("wd/a/status", o.widgetOf("a", { status: {} }), "m1"),
      get("wd/a"),
    ),
    probe(
      "status of what is not there",
      as("wd/a/status", o.widgetOf("a", { status: { phase: "x" } }), "m1"),
      as("deploy/a/status", o.deployment("a"), "m1"),
    ),
    probe(
      "a spec by way of status",
      setUp(post("wd", o.widget("a"))),
      as("wd/a/status", o.widgetOf("a", { spec: { size: 9 }, status: { phase: "x" } }), "m1"),
    ),
    probe(
      "a dry run",
      as("wd/a?dryRun=All", o.widget("a"), "m1"),
      get("wd/a"),
      wd({ size: 1 }, "m1"),
      as("wd/a?dryRun=All", o.widget("a", { size: 2 }), "m2"),
      as("wd/a?dryRun=All", o.widget("a", { size: 2 }), "m1"),
      get("wd/a"),
    ),
    probe(
      "YAML",
      applyPatch(
        "wd/a?fieldManager=m1",
        "apiVersion: lab.example.com/v1\nkind: Widget\nmetadata:\n  name: a\nspec:\n  size: 2\n",
      ),
      applyPatch("wd/a?fieldManager=m1", "a: [b"),
      applyPatch("wd/a?fieldManager=m1", ""),
      applyPatch("wd/a?fieldManager=m1", "[]"),
      applyPatch("cm/a?fieldManager=m1", "text"),
    ),
    probe(
      "what is being deleted",
      setUp(post("wd", o.widget("a", {}, { finalizers: ["example.com/x"] }))),
      { ...setUp(get("wd/a")), method: "DELETE" },
      wd({ size: 2 }, "m1"),
    ),
    probe(
      "generateName",
      as(
        "wd/a",
        { apiVersion: "lab.example.com/v1", kind: "Widget", metadata: { generateName: "x-" } },
        "m1",
      ),
    ),
    probe(
      "after a create of the same manager",
      setUp(post("cm?fieldManager=m1", o.configMap("a", { data: { a: "1", b: "2" } }))),
      cm({ a: "1" }, "m1"),
      cm({ a: "2" }, "m1"),
      cm({ a: "2" }, "m1", { force: true }),
    ),
  ],
};
