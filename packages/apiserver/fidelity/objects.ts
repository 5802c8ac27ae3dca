// SPDX-License-Identifier: Apache-2.0
// The objects that probes send.
import type { JsonObject } from "../src/json.js";

type Parts = JsonObject;

const make =
  (apiVersion: string, kind: string) =>
  (name: string, rest: Parts = {}, metadata: Parts = {}): JsonObject => ({
    apiVersion,
    kind,
    metadata: { name, ...metadata },
    ...rest,
  });

/** A maker of objects: name, everything beside metadata, more metadata. */
export type Maker = ReturnType<typeof make>;

export const configMap: Maker = make("v1", "ConfigMap");
export const secret: Maker = make("v1", "Secret");
export const namespace: Maker = make("v1", "Namespace");
export const service: Maker = make("v1", "Service");
export const serviceAccount: Maker = make("v1", "ServiceAccount");
export const event: Maker = make("v1", "Event");
export const newEvent: Maker = make("events.k8s.io/v1", "Event");
export const lease: Maker = make("coordination.k8s.io/v1", "Lease");
export const role: Maker = make("rbac.authorization.k8s.io/v1", "Role");
export const roleBinding: Maker = make("rbac.authorization.k8s.io/v1", "RoleBinding");
export const clusterRole: Maker = make("rbac.authorization.k8s.io/v1", "ClusterRole");
export const claim: Maker = make("v1", "PersistentVolumeClaim");
export const node: Maker = make("v1", "Node");
export const ingress: Maker = make("networking.k8s.io/v1", "Ingress");
export const networkPolicy: Maker = make("networking.k8s.io/v1", "NetworkPolicy");
export const widgetOf: Maker = make("lab.example.com/v1", "Widget");
export const plainOf: Maker = make("lab.example.com/v1", "Plain");
export const gizmoOf: Maker = make("lab.example.com/v1", "Gizmo");

/** A Widget with a spec. */
export const widget = (name: string, spec: Parts = { size: 1 }, metadata: Parts = {}): JsonObject =>
  widgetOf(name, { spec }, metadata);

/** A pod of one container. */
export const pod = (name: string, spec: Parts = {}, metadata: Parts = {}): JsonObject =>
  make("v1", "Pod")(name, { spec: { containers: [container], ...spec } }, metadata);

export const container: JsonObject = { name: "c", image: "nginx:1.25" };

const template = (app: string, spec: Parts = {}): JsonObject => ({
  metadata: { labels: { app } },
  spec: { containers: [container], ...spec },
});

const workload =
  (apiVersion: string, kind: string, always: Parts = {}) =>
  (name: string, spec: Parts = {}, metadata: Parts = {}): JsonObject => ({
    apiVersion,
    kind,
    metadata: { name, ...metadata },
    spec: {
      selector: { matchLabels: { app: name } },
      template: template(name),
      ...always,
      ...spec,
    },
  });

export const deployment: Maker = workload("apps/v1", "Deployment");
export const statefulSet: Maker = workload("apps/v1", "StatefulSet", { serviceName: "s" });
export const replicaSet: Maker = workload("apps/v1", "ReplicaSet");
export const daemonSet: Maker = workload("apps/v1", "DaemonSet");

/** A Job of one container. */
export const job = (name: string, spec: Parts = {}, metadata: Parts = {}): JsonObject =>
  make("batch/v1", "Job")(
    name,
    { spec: { template: { spec: { containers: [container], restartPolicy: "Never" } }, ...spec } },
    metadata,
  );

/** An owner reference. */
export const owner = (kind: string, name: string, uid: string, more: Parts = {}): JsonObject => ({
  apiVersion: kind === "Widget" ? "lab.example.com/v1" : "v1",
  kind,
  name,
  uid,
  ...more,
});

/** The schema of a Widget's spec: one property of each kind that the checklist names. */
const widgetSpec: JsonObject = {
  type: "object",
  properties: {
    size: { type: "integer", minimum: 0, maximum: 10 },
    ratio: { type: "number", multipleOf: 0.5, exclusiveMinimum: true, minimum: 0 },
    color: { type: "string", enum: ["red", "green"], default: "red" },
    code: { type: "string", pattern: "^[a-z]+$", minLength: 2, maxLength: 5 },
    note: { type: "string", nullable: true },
    on: { type: "boolean" },
    when: { type: "string", format: "date-time" },
    parts: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, count: { type: "integer", default: 3 } },
      },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    plain: { type: "array", items: { type: "string" } },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    labels: { type: "object", additionalProperties: { type: "string" }, maxProperties: 2 },
    whole: {
      type: "object",
      "x-kubernetes-map-type": "atomic",
      properties: { a: { type: "string" }, b: { type: "string" } },
    },
    embedded: {
      type: "object",
      "x-kubernetes-embedded-resource": true,
      "x-kubernetes-preserve-unknown-fields": true,
    },
    nested: {
      type: "object",
      required: ["must"],
      properties: {
        must: { type: "string" },
        deep: {
          type: "object",
          default: {},
          properties: { level: { type: "integer", default: 1 } },
        },
      },
    },
    any: {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "integer" } },
      anyOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    one: {
      type: "integer",
      oneOf: [{ minimum: 10 }, { maximum: 2 }],
    },
    not: { type: "string", not: { enum: ["forbidden"] } },
    all: { type: "integer", allOf: [{ minimum: 2 }, { maximum: 4 }] },
  },
};

interface Definition {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly scope?: string;
  readonly names?: Parts;
  readonly version?: Parts;
  readonly versions?: readonly unknown[];
  readonly spec?: Parts;
  readonly metadata?: Parts;
}

const openSchema: JsonObject = {
  openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
};

/** A CustomResourceDefinition. */
export function definition(options: Definition): JsonObject {
  const { group, plural, kind, scope = "Namespaced", names = {}, version = {} } = options;
  const one = { name: "v1", served: true, storage: true, schema: openSchema, ...version };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, ...options.metadata },
    spec: {
      group,
      scope,
      names: { plural, kind, ...names },
      versions: [...(options.versions ?? [one])],
      ...options.spec,
    },
  };
}

const group = "lab.example.com";
const status: JsonObject = {
  type: "object",
  properties: {
    phase: { type: "string" },
    size: { type: "integer", minimum: 0 },
    selector: { type: "string" },
    conditions: {
      type: "array",
      items: {
        type: "object",
        required: ["type"],
        properties: { type: { type: "string" }, status: { type: "string" } },
      },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
    },
  },
};

/** The definitions that all probes share. */
export const sharedDefinitions: readonly JsonObject[] = [
  definition({
    group,
    plural: "widgets",
    kind: "Widget",
    names: { shortNames: ["wd"], categories: ["all"] },
    version: {
      subresources: {
        status: {},
        scale: {
          specReplicasPath: ".spec.size",
          statusReplicasPath: ".status.size",
          labelSelectorPath: ".status.selector",
        },
      },
      additionalPrinterColumns: [
        { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How big" },
        { name: "Color", type: "string", jsonPath: ".spec.color", priority: 1 },
        { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
      ],
      schema: { openAPIV3Schema: { type: "object", properties: { spec: widgetSpec, status } } },
    },
  }),
  definition({ group, plural: "gizmos", kind: "Gizmo", scope: "Cluster" }),
  definition({
    group,
    plural: "plains",
    kind: "Plain",
    version: {
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: {
            spec: {
              type: "object",
              // No OpenAPI v2 model can be made of this: such a kind is applied without a schema.
              properties: {
                size: { type: "integer" },
                port: { "x-kubernetes-int-or-string": true },
              },
            },
            status: { type: "object", properties: { phase: { type: "string" } } },
          },
        },
      },
    },
  }),
];
