// SPDX-License-Identifier: Apache-2.0
// A custom resource in two shapes: conditions merged by type, and conditions as one list (tests of stage 6).
import {
  customResourceDefinitions,
  defineKind,
  type Condition,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";
import type { EmbeddedRig } from "./embedded-rig.js";

/** The custom resource of the tests. */
export interface Database extends KubernetesObject {
  readonly spec?: { readonly size?: number; readonly image?: string };
  readonly status?: {
    readonly phase?: string;
    readonly ready?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** Conditions are a list keyed by type, as the API conventions ask. */
export const databases: Kind<Database> = defineKind("example.com/v1", "Database");
/** Conditions are an atomic list, as in many CRDs in the field. */
export const legacies: Kind<Database> = defineKind("example.com/v1", "Legacy");

/** Makes the server serve both. */
export async function defineDatabases(rig: EmbeddedRig): Promise<void> {
  const { objects } = rig.process({ cached: false, fieldManager: "installer" });
  for (const [kind, isKeyed] of [
    [databases, true],
    [legacies, false],
  ] as const) {
    await objects.create(customResourceDefinitions, {
      metadata: { name: `${kind.plural}.${kind.group}` },
      spec: {
        group: kind.group,
        scope: "Namespaced",
        names: { plural: kind.plural, kind: kind.kind, singular: kind.kind.toLowerCase() },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: schemaWith(isKeyed) },
          },
        ],
      },
    });
  }
  await rig.server.settle();
  rig.requests();
}

/** A database that is declared. */
export function database(name = "db"): Database {
  return { metadata: { name, namespace: "prod" }, spec: { size: 3 } };
}

function schemaWith(isKeyed: boolean): object {
  const text = { type: "string" };
  const conditions = {
    type: "array",
    items: {
      type: "object",
      required: ["type", "status"],
      properties: {
        type: text,
        status: text,
        reason: text,
        message: text,
        lastTransitionTime: { type: "string", format: "date-time" },
        observedGeneration: { type: "integer" },
      },
    },
  };
  const keyed = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] };
  const spec = { size: { type: "integer" }, image: { type: "string", default: "mongod:8" } };
  const status = { phase: text, ready: { type: "integer" } };
  return {
    type: "object",
    properties: {
      spec: { type: "object", properties: spec },
      status: {
        type: "object",
        properties: { ...status, conditions: { ...conditions, ...(isKeyed ? keyed : {}) } },
      },
    },
  };
}
