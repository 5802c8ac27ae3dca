// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.5: JSON patch, merge patch, strategic merge patch.
// Over 400 lines because it is one list of probes.
import * as o from "../objects.js";
import {
  get,
  jsonPatch,
  mergePatch,
  post,
  probe,
  setUp,
  strategicPatch,
  type ProbeSection,
  type RequestStep,
  type Step,
} from "../probe.js";

const wd = (spec: Record<string, unknown> = { size: 1 }): RequestStep =>
  setUp(post("wd", o.widget("a", spec), { as: "a" }));
const cm = (data: Record<string, unknown> = { k: "v" }): RequestStep =>
  setUp(post("cm", o.configMap("a", { data }), { as: "a" }));
const op = (name: string, path: string, more: Record<string, unknown> = {}): unknown => ({
  op: name,
  path,
  ...more,
});
const specOf = (body: unknown): unknown => (body as { spec?: unknown }).spec ?? body;
const podSpec = (body: unknown): unknown =>
  (body as { spec?: { template?: { spec?: unknown } } }).spec?.template?.spec ?? body;

/** Patches of a Deployment with two containers; the pod's spec is compared. */
const strategic = (...patches: Record<string, unknown>[]): Step[] => [
  setUp(
    post(
      "deploy",
      o.deployment("a", {
        template: {
          metadata: { labels: { app: "a" } },
          spec: {
            containers: [
              {
                name: "one",
                image: "x",
                env: [
                  { name: "A", value: "1" },
                  { name: "B", value: "2" },
                ],
                ports: [{ containerPort: 80 }],
                args: ["a", "b"],
              },
              { name: "two", image: "y" },
            ],
            volumes: [{ name: "v", emptyDir: {} }],
            tolerations: [{ key: "t", operator: "Exists" }],
            nodeSelector: { a: "b" },
          },
        },
      }),
      { pick: podSpec },
    ),
  ),
  ...patches.map((spec) =>
    strategicPatch("deploy/a", { spec: { template: { spec } } }, { pick: podSpec }),
  ),
];

export const patch: ProbeSection = {
  id: "patch",
  title: "Patches",
  probes: [
    probe(
      "JSON patch: every operation",
      cm({ a: "1", b: "2" }),
      jsonPatch("cm/a", [op("add", "/data/c", { value: "3" })]),
      jsonPatch("cm/a", [op("replace", "/data/a", { value: "9" })]),
      jsonPatch("cm/a", [op("remove", "/data/b")]),
      jsonPatch("cm/a", [op("copy", "/data/d", { from: "/data/a" })]),
      jsonPatch("cm/a", [op("move", "/data/e", { from: "/data/d" })]),
      jsonPatch("cm/a", [
        op("test", "/data/a", { value: "9" }),
        op("add", "/data/f", { value: "1" }),
      ]),
    ),
    probe(
      "JSON patch: a test that fails",
      cm(),
      jsonPatch("cm/a", [op("test", "/data/k", { value: "x" })]),
      wd(),
      jsonPatch("wd/a", [op("test", "/spec/size", { value: 2 })]),
      jsonPatch("wd/a", [op("test", "/spec/nope", { value: 2 })]),
      jsonPatch("wd/a", [op("test", "/spec/nope", { value: null })]),
    ),
    probe(
      "JSON patch: paths that lead nowhere",
      cm(),
      jsonPatch("cm/a", [op("remove", "/data/nope")]),
      jsonPatch("cm/a", [op("replace", "/data/nope", { value: "x" })]),
      jsonPatch("cm/a", [op("add", "/nope/deep", { value: "x" })]),
      jsonPatch("cm/a", [op("move", "/data/x", { from: "/data/nope" })]),
      jsonPatch("cm/a", [op("copy", "/data/x", { from: "/data/nope" })]),
    ),
    probe(
      "JSON patch: paths that are none",
      cm(),
      jsonPatch("cm/a", [op("add", "data/x", { value: "x" })]),
      jsonPatch("cm/a", [op("add", "", { value: {} })]),
      jsonPatch("cm/a", [op("remove", "")]),
    ),
    probe(
      "JSON patch: what is no patch",
      cm(),
      jsonPatch("cm/a", {}),
      jsonPatch("cm/a", "[1]"),
      jsonPatch("cm/a", "nope"),
      jsonPatch("cm/a", "null"),
      jsonPatch("cm/a", '""'),
      wd(),
      jsonPatch("wd/a", {}),
      jsonPatch("wd/a", "nope"),
    ),
    probe(
      "JSON patch: operations that are none",
      cm(),
      jsonPatch("cm/a", [op("nope", "/data/x", { value: "x" })]),
      jsonPatch("cm/a", [{ path: "/data/x", value: "x" }]),
      jsonPatch("cm/a", [{ op: "add", value: "x" }]),
      jsonPatch("cm/a", [op("add", "/data/x")]),
    ),
    probe(
      "JSON patch: lists",
      wd({ plain: ["a", "b"] }),
      jsonPatch("wd/a", [op("add", "/spec/plain/-", { value: "c" })], { pick: specOf }),
      jsonPatch("wd/a", [op("add", "/spec/plain/0", { value: "z" })], { pick: specOf }),
      jsonPatch("wd/a", [op("remove", "/spec/plain/1")], { pick: specOf }),
      jsonPatch("wd/a", [op("add", "/spec/plain/9", { value: "z" })]),
      jsonPatch("wd/a", [op("remove", "/spec/plain/9")]),
      jsonPatch("wd/a", [op("add", "/spec/plain/x", { value: "z" })]),
      jsonPatch("wd/a", [op("remove", "/spec/plain/-1")], { pick: () => "" }),
      jsonPatch("wd/a", [op("replace", "/spec/plain/-", { value: "z" })]),
    ),
    probe(
      "JSON patch: escaped paths",
      cm({ "a.b": "1" }),
      jsonPatch("cm/a", [
        op("add", "/metadata/annotations", { value: {} }),
        op("add", "/metadata/annotations/example.com~1x", { value: "1" }),
        op("add", "/metadata/annotations/til~0de", { value: "2" }),
      ]),
    ),
    probe(
      "JSON patch: the result is validated",
      wd(),
      jsonPatch("wd/a", [op("replace", "/spec/size", { value: 99 })]),
      jsonPatch("wd/a", [op("replace", "/spec/size", { value: "x" })]),
      jsonPatch("wd/a", [op("remove", "/metadata/name")]),
      jsonPatch("wd/a", [op("replace", "/metadata", { value: {} })]),
      jsonPatch("wd/a", [op("replace", "/spec", { value: null })], { pick: specOf }),
    ),
    probe(
      "JSON patch: a version",
      wd(),
      jsonPatch("wd/a", [
        op("replace", "/metadata/resourceVersion", { value: "1" }),
        op("replace", "/spec/size", { value: 2 }),
      ]),
    ),
    probe(
      "JSON patch: too many operations",
      cm(),
      jsonPatch(
        "cm/a",
        Array.from({ length: 10_001 }, () => op("test", "/data/k", { value: "v" })),
      ),
    ),
    probe(
      "merge patch: set, delete, replace",
      wd({ size: 1, plain: ["a"], labels: { a: "1", b: "2" } }),
      mergePatch("wd/a", { spec: { size: 2, plain: ["b"], labels: { a: null } } }),
      mergePatch("wd/a", { spec: { labels: null } }),
      mergePatch("wd/a", { spec: { free: { a: { b: 1 } } } }),
      mergePatch("wd/a", { spec: { free: { a: { c: 2, b: null }, d: null } } }),
    ),
    probe(
      "merge patch: defaults come back",
      wd({ size: 1, color: "green" }),
      mergePatch("wd/a", { spec: { color: null } }),
    ),
    probe(
      "merge patch: a version as a lock",
      wd(),
      mergePatch("wd/a", { metadata: { resourceVersion: "1" }, spec: { size: 2 } }),
      mergePatch("wd/a", {
        metadata: { resourceVersion: "{a.metadata.resourceVersion}" },
        spec: { size: 2 },
      }),
      cm(),
      mergePatch("cm/a", { metadata: { resourceVersion: "1" }, data: { k: "w" } }),
    ),
    probe(
      "merge patch: what is no patch",
      cm(),
      mergePatch("cm/a", "nope"),
      mergePatch("cm/a", "[]"),
      mergePatch("cm/a", "1"),
      mergePatch("cm/a", "null"),
      wd(),
      mergePatch("wd/a", "nope"),
      mergePatch("wd/a", "[]"),
    ),
    probe("merge patch: an empty body", cm(), mergePatch("cm/a", "")),
    probe(
      "merge patch: of what is not there",
      mergePatch("cm/nope", {}),
      mergePatch("wd/nope", {}),
      mergePatch("wd/nope/status", {}),
      jsonPatch("cm/nope", []),
      strategicPatch("cm/nope", {}),
    ),
    probe(
      "merge patch: wrong types",
      cm(),
      mergePatch("cm/a", { data: 1 }),
      mergePatch("cm/a", { data: { k: 1 } }),
      mergePatch("cm/a", { metadata: { labels: "x" } }),
      wd(),
      mergePatch("wd/a", { metadata: { labels: { a: 1 } } }),
      mergePatch("wd/a", { spec: "x" }),
    ),
    probe(
      "merge patch: unknown fields",
      wd(),
      mergePatch("wd/a", { spec: { nope: 1 } }),
      cm(),
      mergePatch("cm/a", { nope: 1 }),
    ),
    probe(
      "merge patch: keys that are special in JavaScript",
      cm(),
      mergePatch("cm/a", '{"data":{"__proto__":"x","constructor":"y"}}'),
    ),
    probe(
      "strategic: containers by name",
      ...strategic(
        { containers: [{ name: "two", image: "z" }] },
        { containers: [{ name: "three", image: "w" }] },
        { containers: [{ name: "one", $patch: "delete" }] },
      ),
    ),
    probe(
      "strategic: environment by name",
      ...strategic(
        {
          containers: [
            {
              name: "one",
              env: [
                { name: "B", value: "9" },
                { name: "C", value: "3" },
              ],
            },
          ],
        },
        { containers: [{ name: "one", env: [{ name: "A", $patch: "delete" }] }] },
      ),
    ),
    probe(
      "strategic: ports by number",
      ...strategic({
        containers: [
          { name: "one", ports: [{ containerPort: 80, name: "web" }, { containerPort: 81 }] },
        ],
      }),
    ),
    probe(
      "strategic: plain lists are replaced",
      ...strategic(
        { containers: [{ name: "one", args: ["c"] }] },
        { tolerations: [{ key: "u", operator: "Exists" }] },
      ),
    ),
    probe(
      "strategic: volumes",
      ...strategic(
        { volumes: [{ name: "w", emptyDir: {} }] },
        { volumes: [{ name: "v", emptyDir: null, configMap: { name: "c" } }] },
        { volumes: [{ name: "w", $patch: "delete" }] },
        { volumes: [{ $patch: "replace" }, { name: "only", emptyDir: {} }] },
      ),
    ),
    probe(
      "strategic: replace a map",
      ...strategic(
        { nodeSelector: { $patch: "replace", c: "d" } },
        { nodeSelector: { e: "f" } },
        { nodeSelector: { e: null } },
        { nodeSelector: null },
      ),
    ),
    probe("strategic: delete a map", ...strategic({ nodeSelector: { $patch: "delete" } })),
    probe(
      "strategic: the order of elements",
      ...strategic(
        { $setElementOrder: 1 },
        {
          "$setElementOrder/containers": [{ name: "two" }, { name: "one" }],
          containers: [{ name: "two", image: "q" }],
        },
      ),
    ),
    probe(
      "strategic: retained keys",
      ...strategic({
        volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }],
      }),
    ),
    probe("strategic: an element without its key", ...strategic({ containers: [{ image: "q" }] })),
    probe(
      "strategic: an unknown directive",
      ...strategic({ nodeSelector: { $patch: "nope" } }),
      strategicPatch("deploy/a", {
        spec: { template: { spec: { containers: [{ name: "one", $patch: "nope" }] } } },
      }),
    ),
    probe(
      "strategic: primitive lists",
      setUp(post("cm", o.configMap("a", {}, { finalizers: ["example.com/a", "example.com/b"] }))),
      strategicPatch("cm/a", { metadata: { finalizers: ["example.com/c"] } }),
      strategicPatch("cm/a", {
        metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] },
      }),
      strategicPatch("cm/a", {
        metadata: { "$setElementOrder/finalizers": ["example.com/c", "example.com/b"] },
      }),
    ),
    probe(
      "strategic: owners by uid",
      setUp(post("cm", o.configMap("x"), { as: "x" })),
      setUp(post("cm", o.configMap("y"), { as: "y" })),
      setUp(
        post(
          "cm",
          o.configMap(
            "a",
            {},
            {
              ownerReferences: [
                o.owner("ConfigMap", "x", "{x.metadata.uid}"),
                o.owner("ConfigMap", "y", "{y.metadata.uid}"),
              ],
            },
          ),
        ),
      ),
      strategicPatch("cm/a", {
        metadata: { ownerReferences: [{ uid: "{x.metadata.uid}", controller: true }] },
      }),
      strategicPatch("cm/a", {
        metadata: { ownerReferences: [{ uid: "{y.metadata.uid}", $patch: "delete" }] },
      }),
    ),
    probe(
      "strategic: Service ports",
      setUp(
        post(
          "svc",
          o.service("a", {
            spec: {
              ports: [
                { name: "a", port: 80 },
                { name: "b", port: 81 },
              ],
            },
          }),
        ),
      ),
      strategicPatch("svc/a", { spec: { ports: [{ port: 80, targetPort: 8080 }] } }),
      strategicPatch("svc/a", { spec: { ports: [{ port: 81, $patch: "delete" }] } }),
    ),
    probe(
      "strategic: data of a ConfigMap",
      cm({ a: "1", b: "2" }),
      strategicPatch("cm/a", { data: { a: null, c: "3" } }),
      strategicPatch("cm/a", { data: { $patch: "replace", z: "1" } }),
      get("cm/a"),
    ),
    probe(
      "strategic: a version as a lock",
      cm(),
      strategicPatch("cm/a", { metadata: { resourceVersion: "1" } }),
    ),
    probe(
      "strategic: what is no patch",
      cm(),
      strategicPatch("cm/a", "nope"),
      strategicPatch("cm/a", "[]"),
      strategicPatch("cm/a", { data: [] }),
      strategicPatch("cm/a", { data: { k: 1 } }),
    ),
    probe(
      "force on a plain patch",
      cm(),
      mergePatch("cm/a?force=true", {}),
      jsonPatch("cm/a?force=false", []),
    ),
  ],
};
