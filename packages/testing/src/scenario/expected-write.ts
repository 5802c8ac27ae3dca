// SPDX-License-Identifier: Apache-2.0
// Which writes a scenario expects, and how they are matched with what was sent (stage 6: writes).
import type { Kind, KubernetesObject } from "@haversack/core";
import type { RequestVerb } from "../client/request-target.js";
import { brief, lacks } from "./subset.js";
import type { WriteRecord } from "./write-record.js";

/** A write that must come. What is left out may be anything. */
export interface ExpectedWrite {
  readonly verb: Exclude<RequestVerb, "get" | "list" | "watch">;
  readonly kind: Kind<KubernetesObject>;
  readonly name?: string;
  readonly namespace?: string;
  /** Default: none. */
  readonly subresource?: string;
  readonly fieldManager?: string;
  /** What the body must hold at least. */
  readonly body?: unknown;
}

/** `verb`, kind and `namespace/name` as one expectation. */
export type WriteShorthand = (
  kind: Kind<KubernetesObject>,
  key: string,
  more?: Partial<Omit<ExpectedWrite, "verb" | "kind" | "name" | "namespace">>,
) => ExpectedWrite;

function shorthand(verb: ExpectedWrite["verb"]): WriteShorthand {
  return (kind, key, more = {}) => {
    const slash = key.indexOf("/");
    const place = slash < 0 ? {} : { namespace: key.slice(0, slash) };
    return { verb, kind, name: key.slice(slash + 1), ...place, ...more };
  };
}

/**
 * An expected server-side apply.
 *
 * @example
 * ```ts
 * applied(configMaps, "prod/db-config", { fieldManager: "db" });
 * ```
 */
export const applied: WriteShorthand = shorthand("apply");
/** An expected create. */
export const created: WriteShorthand = shorthand("create");
/** An expected PUT. */
export const updated: WriteShorthand = shorthand("update");
/** An expected JSON, merge or strategic merge patch. */
export const patched: WriteShorthand = shorthand("patch");
/** An expected delete. */
export const deleted: WriteShorthand = shorthand("delete");

/** Pairs expectations with writes. @returns what is wrong, one line each. */
export function compareWrites(
  expected: readonly ExpectedWrite[],
  writes: readonly WriteRecord[],
  inOrder: boolean,
): readonly string[] {
  const left = [...writes];
  const problems: string[] = [];
  for (const want of expected) {
    const candidates = inOrder ? left.slice(0, 1) : left;
    const found = candidates.find(
      (write) => isAt(want, write) && wrongIn(want, write).length === 0,
    );
    const near = found ?? candidates.find((write) => isAt(want, write));
    if (near === undefined) {
      problems.push(`missing write: ${formatExpected(want)}`);
      continue;
    }
    left.splice(left.indexOf(near), 1);
    for (const wrong of wrongIn(want, near)) problems.push(`${formatExpected(want)}: ${wrong}`);
  }
  return [...problems, ...left.map((write) => `unexpected write: ${formatWrite(write)}`)];
}

/** Whether a write is of the expected verb and object. */
function isAt(want: ExpectedWrite, { target, body }: WriteRecord): boolean {
  const named = target.name ?? (body as KubernetesObject | undefined)?.metadata?.name;
  return (
    want.verb === target.verb &&
    want.kind.group === target.group &&
    want.kind.plural === target.plural &&
    (want.subresource ?? "") === target.subresource &&
    (want.name === undefined || want.name === named) &&
    (want.namespace === undefined || want.namespace === target.namespace)
  );
}

function wrongIn(want: ExpectedWrite, { target, body }: WriteRecord): readonly string[] {
  const { fieldManager } = want;
  const isOther = fieldManager !== undefined && fieldManager !== target.fieldManager;
  return [
    ...(isOther ? [`expected field manager ${fieldManager}, found ${target.fieldManager}`] : []),
    ...(want.body === undefined ? [] : lacks(want.body, body)),
  ];
}

function formatExpected(want: ExpectedWrite): string {
  const { verb, kind, namespace, name, subresource, fieldManager } = want;
  const resource = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
  const path = [namespace, name].filter((part) => part !== undefined).join("/");
  const below = subresource === undefined ? "" : `/${subresource}`;
  return `${verb} ${resource}${below} ${path}${fieldManager === undefined ? "" : ` by ${fieldManager}`}`;
}

/** Verb, resource and object of a write. */
export function formatWriteTarget({ target, body }: WriteRecord): string {
  const { verb, resource, namespace } = target;
  const name = target.name ?? (body as KubernetesObject | undefined)?.metadata?.name;
  return `${verb} ${resource} ${[namespace, name].filter((part) => part !== undefined).join("/")}`;
}

/** A write in one line. */
export function formatWrite(write: WriteRecord): string {
  const { target, body, outcome } = write;
  const by = target.fieldManager === "" ? "" : ` by ${target.fieldManager}`;
  // Secret values do not belong into the output of a test run.
  const sent = body === undefined || target.plural === "secrets" ? "" : ` ${brief(body)}`;
  return `${formatWriteTarget(write)}${by} → ${outcome}${sent}`;
}
