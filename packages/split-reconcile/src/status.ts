// SPDX-License-Identifier: Apache-2.0
// One status of many writers: what each said last, and the summary tools wait for (stage 6: writes).
import type { Condition, KubernetesObject } from "@haversack/core";
import { conditionPath } from "./access.js";
import type { Lane } from "./lane.js";
import type { Part } from "./plan.js";

type Fields = Readonly<Record<string, unknown>>;

/** What one sub-reconciler has said about the status so far. @internal */
export interface Contribution {
  fields: Fields;
  readonly conditions: Map<string, Condition>;
}

/** Failures in a row that a working sub-reconciler may have before `Ready` says so: status that flaps wakes people. */
const toleratedFailures = 2;
/** API conventions: a message is at most 32,768 characters; people read less. */
const maxMessageLength = 1024;

/**
 * Merges what the sub-reconcilers said; who has not spoken since the start keeps what stands.
 *
 * **API requests:** 0. **Guarantees:** conditions and fields that none of them declared are not in it.
 *
 * @internal
 */
export function mergeStatus<P extends KubernetesObject>(
  lanes: readonly Lane<P>[],
  contributions: ReadonlyMap<Part<P>, Contribution>,
  live: Fields,
): { fields: Fields; conditions: Map<string, Condition> } {
  let fields: Fields = {};
  const conditions = new Map<string, Condition>();
  for (const { part, outcome } of lanes) {
    if (outcome === "inactive") continue;
    const said = contributions.get(part) ?? { fields: {}, conditions: new Map() };
    const before = contributionOf(part, live);
    const isSilent = !contributions.has(part);
    fields = mergeFields(fields, isSilent ? before.fields : said.fields);
    for (const each of [...before.conditions.values(), ...said.conditions.values()])
      conditions.set(each.type, each);
  }
  return { fields, conditions };
}

/** What a status that stands holds of a sub-reconciler's own. */
export function contributionOf<P extends KubernetesObject>(
  part: Part<P>,
  live: Fields,
): Contribution {
  let fields: Fields = {};
  const conditions = new Map<string, Condition>();
  for (const path of part.statusPaths) {
    const type = /^status\.conditions\[(.*)\]$/.exec(path)?.[1];
    const own = type === undefined ? undefined : conditionsOf(live).find((c) => c.type === type);
    if (own !== undefined) conditions.set(own.type, own);
    if (type === undefined) fields = mergeFields(fields, picked(live, path.split(".").slice(1)));
  }
  return { fields, conditions };
}

/** Own keys alone, made with entries: `__proto__` is a key like any other. */
export function mergeFields(below: Fields, above: Fields): Fields {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const under = merged.get(key);
    merged.set(key, isFields(under) && isFields(value) ? mergeFields(under, value) : value);
  }
  return Object.fromEntries(merged);
}

/** The conditions of a status. */
export function conditionsOf(status: Fields): readonly Condition[] {
  const { conditions } = status;
  return Array.isArray(conditions) ? (conditions as readonly Condition[]) : [];
}

/** The status of an object, empty when it has none. */
export function statusOf(object: KubernetesObject): Fields {
  const { status } = object as { readonly status?: unknown };
  return isFields(status) ? status : {};
}

/**
 * What all lanes come to, in the conditions that kubectl wait, Argo CD, Flux and Helm understand.
 *
 * `Reconciling` and `Stalled` are there only while they are true.
 *
 * @see sigs.k8s.io/cli-utils `pkg/kstatus`.
 */
export function summarise<P extends KubernetesObject>(
  lanes: readonly Lane<P>[],
  primary: P,
): readonly Condition[] {
  const { generation } = primary.metadata;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const make = (type: string, status: Condition["status"], reason: string, message: string) => ({
    ...{ type, status, reason, message: message.slice(0, maxMessageLength) },
    ...observed,
  });
  // An author's sub-reconciler may have one of them for itself.
  const taken = new Set(lanes.flatMap(({ part }) => part.statusPaths));
  return verdictOn(lanes, make).filter(({ type }) => !taken.has(conditionPath(type)));
}

function verdictOn<P extends KubernetesObject>(
  lanes: readonly Lane<P>[],
  make: (...parts: [string, Condition["status"], string, string]) => Condition,
): readonly Condition[] {
  const open = lanes.filter((lane) => !isFine(lane));
  const stalled = open.filter(({ outcome }) => outcome === "terminal" || outcome === "looping");
  const named = stalled.length > 0 ? stalled : open;
  const [first] = named;
  if (first === undefined) return [make("Ready", "True", "Succeeded", "everything is in place")];
  const reason = reasons[first.outcome] ?? "Progressing";
  const message = named
    .map(({ part, because, outcome }) => `${part.name}: ${because === "" ? outcome : because}`)
    .join("; ");
  const ready = make("Ready", "False", reason, message);
  if (stalled.length > 0) return [ready, make("Stalled", "True", reason, message)];
  return first.outcome === "halted"
    ? [ready]
    : [ready, make("Reconciling", "True", reason, message)];
}

const reasons: Partial<Record<Lane["outcome"], string>> = {
  waiting: "Waiting",
  blocked: "DependencyNotReady",
  halted: "Halted",
  failed: "Retrying",
  terminal: "TerminalError",
  looping: "FieldConflict",
};

function isFine<P extends KubernetesObject>(lane: Lane<P>): boolean {
  const { outcome, failures, hasSucceeded } = lane;
  if (outcome === "failed") return hasSucceeded && failures <= toleratedFailures;
  return outcome === "done" || outcome === "inactive" || outcome === "cleaned";
}

function picked(fields: Fields, steps: readonly string[]): Fields {
  const [step, ...rest] = steps;
  if (step === undefined) return withoutShared(fields);
  if (step === "*") {
    const all = Object.keys(fields).map((key) => picked(fields, [key, ...rest]));
    return all.reduce((merged, each) => mergeFields(merged, each), {});
  }
  if (!Object.hasOwn(fields, step)) return {};
  const value = fields[step];
  if (rest.length === 0) return Object.fromEntries([[step, value]]);
  return isFields(value) ? Object.fromEntries([[step, picked(value, rest)]]) : {};
}

/** What is merged by type or set for all is nobody's field. */
function withoutShared(fields: Fields): Fields {
  const shared = ["conditions", "observedGeneration"];
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !shared.includes(key)));
}

/** Whether a value has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
