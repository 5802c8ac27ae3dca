// SPDX-License-Identifier: Apache-2.0
// Which resources are served at this moment: the built-in ones and those of established CRDs.
import type { Schema } from "../schema/schema.js";
import { builtinKinds } from "./builtin-kinds.js";
import type { BuiltinKind } from "./builtin-kind.js";
import { eventsViewKinds } from "./events-view.js";
import { reviewKinds } from "./review-kinds.js";
import { completeBuiltinSchema } from "./builtin-schema.js";
import { apiVersionOf } from "./resource-type.js";
import type { ResourceType } from "./resource-type.js";

const scalePaths = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".status.selector",
};

function builtin(apiVersion: string, row: BuiltinKind): ResourceType {
  const [group, version] = apiVersion.includes("/")
    ? (apiVersion.split("/") as [string, string])
    : (["", apiVersion] as const);
  let schema: Schema | undefined;
  return {
    group,
    version,
    kind: row.kind,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    listKind: `${row.kind}List`,
    namespaced: row.cluster !== true,
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    custom: false,
    storageKey: row.storedAs?.storageKey ?? (group === "" ? row.plural : `${row.plural}.${group}`),
    storageVersion: row.storedAs?.version ?? version,
    ...(row.storedAs === undefined ? {} : { conversion: row.storedAs.conversion }),
    // The field table is read when a kind is first used: a server starts without it.
    get schema() {
      schema ??= completeBuiltinSchema(row.typeName ?? row.kind);
      return schema;
    },
    hasStatus: row.noStatus !== true && row.rules?.review !== true,
    ...(row.scale === true ? { scale: scalePaths } : {}),
    columns: [],
    rules: row.rules ?? {},
  };
}

/** The served resources; lookups are by path parts or by kind. */
export class Registry {
  readonly #byPath = new Map<string, ResourceType>();
  readonly #builtinGroups = new Set<string>();
  /** Rises with every change of what is served; discovery documents are cached by it. */
  generation = 0;

  constructor() {
    const kinds = { ...builtinKinds, ...eventsViewKinds, ...reviewKinds };
    for (const [apiVersion, rows] of Object.entries(kinds)) {
      for (const row of rows) this.add(builtin(apiVersion, row));
      this.#builtinGroups.add(apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "");
    }
  }

  /** Serves a resource, or replaces what is served under its path. */
  add(type: ResourceType): void {
    this.#byPath.set(`${apiVersionOf(type)}/${type.plural}`, type);
    this.generation += 1;
  }

  /** Stops serving every version of a custom resource. */
  removeCustom(group: string, plural: string): void {
    for (const [path, type] of this.#byPath) {
      if (type.custom && type.group === group && type.plural === plural) this.#byPath.delete(path);
    }
    this.generation += 1;
  }

  find(apiVersion: string, plural: string): ResourceType | undefined {
    return this.#byPath.get(`${apiVersion}/${plural}`);
  }

  isBuiltinGroup(group: string): boolean {
    return this.#builtinGroups.has(group);
  }

  all(): readonly ResourceType[] {
    return [...this.#byPath.values()];
  }

  /** One type per stored resource (its first served version). */
  stored(): readonly ResourceType[] {
    const seen = new Map<string, ResourceType>();
    for (const type of this.#byPath.values()) {
      if (!seen.has(type.storageKey)) seen.set(type.storageKey, type);
    }
    return [...seen.values()];
  }
}
