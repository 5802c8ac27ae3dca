// SPDX-License-Identifier: Apache-2.0
// What the server knows of one served resource: names, scope, shape and the rules that differ by kind.
import type { JsonObject } from "../json.js";
import type { Schema } from "../schema/schema.js";
import type { Subject } from "../status-error.js";

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly priority?: number;
  readonly description?: string;
}

/** Where a scalable kind keeps its numbers. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** The name grammar of a kind. */
export type NameRule = "subdomain" | "label" | "label1035" | "path";

/** Rules of a kind that are plain facts; anything left out is the API server's usual behaviour. */
export interface KindRules {
  readonly nameRule?: NameRule;
  /** The kind carries `metadata.generation`. */
  readonly generation?: boolean;
  /** PUT without resourceVersion is refused. */
  readonly lockedUpdate?: boolean;
  /** PUT to a missing object creates it. */
  readonly createOnUpdate?: boolean;
  /** DELETE answers with the object even when it is gone. */
  readonly returnsDeleted?: boolean;
  /** Fields of `spec` that may change after creation; a change of any other is refused. */
  readonly mutableSpec?: readonly string[];
  /** Paths whose value never changes once set. */
  readonly immutable?: readonly string[];
  /** Paths that must be present, beyond what the shape says. */
  readonly requiredPaths?: readonly string[];
  /** Field selector labels beyond metadata.name and metadata.namespace. */
  readonly fieldLabels?: readonly string[];
  /** Default of `propagationPolicy` when a client names none. */
  readonly defaultPropagation?: "Background" | "Orphan";
  /** Answers a question and stores nothing. */
  readonly review?: boolean;
}

/** Between a served form and the stored one, where they differ in more than apiVersion. */
export interface Conversion {
  readonly toStorage: (object: JsonObject) => JsonObject;
  readonly fromStorage: (object: JsonObject) => JsonObject;
}

/** One served resource in one version. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly custom: boolean;
  /** Name of its shelf in the store: `plural.group`, the same for every version. */
  readonly storageKey: string;
  /** Version in which objects are stored. */
  readonly storageVersion: string;
  readonly schema: Schema;
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  readonly columns: readonly PrinterColumn[];
  readonly rules: KindRules;
  readonly conversion?: Conversion;
  /** Store revision of the definition that a custom type was made from. */
  readonly since?: number;
  /** The warning of a deprecated version. */
  readonly deprecation?: string;
  /** What a custom type was made from; two types of one source are the same. */
  readonly source?: unknown;
}

/** `apps/v1`, or `v1` in the core group. */
export function apiVersionOf(type: { readonly group: string; readonly version: string }): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** The subject of errors that speak of the resource. */
export function resourceSubject(type: ResourceType): Subject {
  return { group: type.group, word: type.plural };
}

/** The subject of errors that speak of the kind. */
export function kindSubject(type: ResourceType): Subject {
  return { group: type.group, word: type.kind };
}
