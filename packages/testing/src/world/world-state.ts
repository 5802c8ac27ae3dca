// SPDX-License-Identifier: Apache-2.0
// Everything a cluster holds, in a form that two runs can be compared by (after stage 7).
import { formatRef, refOf, resourcePath, type ApiClient, type Kind } from "@haversack/core";
import type { KubernetesObject } from "@haversack/core";
import type { ServedKind } from "../cluster/discovery.js";

/** All objects by their reference (without uid), masked. */
export type WorldState = ReadonlyMap<string, unknown>;

/** What is looked at. */
export interface WorldOptions {
  /** Default: every kind that can be listed, Events and Leases left out. */
  readonly kinds?: readonly Kind[];
  /** Dotted paths to leave out besides what always differs, such as `spec.clusterIP`. */
  readonly mask?: readonly string[];
  /** Default: all. */
  readonly namespace?: string;
}

/** A cluster as far as its state is read. */
export interface WorldSource {
  readonly admin: ApiClient;
  readonly discovery: { all(): Promise<readonly ServedKind[]> };
}

/** Kinds whose objects tell how often something was tried. */
const transient = new Set(["Event", "Event.events.k8s.io", "Lease.coordination.k8s.io"]);

/** The kinds that a comparison looks at by default. **API requests:** 1 GET per group and version. */
export async function comparableKinds(source: WorldSource): Promise<readonly Kind[]> {
  const served = await source.discovery.all();
  return served
    .filter(({ verbs }) => verbs.includes("list") && verbs.includes("watch"))
    .map(({ kind }) => kind)
    .filter((kind) => !transient.has(kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`));
}

/** Reads and masks the objects of a cluster. **API requests:** 1 LIST per kind. */
export async function worldState(
  source: WorldSource,
  options: WorldOptions = {},
): Promise<WorldState> {
  const kinds = options.kinds ?? (await comparableKinds(source));
  const found: { kind: Kind; object: KubernetesObject }[] = [];
  for (const kind of kinds) {
    if (options.namespace !== undefined && !kind.namespaced) continue;
    const path = resourcePath(kind, { namespace: options.namespace });
    const { body } = await source.admin.request({ method: "GET", path });
    const { items } = JSON.parse(new TextDecoder().decode(body)) as { items: KubernetesObject[] };
    for (const object of items) found.push({ kind, object });
  }
  const names = new Map<string, string>();
  for (const { kind, object } of found) names.set(object.metadata.uid ?? "", nameOf(kind, object));
  const masked = new Set([...alwaysMasked, ...(options.mask ?? [])]);
  return new Map(
    found.map(({ kind, object }) => [nameOf(kind, object), mask(object, "", masked, names)]),
  );
}

/** What two worlds differ in, one line each; empty when they are equal. **API requests:** 0. */
export function compareWorlds(expected: WorldState, actual: WorldState): readonly string[] {
  const differences: string[] = [];
  for (const key of [...new Set([...expected.keys(), ...actual.keys()])].sort()) {
    if (!actual.has(key)) differences.push(`${key} is missing`);
    else if (!expected.has(key)) differences.push(`${key} should not be there`);
    else differences.push(...compare(key, "", expected.get(key), actual.get(key)));
  }
  return differences;
}

/** What no two runs have in common, whatever the reconciler does. */
const alwaysMasked = [
  "apiVersion",
  "kind",
  "metadata.uid",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.creationTimestamp",
  "metadata.managedFields",
  "status.observedGeneration",
  "spec.clusterIP",
  "spec.clusterIPs",
];

/** The text of an object's reference, its uid left out: the same in two runs. */
export function nameOf(kind: Kind, object: KubernetesObject): string {
  return formatRef({ ...refOf(kind, object), uid: undefined });
}

const ownerUid = "metadata.ownerReferences.uid";
/** An owner that is gone, or of a kind that is not looked at. */
const unknownOwner = "<none of these>";
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** A copy without the masked paths; uids become the names of their objects, times one word. */
function mask(
  value: unknown,
  path: string,
  masked: ReadonlySet<string>,
  names: ReadonlyMap<string, string>,
): unknown {
  if (typeof value === "string") {
    return timePattern.test(value) ? "<time>" : (names.get(value) ?? value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => mask(item, path, masked, names));
  }
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) {
    const below = path === "" ? key : `${path}.${key}`;
    if (masked.has(below)) continue;
    copy[key] =
      below === ownerUid
        ? (names.get(inner as string) ?? unknownOwner)
        : mask(inner, below, masked, names);
  }
  return copy;
}

function compare(name: string, path: string, expected: unknown, actual: unknown): string[] {
  if (Object.is(expected, actual)) return [];
  if (!isComposite(expected) || !isComposite(actual)) {
    return [`${name} ${path}: expected ${brief(expected)}, found ${brief(actual)}`];
  }
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  return keys.flatMap((key) =>
    compare(name, path === "" ? key : `${path}.${key}`, expected[key], actual[key]),
  );
}

function isComposite(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
