// SPDX-License-Identifier: Apache-2.0
// Comparing what is declared with what is live, by the rules of the API server (stage 6: writes).
import type { Kind, KubernetesObject } from "@haversack/core";
import { isJsonObject, ownValue, without, type Json, type JsonObject } from "./json-value.js";
import { isEquivalent } from "./normalise/equivalent.js";
import { isAtomicField, itemKey, listShape, type ListShape } from "./normalise/list-shape.js";

/** One place where the live object is not what was declared. */
export interface Mismatch {
  /** JSON pointer; items of keyed lists stand as their key. */
  readonly path: string;
  /** Absent: live but not declared, within something that is owned whole. */
  readonly desired: Json | undefined;
  /** Absent: declared but not live. */
  readonly live: Json | undefined;
}

/** How live fields that nobody declared are taken. */
export type ExtraFields =
  /** Others may own them; only within atomic parts they count. */
  | "ignored"
  /** They count everywhere: the live side was pruned to what is ours. */
  | "reported";

/**
 * Lists where a live object differs from a declared one.
 *
 * Maps and keyed lists may hold more than was declared; atomic lists and maps may not.
 *
 * **API requests:** 0. **Guarantees:** looks no deeper than the declared object.
 *
 * @param body As {@link Desired.body}: `apiVersion`, `kind` and the name are taken as equal.
 */
export function findMismatches(
  kind: Kind<KubernetesObject>,
  body: JsonObject,
  live: JsonObject,
  extras: ExtraFields = "ignored",
): readonly Mismatch[] {
  const comparison = new Comparison(kind, extras === "reported");
  for (const field of Object.keys(body)) {
    if (field === "apiVersion" || field === "kind") continue;
    const declared = ownValue(body, field);
    comparison.walk(
      field === "metadata" ? withoutName(declared) : declared,
      field === "metadata" ? withoutName(ownValue(live, field)) : ownValue(live, field),
      { path: `/${escapeSegment(field)}`, trail: [field], isStrict: extras === "reported" },
    );
  }
  if (extras === "reported") comparison.reportExtraRoots(body, live);
  return comparison.found;
}

/** Keyed lists whose order means something: variables refer to earlier ones, containers start in turn. */
const orderedLists: ReadonlySet<string> = new Set(["env", "containers", "initContainers"]);

interface Place {
  readonly path: string;
  readonly trail: readonly string[];
  readonly isStrict: boolean;
}

class Comparison {
  readonly found: Mismatch[] = [];
  readonly #kind: Kind<KubernetesObject>;
  readonly #isStrict: boolean;

  constructor(kind: Kind<KubernetesObject>, isStrict: boolean) {
    this.#kind = kind;
    this.#isStrict = isStrict;
  }

  walk(desired: Json | undefined, live: Json | undefined, at: Place): void {
    if (desired === live) return;
    if (isJsonObject(desired) && isJsonObject(live)) return this.#walkObject(desired, live, at);
    if (Array.isArray(desired) && Array.isArray(live)) return this.#walkList(desired, live, at);
    if (isEquivalent(this.#kind, at.trail, desired, live)) return;
    this.found.push({ path: at.path, desired, live });
  }

  reportExtraRoots(body: JsonObject, live: JsonObject): void {
    for (const field of Object.keys(live)) {
      if (field === "apiVersion" || field === "kind" || Object.hasOwn(body, field)) continue;
      const place = { path: `/${escapeSegment(field)}`, trail: [field], isStrict: this.#isStrict };
      this.walk(undefined, ownValue(live, field), place);
    }
  }

  #walkObject(desired: JsonObject, live: JsonObject, at: Place): void {
    const isStrict = at.isStrict || isAtomicField(this.#kind, at.trail);
    const child = (key: string): Place => ({
      path: `${at.path}/${escapeSegment(key)}`,
      trail: [...at.trail, key],
      isStrict,
    });
    for (const key of Object.keys(desired)) {
      this.walk(ownValue(desired, key), ownValue(live, key), child(key));
    }
    if (!isStrict) return;
    for (const key of Object.keys(live)) {
      if (!Object.hasOwn(desired, key)) this.walk(undefined, ownValue(live, key), child(key));
    }
  }

  #walkList(desired: readonly Json[], live: readonly Json[], at: Place): void {
    const shape = listShape(this.#kind, at.trail, desired);
    if (shape.type === "set") return this.#compareSets(desired, live, at);
    if (shape.type === "map") return this.#walkKeyed(desired, live, shape, at);
    if (desired.length !== live.length) {
      this.found.push({ path: at.path, desired, live });
      return;
    }
    desired.forEach((item, index) => {
      const place = { path: `${at.path}/${index}`, trail: [...at.trail, "*"], isStrict: true };
      this.walk(item, live[index], place);
    });
  }

  #compareSets(desired: readonly Json[], live: readonly Json[], at: Place): void {
    const present = new Set(live);
    const isOwnedWhole = at.trail[0] !== "metadata" || at.isStrict;
    const isSame = desired.every((item) => present.has(item));
    if (isSame && (!isOwnedWhole || new Set(desired).size === present.size)) return;
    this.found.push({ path: at.path, desired, live });
  }

  #walkKeyed(
    desired: readonly Json[],
    live: readonly Json[],
    shape: Extract<ListShape, { type: "map" }>,
    at: Place,
  ): void {
    const byKey = new Map(live.map((item, index) => [itemKey(item, shape.keys), { item, index }]));
    let last = -1;
    let isInOrder = true;
    for (const item of desired) {
      const key = itemKey(item, shape.keys);
      const match = byKey.get(key);
      byKey.delete(key);
      if (match !== undefined && match.index < last) isInOrder = false;
      last = match?.index ?? last;
      const place = {
        path: `${at.path}/${escapeSegment(key)}`,
        trail: [...at.trail, "*"],
        isStrict: at.isStrict,
      };
      this.walk(item, match?.item, place);
    }
    if (!isInOrder && orderedLists.has(at.trail[at.trail.length - 1] ?? ""))
      this.found.push({ path: `${at.path}/order`, desired, live });
    if (!at.isStrict) return;
    for (const [key, extra] of byKey) {
      const place = { path: `${at.path}/${escapeSegment(key)}`, trail: [...at.trail, "*"] };
      this.walk(undefined, extra.item, { ...place, isStrict: true });
    }
  }
}

/** A segment of a JSON pointer. @see RFC 6901. */
export function escapeSegment(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}

function withoutName(metadata: Json | undefined): Json {
  return isJsonObject(metadata) ? without(metadata, "name", "namespace", "generateName") : {};
}
