// SPDX-License-Identifier: Apache-2.0
// What a recording of one pass holds: all it was given and all it sent, as plain JSON (stage 5).
import type {
  Kind,
  KubernetesObject,
  ReconcileReason,
  ResourceRef,
  Result,
  StatusBody,
} from "@haversack/core";

/** A kind as plain data. */
export type RecordedKind = Pick<
  Kind,
  "group" | "version" | "apiVersion" | "kind" | "plural" | "namespaced"
>;

/** One request and its answer. */
export interface RecordedExchange {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number;
  /** The answer's body, or the `Status` of a refusal. */
  readonly answer: unknown;
}

/** One pass: its inputs, its requests, its outcome. Values of Secrets are replaced throughout. */
export interface PassRecording {
  readonly format: "haversack-pass/1";
  readonly controller: string;
  /** Wall time at its beginning, RFC 3339. */
  readonly time: string;
  readonly request: {
    readonly ref: ResourceRef;
    readonly attempt: number;
    readonly reasons: readonly ReconcileReason[];
  };
  readonly primary: KubernetesObject;
  readonly primaryKind: RecordedKind;
  /** What it found in the caches. */
  readonly objects: readonly { readonly kind: RecordedKind; readonly object: KubernetesObject }[];
  readonly exchanges: readonly RecordedExchange[];
  readonly outcome:
    | { readonly result: Result }
    | { readonly error: { readonly code: string; readonly name: string } };
}

/** The plain data of a kind. */
export function recordKind(kind: RecordedKind): RecordedKind {
  const { group, version, apiVersion, plural, namespaced } = kind;
  return { group, version, apiVersion, kind: kind.kind, plural, namespaced };
}

/** What a refusal told. */
export function statusOf(error: unknown): StatusBody | undefined {
  return (error as { body?: StatusBody } | undefined)?.body;
}

/** A query as text, without what is undefined. */
export function recordQuery(
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): Readonly<Record<string, string>> {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** The outcome of a failure: what can be compared and tells nothing. */
export function recordError(error: unknown): { readonly code: string; readonly name: string } {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return {
    code: typeof code === "string" ? code : "",
    name: typeof name === "string" ? name : typeof error,
  };
}
