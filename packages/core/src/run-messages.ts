// SPDX-License-Identifier: Apache-2.0
// A run of a sub-reconciler as messages of plain data, for hosts in another process or a sandbox (stage 5).
import type { EventNote, ListOptions, WriteOptions } from "./capabilities.js";
import { isExpansionError, type PlainError } from "./errors.js";
import type { Condition, KubernetesObject, ObjectMeta } from "./kubernetes-object.js";
import type { ReconcileReason, Result } from "./reconcile.js";
import type { ObjectKey, ResourceRef } from "./resource-ref.js";
import type { ExclusiveOptions, WaitDeclaration, WaitTimes } from "./sub-reconciler.js";

/** A kind as plain data. */
export interface KindMessage {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The secondaries of one kind. */
export interface ListMessage {
  readonly items: readonly KubernetesObject[];
  readonly available: boolean;
  readonly synced: boolean;
  readonly staleSinceMs?: number;
}

/** What a run is given. */
export interface RunMessage {
  readonly name: string;
  readonly phase: "reconcile" | "cleanup";
  readonly ref: ResourceRef;
  readonly primary: KubernetesObject;
  readonly attempt: number;
  readonly reasons: readonly ReconcileReason[];
  readonly fieldManager: string;
  readonly waits: WaitTimes;
  readonly scheduledTime?: string;
  /** Absent without a secondary index. Only what was declared is in it. */
  readonly secondaries?: Readonly<Record<string, ListMessage>>;
}

type Options<O> = Omit<O, "signal">;
type Patched = readonly [kind: KindMessage, object: KubernetesObject, change: object];

/** What a run may ask of its host, by name, with its arguments. */
export interface Calls {
  readonly get: readonly [kind: KindMessage, key: ObjectKey];
  readonly mustGet: readonly [kind: KindMessage, key: ObjectKey];
  readonly list: readonly [kind: KindMessage, options?: Options<ListOptions>];
  readonly apply: readonly [KindMessage, KubernetesObject, Options<WriteOptions>?];
  readonly applyStatus: readonly [KindMessage, KubernetesObject, unknown, Options<WriteOptions>?];
  readonly create: readonly [
    KindMessage,
    { readonly metadata: Partial<ObjectMeta> },
    Options<WriteOptions>?,
  ];
  readonly mergePatch: readonly [...Patched, Options<WriteOptions>?];
  readonly jsonPatch: readonly [
    KindMessage,
    KubernetesObject,
    KubernetesObject,
    Options<WriteOptions>?,
  ];
  readonly delete: readonly [
    KindMessage,
    KubernetesObject,
    {
      readonly propagation?: "Background" | "Foreground" | "Orphan";
      readonly resourceVersion?: string;
    }?,
  ];
  readonly addFinalizer: readonly [KindMessage, KubernetesObject, string];
  readonly removeFinalizer: readonly [KindMessage, KubernetesObject, string];
  readonly event: readonly [KindMessage, KubernetesObject, EventNote];
  readonly setStatus: readonly [status: object];
  readonly setCondition: readonly [condition: Condition];
  readonly waitFor: readonly [wait: WaitDeclaration];
  readonly exclusive: readonly [name: string, options?: ExclusiveOptions];
  readonly release: readonly [lock: number];
}

/** One call of a run to its host. */
export type CallMessage = {
  readonly [N in keyof Calls]: { readonly call: N; readonly args: Calls[N] };
}[keyof Calls];

/** What a call came to. */
export type AnswerMessage = { readonly value?: unknown } | { readonly error: PlainError };

/** What a run came to. */
export type OutcomeMessage = { readonly result: Result } | { readonly error: PlainError };

/** The lock that `exclusive` answers with; `lock` is what `release` is called with. */
export interface ExclusiveMessage {
  readonly lock: number;
  readonly isHeld: boolean;
  readonly holder: string;
  readonly result: Result;
}

/** An error as plain data; one that is not of the packs keeps its name and message. **API requests:** 0. */
export function plainOf(error: unknown): PlainError {
  if (isExpansionError(error)) return error.toJSON();
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, code: "EXP_FOREIGN", message, retry: "backoff" };
}
