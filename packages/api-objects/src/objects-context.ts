// SPDX-License-Identifier: Apache-2.0
// What the reads and writes of one reconciler share: runtime, field manager, memory (stage 6: writes).
import type { Kind, KubernetesObject, Runtime } from "@haversack/core";
import { AppliedMemory } from "./applied-memory.js";
import { checkFieldManager } from "./field-manager.js";
import { WriteLoops } from "./write-loops.js";

/** Options of {@link Objects} and of {@link withApiObjects}. */
export interface ApiObjectsOptions {
  /** Under which the API server files what we own; at most 128 bytes, for ever the same. */
  readonly fieldManager: string;
  /** Take declared fields from other managers. Default true: a controller owns what it declares. */
  readonly force?: boolean;
  /** Longest time for one request. Default 30,000. */
  readonly timeoutMs?: number;
  /** Objects per LIST request. Default 500, as client-go's pager. */
  readonly pageSizeObjects?: number;
  /** Objects whose last applied state is remembered, about 650 bytes each. Default 100,000. */
  readonly maxRememberedObjects?: number;
  /**
   * Kinds that are written, for the Role that is derived from declarations. Default: the kinds that
   * are watched or indexed as owned by the primary.
   */
  readonly writes?: readonly Kind<KubernetesObject>[];
  /** Kinds that are read without being watched, for the same Role. Default: none. */
  readonly reads?: readonly Kind<KubernetesObject>[];
  /** Kind of owners that carry no `apiVersion` and `kind` themselves. Default: the primary's kind. */
  readonly ownerKind?: Kind<KubernetesObject>;
}

/** Shared by all operations of one {@link Objects}. */
export interface ObjectsContext {
  /** The runtime of now. @throws ConfigurationError before the reconciler was started. */
  runtime(): Runtime;
  readonly fieldManager: string;
  readonly force: boolean;
  readonly timeoutMs: number;
  readonly pageSizeObjects: number;
  readonly ownerKind: Kind<KubernetesObject> | undefined;
  /** What was verified under the runtime of now; a restart begins with nothing. */
  readonly memory: AppliedMemory;
  readonly loops: WriteLoops;
  /** Kinds, by key, to whether their status conditions are merged by type. */
  readonly conditionLists: Map<string, "keyed" | "atomic">;
}

/** Fills options up with defaults. **API requests:** 0. @throws ConfigurationError for a bad manager. */
export function createContext(options: ApiObjectsOptions, runtime: () => Runtime): ObjectsContext {
  const maxEntries = options.maxRememberedObjects ?? 100_000;
  let remembered: { readonly runtime: Runtime; readonly memory: AppliedMemory } | undefined;
  return {
    runtime,
    fieldManager: checkFieldManager(options.fieldManager),
    force: options.force ?? true,
    timeoutMs: options.timeoutMs ?? 30_000,
    pageSizeObjects: options.pageSizeObjects ?? 500,
    ownerKind: options.ownerKind,
    get memory() {
      const current = runtime();
      // Another process may have applied under our name while this one was stopped.
      if (remembered?.runtime !== current) {
        remembered = { runtime: current, memory: new AppliedMemory(maxEntries) };
      }
      return remembered.memory;
    },
    loops: new WriteLoops(),
    conditionLists: new Map(),
  };
}
