// SPDX-License-Identifier: Apache-2.0
// Probes of checklist 3.9: CustomResourceDefinitions themselves.
// Over 400 lines because it is one list of probes.
import * as o from "../objects.js";
import {
  edited,
  events,
  get,
  mergePatch,
  post,
  probe,
  put,
  remove,
  setUp,
  until,
  watch,
  type ProbeSection,
  type RequestStep,
  type Step,
} from "../probe.js";

const group = "{ns}.example.com";
const things = (more: Partial<Parameters<typeof o.definition>[0]> = {}): Record<string, unknown> =>
  o.definition({ group, plural: "things", kind: "Thing", ...more });
const path = `crd/things.${group}`;
const collection = `/apis/${group}/v1/namespaces/{ns}/things`;
const refused = (...bodies: Record<string, unknown>[]): RequestStep[] =>
  bodies.map((body) => post("crd", body));
const thing = (name: string, rest: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: `${group}/v1`,
  kind: "Thing",
  metadata: { name },
  ...rest,
});
const served = (body: Record<string, unknown>): Step[] => [
  setUp(post("crd", body, { as: "crd" })),
  until(path, 200, "status.acceptedNames.kind"),
  until(collection, 200),
];
const version = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  ...more,
});
const statusOf = (body: unknown): unknown => {
  const { status } = body as { status?: { conditions?: { type: string }[] } };
  const conditions = [...(status?.conditions ?? [])].sort((a, b) => (a.type < b.type ? -1 : 1));
  return { ...status, conditions };
};

export const definitions: ProbeSection = {
  id: "definitions",
  title: "CustomResourceDefinitions",
  probes: [
    probe(
      "the answer of a create",
      post(
        "crd",
        things({
          version: {
            additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".spec.a" }],
          },
        }),
      ),
    ),
    probe(
      "status once it is established",
      ...served(things()),
      until(path, 200, "status.storedVersions"),
      get(path, { pick: statusOf }),
    ),
    probe(
      "what is served",
      ...served(things()),
      get(`/apis/${group}`),
      get(`/apis/${group}/v1`),
      post(collection, thing("a")),
      get(collection),
    ),
    probe(
      "names that are taken",
      ...served(things()),
      setUp(
        post(
          "crd",
          o.definition({ group, plural: "others", kind: "Thing", names: { shortNames: ["th"] } }),
          { pick: () => "" },
        ),
      ),
      until(`crd/others.${group}`, 200, "status.conditions.0"),
      get(`crd/others.${group}`, { pick: statusOf }),
      get(`/apis/${group}/v1/namespaces/{ns}/others`),
    ),
    probe(
      "a name that does not fit",
      ...refused({ ...things(), metadata: { name: "other.{ns}.example.com" } }),
    ),
    probe("no group", ...refused(o.definition({ group: "", plural: "things", kind: "Thing" }))),
    probe(
      "a group without a dot",
      ...refused(o.definition({ group: "x{ns}", plural: "things", kind: "Thing" })),
    ),
    probe(
      "a group that is protected",
      ...refused(
        o.definition({ group: "{ns}.k8s.io", plural: "things", kind: "Thing" }),
        o.definition({
          group: "{ns}.kubernetes.io",
          plural: "things",
          kind: "Thing",
          metadata: { annotations: { "api-approved.kubernetes.io": "nope" } },
        }),
      ),
    ),
    probe(
      "a group that is protected and approved",
      ...refused(
        o.definition({
          group: "{ns}.k8s.io",
          plural: "things",
          kind: "Thing",
          metadata: { annotations: { "api-approved.kubernetes.io": "https://example.com/1" } },
        }),
      ),
    ),
    probe(
      "bad names",
      ...refused(
        things({ plural: "Things" }),
        things({ kind: "thing-" }),
        things({ names: { singular: "A", shortNames: ["B_"], categories: ["C_"], listKind: "-" } }),
      ),
    ),
    probe(
      "no names",
      ...refused({
        ...things(),
        spec: {
          group,
          scope: "Namespaced",
          names: {},
          versions: [version("v1", { storage: true })],
        },
      }),
    ),
    probe("an unknown scope", ...refused(things({ scope: "Galaxy" }), things({ scope: "" }))),
    probe(
      "no versions",
      ...refused(things({ versions: [] }), {
        ...things(),
        spec: { group, scope: "Namespaced", names: { plural: "things", kind: "Thing" } },
      }),
    ),
    probe(
      "two versions of one name",
      ...refused(things({ versions: [version("v1", { storage: true }), version("v1")] })),
    ),
    probe(
      "two storage versions",
      ...refused(
        things({ versions: [version("v1", { storage: true }), version("v2", { storage: true })] }),
      ),
    ),
    probe("no storage version", ...refused(things({ versions: [version("v1")] }))),
    probe(
      "a bad version name",
      ...refused(things({ versions: [version("V_1", { storage: true })] })),
    ),
    probe(
      "printer columns",
      ...refused(
        things({
          version: { additionalPrinterColumns: [{ name: "", type: "string", jsonPath: ".a" }] },
        }),
        things({
          version: { additionalPrinterColumns: [{ name: "A", type: "nope", jsonPath: ".a" }] },
        }),
        things({
          version: { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: "a" }] },
        }),
        things({
          version: {
            additionalPrinterColumns: [
              { name: "A", type: "string", format: "nope", jsonPath: ".a" },
            ],
          },
        }),
      ),
    ),
    probe(
      "scale",
      ...refused(
        things({ version: { subresources: { scale: {} } } }),
        things({
          version: {
            subresources: {
              scale: { specReplicasPath: ".status.x", statusReplicasPath: ".spec.x" },
            },
          },
        }),
        things({
          version: {
            subresources: {
              scale: {
                specReplicasPath: ".spec.a[0]",
                statusReplicasPath: ".status.x",
                labelSelectorPath: ".metadata.y",
              },
            },
          },
        }),
      ),
    ),
    probe(
      "conversion",
      ...refused(
        things({ spec: { conversion: { strategy: "Nope" } } }),
        things({ spec: { conversion: { strategy: "Webhook" } } }),
      ),
    ),
    probe("preserveUnknownFields", ...refused(things({ spec: { preserveUnknownFields: true } }))),
    probe(
      "an unknown API version",
      post("crd", { ...things(), apiVersion: "apiextensions.k8s.io/v9" }),
    ),
    probe(
      "an immutable scope",
      ...served(things()),
      mergePatch(path, { spec: { scope: "Cluster" } }),
      mergePatch(path, { spec: { group: "other.example.com" } }),
      mergePatch(path, { spec: { names: { plural: "others" } } }),
    ),
    probe(
      "another kind",
      ...served(things()),
      mergePatch(path, { spec: { names: { kind: "Other", listKind: "OtherList" } } }),
    ),
    probe(
      "generation and status",
      ...served(things()),
      mergePatch(path, { metadata: { labels: { a: "b" } } }, { pick: generationOf }),
      mergePatch(path, { spec: { names: { shortNames: ["th"] } } }, { pick: generationOf }),
      mergePatch(
        `${path}/status`,
        { spec: { scope: "Cluster" }, status: { storedVersions: ["v1"] } },
        { pick: generationOf },
      ),
    ),
    probe(
      "storedVersions",
      ...served(things()),
      until(path, 200, "status.storedVersions"),
      mergePatch(`${path}/status`, { status: { storedVersions: [] } }),
      mergePatch(path, { spec: { versions: [version("v2", { storage: true })] } }),
    ),
    probe(
      "a new schema is used",
      ...served(things()),
      setUp(post(collection, thing("a", { spec: { a: "x" } }))),
      setUp(
        mergePatch(
          path,
          {
            spec: {
              versions: [
                version("v1", {
                  storage: true,
                  schema: {
                    openAPIV3Schema: {
                      type: "object",
                      properties: {
                        spec: {
                          type: "object",
                          properties: {
                            a: { type: "string", maxLength: 2 },
                            b: { type: "string", default: "new" },
                          },
                        },
                      },
                    },
                  },
                }),
              ],
            },
          },
          { pick: () => "" },
        ),
      ),
      until(`${collection}/a`, 200, "spec.b"),
      get(`${collection}/a`),
      post(collection, thing("b", { spec: { a: "xyz" } })),
      mergePatch(`${collection}/a`, { spec: { c: 1 } }),
    ),
    probe(
      "deletion of an empty definition",
      ...served(things()),
      remove(path),
      until(path, 404),
      until(collection, 404),
      get(collection),
    ),
    probe(
      "deletion with instances",
      ...served(things()),
      setUp(post(collection, thing("a"), { as: "a" })),
      watch("w", `${collection}?watch=1&resourceVersion={a.metadata.resourceVersion}`),
      remove(path, undefined, {
        pick: (body) => (body as { metadata: { finalizers: unknown } }).metadata.finalizers,
      }),
      until(path, 404),
      events("w", 1),
    ),
    probe(
      "deletion with an instance that is held",
      ...served(things()),
      setUp(
        post(collection, { ...thing("a"), metadata: { name: "a", finalizers: ["example.com/x"] } }),
      ),
      setUp(remove(path, undefined, { pick: () => "" })),
      until(`${collection}/a`, 200, "metadata.deletionTimestamp"),
      post(collection, thing("b")),
      get(path, { pick: statusOf }),
      mergePatch(`${collection}/a`, { metadata: { finalizers: null } }, { pick: () => "" }),
      until(path, 404),
    ),
    probe(
      "two versions",
      setUp(
        post("crd", things({ versions: [version("v1", { storage: true }), version("v2")] }), {
          pick: () => "",
        }),
      ),
      until(`/apis/${group}/v2/namespaces/{ns}/things`, 200),
      post(collection, thing("a", { spec: { x: 1 } })),
      get(`/apis/${group}/v2/namespaces/{ns}/things/a`),
      get(`/apis/${group}/v2/namespaces/{ns}/things`),
      post(`/apis/${group}/v2/namespaces/{ns}/things`, {
        ...thing("b"),
        apiVersion: `${group}/v2`,
      }),
      get(`${collection}/b`),
      get(`/apis/${group}`),
    ),
    probe(
      "a version that is not served",
      setUp(
        post(
          "crd",
          things({
            versions: [version("v1", { storage: true }), version("v2", { served: false })],
          }),
          { pick: () => "" },
        ),
      ),
      until(collection, 200),
      get(`/apis/${group}/v2/namespaces/{ns}/things`),
      get(`/apis/${group}`),
    ),
    probe(
      "a version that is deprecated",
      setUp(
        post(
          "crd",
          things({
            versions: [
              version("v1", { storage: true, deprecated: true }),
              version("v2", { deprecated: true, deprecationWarning: "use v1" }),
            ],
          }),
          { pick: () => "" },
        ),
      ),
      until(`/apis/${group}/v2/namespaces/{ns}/things`, 200),
      get(collection, { pick: () => "" }),
      get(`/apis/${group}/v2/namespaces/{ns}/things`, { pick: () => "" }),
      post(collection, thing("a")),
    ),
    probe(
      "order of versions",
      setUp(
        post(
          "crd",
          things({
            versions: [
              version("v1beta1"),
              version("v2alpha1"),
              version("v10", { storage: true }),
              version("v2"),
              version("foo"),
            ],
          }),
          { pick: () => "" },
        ),
      ),
      until(`/apis/${group}/v10/namespaces/{ns}/things`, 200),
      get(`/apis/${group}`),
    ),
    probe(
      "an update without change",
      setUp(post("crd", things())),
      until(path, 200, "status.storedVersions"),
      until(collection, 200),
      get(path, { as: "crd", pick: () => "" }),
      put(path, edited("crd", {}), { pick: generationOf }),
    ),
  ],
};

function generationOf(body: unknown): unknown {
  const { kind, metadata } = body as { kind: string; metadata?: { generation?: number } };
  return kind === "Status" ? body : metadata?.generation;
}
