// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.6: server-side apply to lists, maps, sets and built-in kinds.
import * as o from "../objects.js";
import { apply as as, get, probe, type ProbeSection, type RequestStep } from "../probe.js";

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

export const applyFields: ProbeSection = {
  id: "apply-fields",
  title: "Server-side apply of lists, maps and kinds",
  probes: [
    probe(
      "a list of maps",
      wd({ parts: [{ name: "a", count: 1 }] }, "m1"),
      wd({ parts: [{ name: "b" }] }, "m2"),
      wd({ parts: [{ name: "a", count: 9 }] }, "m2"),
      wd({ parts: [] }, "m1"),
      get("wd/a"),
    ),
    probe("a list of maps with a key twice", wd({ parts: [{ name: "a" }, { name: "a" }] }, "m1")),
    probe("a list of maps without a key", wd({ parts: [{ count: 1 }] }, "m1")),
    probe(
      "a set",
      wd({ tags: ["a", "b"] }, "m1"),
      wd({ tags: ["c"] }, "m2"),
      wd({ tags: ["b"] }, "m1"),
      wd({ tags: ["b", "c"] }, "m2"),
    ),
    probe("a set with a value twice", wd({ tags: ["a", "a"] }, "m1")),
    probe(
      "an atomic list",
      wd({ plain: ["a", "b"] }, "m1"),
      wd({ plain: ["a", "c"] }, "m2"),
      wd({ plain: ["a", "b"] }, "m2"),
    ),
    probe(
      "an atomic map",
      wd({ whole: { a: "1" } }, "m1"),
      wd({ whole: { a: "1", b: "2" } }, "m2"),
      wd({ whole: { a: "1" } }, "m2"),
    ),
    probe(
      "a map",
      wd({ labels: { a: "1" } }, "m1"),
      wd({ labels: { b: "2" } }, "m2"),
      wd({ labels: { b: "3" } }, "m1"),
      wd({}, "m1"),
    ),
    probe(
      "free fields",
      wd({ free: { a: { b: 1 }, l: [1, 2] } }, "m1"),
      wd({ free: { a: { c: 2 } } }, "m2"),
      wd({ free: { l: [3] } }, "m2"),
    ),
    probe(
      "an integer or a string",
      as("pl/a", o.plainOf("a", { spec: { port: 80 } }), "m1"),
      as("pl/a", o.plainOf("a", { spec: { port: "http" } }), "m1"),
    ),
    probe(
      "null",
      wd({ note: null }, "m1"),
      wd({ size: null }, "m1"),
      cm({ a: null as unknown as string }, "m1"),
    ),
    probe("defaults are nobody's", wd({ parts: [{ name: "a" }], nested: { must: "x" } }, "m1")),
    probe(
      "a Deployment",
      as("deploy/a", o.deployment("a", { replicas: 2 }), "m1"),
      as("deploy/a", o.deployment("a", { replicas: 3 }), "m2"),
      as(
        "deploy/a",
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: {
            template: { spec: { containers: [{ name: "c", env: [{ name: "A", value: "1" }] }] } },
          },
        },
        "m2",
      ),
      as("deploy/a", o.deployment("a"), "m1"),
    ),
    probe(
      "ports of a container",
      as(
        "pod/a",
        o.pod("a", {
          containers: [
            {
              name: "c",
              image: "x",
              ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }],
            },
          ],
        }),
        "m1",
      ),
      as(
        "pod/b",
        o.pod("b", {
          containers: [
            { name: "c", image: "x", ports: [{ containerPort: 80 }, { containerPort: 80 }] },
          ],
        }),
        "m1",
      ),
    ),
    probe(
      "a Service",
      as("svc/a", o.service("a", { spec: { selector: { a: "b" }, ports: [{ port: 80 }] } }), "m1"),
      as(
        "svc/a",
        o.service("a", { spec: { selector: { a: "c" }, ports: [{ port: 80, targetPort: 8080 }] } }),
        "m1",
      ),
      as(
        "svc/a",
        o.service("a", {
          spec: {
            ports: [
              { port: 80, protocol: "TCP", name: "x" },
              { port: 81, name: "y" },
            ],
          },
        }),
        "m2",
      ),
    ),
    probe(
      "a Secret with stringData",
      as("secret/a", o.secret("a", { stringData: { k: "v" } }), "m1"),
      as("secret/a", o.secret("a", { data: { k: "dw==" } }), "m2"),
    ),
    probe(
      "a Role",
      as(
        "role/a",
        o.role("a", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
        "m1",
      ),
      as("role/a", o.role("a", { rules: [] }), "m2"),
    ),
    probe(
      "a cluster-wide object",
      as("gz/{ns}", o.gizmoOf("{ns}", { spec: { a: { b: [1] } } }), "m1"),
      as("gz/{ns}", o.gizmoOf("{ns}", { spec: { a: { c: 1 } } }), "m2"),
    ),
    probe(
      "quantities",
      as(
        "pod/a",
        o.pod("a", {
          containers: [
            { name: "c", image: "x", resources: { requests: { cpu: "0.5", memory: "1024Mi" } } },
          ],
        }),
        "m1",
      ),
      as(
        "pod/a",
        o.pod("a", {
          containers: [
            { name: "c", image: "x", resources: { requests: { cpu: "500m", memory: "1Gi" } } },
          ],
        }),
        "m1",
      ),
    ),
    probe(
      "a value of null inside",
      as("cm/a", o.configMap("a", { data: null }), "m1"),
      as("wd/a", o.widgetOf("a", { spec: null }), "m1"),
    ),
  ],
};
