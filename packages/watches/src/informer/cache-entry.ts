// SPDX-License-Identifier: Apache-2.0
// One cached object and how it is made from bytes (stage 1: watch event).
import {
  MalformedObjectError,
  type Kind,
  type KubernetesObject,
  type Projection,
} from "@haversack/core";
import { BodyCutter } from "./body-cutter.js";
import { deepFreeze, shallowFreeze } from "./deep-freeze.js";
import type { ObjectScan } from "./object-scan.js";
import { digestParts, unchangedParts, type PartDigest } from "./part-digests.js";
import { pickPaths, splitPaths } from "./projection.js";

/** One object in the cache. */
export interface CacheEntry<T extends KubernetesObject> {
  readonly name: string;
  readonly uid: string;
  readonly version: string;
  /** The object, frozen; the same one as long as anybody holds it. */
  object(): T;
}

/** Makes cache entries of scanned bytes. */
export interface EntryMaker<T extends KubernetesObject> {
  /**
   * @param previous what the cache holds of the object.
   * @throws {@link MalformedObjectError} when the bytes turn out not to be JSON.
   */
  make(bytes: Buffer, scan: ObjectScan, previous?: CacheEntry<T>): CacheEntry<T>;
  /** Told when an entry has left the cache. */
  dropped?(entry: CacheEntry<T>): void;
  /** Told when the informer stops. */
  close?(): void;
  /** Bytes of bodies held outside of objects. */
  readonly heldBytes?: number;
}

/** How deeply the objects that are handed out are frozen. */
export type Freeze = "deep" | "shallow";

/** An object that was parsed when it arrived. */
export class ParsedEntry<T extends KubernetesObject> implements CacheEntry<T> {
  /** How to recognise the large parts of the object when the next version comes. */
  readonly parts: readonly PartDigest[] | undefined;
  readonly #object: T;
  readonly #freeze: (object: T) => T;

  constructor(object: T, freeze: (object: T) => T, parts?: readonly PartDigest[]) {
    this.#object = object;
    this.#freeze = freeze;
    this.parts = parts;
  }

  get name(): string {
    return this.#object.metadata.name;
  }

  get uid(): string {
    return this.#object.metadata.uid ?? "";
  }

  get version(): string {
    return this.#object.metadata.resourceVersion ?? "";
  }

  object(): T {
    return Object.isFrozen(this.#object) ? this.#object : this.#freeze(this.#object);
  }
}

/**
 * Parses each object as it arrives: the right choice where most objects are read.
 *
 * **Guarantees:** from the third version of an object on, a large field whose bytes are the same as
 * before is the same frozen value as before: mostly `spec` while a status changes. Neither parsed
 * nor compared nor collected again.
 */
export class ParsedEntryMaker<T extends KubernetesObject> implements EntryMaker<T> {
  readonly #cutter: BodyCutter;
  readonly #paths: readonly (readonly string[])[] | undefined;
  readonly #freeze: (object: T) => T;
  /** Only what is frozen to the bottom may be part of two objects. */
  readonly #reuses: boolean;

  constructor(
    kind: Kind<T>,
    projection: Projection,
    keepsManagedFields: boolean,
    freeze: Freeze = "deep",
  ) {
    this.#cutter = new BodyCutter(kind, projection, keepsManagedFields);
    this.#freeze = freeze === "deep" ? deepFreeze : shallowFreeze;
    this.#reuses = freeze === "deep" && projection.keep === "object";
    this.#paths =
      projection.keep === "paths"
        ? [["apiVersion"], ["kind"], ["metadata"], ...splitPaths(projection.paths)]
        : undefined;
  }

  make(bytes: Buffer, scan: ObjectScan, previous?: CacheEntry<T>): CacheEntry<T> {
    if (this.#reuses && previous instanceof ParsedEntry) {
      return this.#next(bytes, scan, previous as ParsedEntry<T>);
    }
    const whole = parseBody<T>(this.#cutter.text(bytes, scan));
    const object =
      this.#paths === undefined
        ? whole
        : (pickPaths(whole as unknown as Record<string, unknown>, this.#paths) as unknown as T);
    return new ParsedEntry(object, this.#freeze);
  }

  #next(bytes: Buffer, scan: ObjectScan, previous: ParsedEntry<T>): CacheEntry<T> {
    const parts = digestParts(bytes, scan);
    const same = unchangedParts(parts, previous.parts ?? []);
    const memberCount = scan.memberCount + (scan.hasKind ? 0 : 1) + (scan.hasApiVersion ? 0 : 1);
    // A field that is there twice would be taken for the wrong one of the two.
    const isPlain = (object: T): boolean => Object.keys(object).length === memberCount;
    if (same.length > 0) {
      const object = parseBody<T>(this.#cutter.text(bytes, scan, same));
      if (isPlain(object)) {
        const fields = object as Record<string, unknown>;
        const before = previous.object() as Record<string, unknown>;
        for (const { key } of same) fields[key] = before[key];
        return new ParsedEntry(object, this.#freeze, parts);
      }
    }
    const object = parseBody<T>(this.#cutter.text(bytes, scan));
    return new ParsedEntry(object, this.#freeze, isPlain(object) ? parts : undefined);
  }
}

/** @throws {@link MalformedObjectError} without the text: it may hold a secret. */
export function parseBody<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    // The parser's own message quotes the text, so it is neither passed on nor kept as a cause.
    throw new MalformedObjectError(
      `parsing an object failed: its ${text.length} characters are balanced but not JSON. ` +
        "It is asked for again; look for a proxy that rewrites answers.",
    );
  }
}
