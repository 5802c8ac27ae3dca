// SPDX-License-Identifier: Apache-2.0
// Cache entries that keep bytes and parse a body when it is read (stage 1: watch event).
import type { Kind, KubernetesObject, MalformedObjectError, Projection } from "@haversack/core";
import { BodyCutter } from "./body-cutter.js";
import type { BodyHome, BodyKeeper, KeptBody } from "./body-keeper.js";
import { ParsedEntryMaker, type CacheEntry, type EntryMaker } from "./cache-entry.js";
import type { LazyShape } from "./lazy-shape.js";
import { LazyShapes } from "./lazy-shape.js";
import { LazySource, sourceKey, WarmRing, type LazyShared } from "./lazy-source.js";
import { ObjectScan } from "./object-scan.js";

const noShape: LazyShape = { keys: [], properties: [] };

/** An object whose body is bytes. */
class LazyEntry<T extends KubernetesObject> implements CacheEntry<T>, KeptBody {
  readonly name: string;
  readonly uid: string;
  /** Emptied when the body turns out to be broken, so that the next list replaces it. */
  version: string;
  shape: LazyShape = noShape;
  readonly shared: LazyShared;
  home: BodyHome | undefined;
  offset = 0;
  length = 0;
  isHeld = true;
  isShared = false;
  #view: WeakRef<T> | undefined;

  constructor(
    identity: { readonly name: string; readonly uid: string; readonly version: string },
    shared: LazyShared,
  ) {
    this.name = identity.name;
    this.uid = identity.uid;
    this.version = identity.version;
    this.shared = shared;
  }

  object(): T {
    const seen = this.#view?.deref();
    if (seen !== undefined) return seen;
    this.shared.keeper.share(this);
    const view = lazyObject<T>(this.shape, new LazySource(this, this.shared));
    this.#view = new WeakRef(view);
    return view;
  }
}

/**
 * An object that looks, compares, serialises and clones like the plain one, and is frozen like it;
 * its top-level fields are accessors.
 */
function lazyObject<T extends KubernetesObject>(shape: LazyShape, source: LazySource): T {
  const object = {};
  Object.defineProperty(object, sourceKey, { value: source });
  for (const [key, descriptor] of shape.properties) Object.defineProperty(object, key, descriptor);
  return Object.freeze(object) as T;
}

/** What a {@link LazyEntryMaker} is made of. */
export interface LazyEntryParts {
  readonly projection: Projection;
  readonly keepsManagedFields: boolean;
  readonly keeper: BodyKeeper;
  /** A body turned out not to be JSON when it was read. */
  readonly onCorrupt: (name: string, error: MalformedObjectError) => void;
}

/**
 * Keeps bodies as bytes: the right choice for many objects of which few are read.
 *
 * Only brackets and strings are checked on arrival; a body that is not JSON is found out when it is
 * read.
 */
export class LazyEntryMaker<T extends KubernetesObject> implements EntryMaker<T> {
  readonly #cutter: BodyCutter;
  readonly #shapes = new LazyShapes();
  readonly #scan = new ObjectScan();
  readonly #keeper: BodyKeeper;
  readonly #shared: LazyShared;
  /** Chosen paths cannot be cut out of bytes: the object is parsed once and written again. */
  readonly #picker: ParsedEntryMaker<T> | undefined;

  constructor(kind: Kind<T>, parts: LazyEntryParts) {
    const { projection, keepsManagedFields, keeper, onCorrupt } = parts;
    this.#cutter = new BodyCutter(kind, projection, keepsManagedFields);
    this.#keeper = keeper;
    this.#picker =
      projection.keep === "paths"
        ? new ParsedEntryMaker(kind, projection, keepsManagedFields, "shallow")
        : undefined;
    this.#shared = {
      keeper,
      warm: new WarmRing(),
      onCorrupt: (body, error) => {
        const entry = body as LazyEntry<T>;
        entry.version = "";
        onCorrupt(entry.name, error);
      },
    };
  }

  make(bytes: Buffer, scan: ObjectScan): CacheEntry<T> {
    const { name = "", uid = "", version = "" } = scan;
    const entry = new LazyEntry<T>({ name, uid, version }, this.#shared);
    const keeper = this.#keeper;
    if (this.#picker === undefined) {
      const target = keeper.reserve(this.#cutter.boundBytes(scan));
      keeper.commit(entry, this.#cutter.copy(bytes, scan, target, keeper.at));
    } else {
      const picked = Buffer.from(JSON.stringify(this.#picker.make(bytes, scan).object()));
      keeper.commit(entry, picked.copy(keeper.reserve(picked.length), keeper.at));
    }
    entry.shape = this.#cutter.keepsMembers(scan)
      ? this.#shapes.shapeOf(bytes, scan)
      : this.#keptShape(keeper.read(entry));
    return entry;
  }

  /** What was kept has other fields than what was scanned. */
  #keptShape(bytes: Buffer): LazyShape {
    this.#scan.scan(bytes, 0, bytes.length);
    return this.#shapes.shapeOf(bytes, this.#scan);
  }

  get heldBytes(): number {
    return this.#keeper.heldBytes;
  }

  dropped(entry: CacheEntry<T>): void {
    this.#keeper.drop(entry as LazyEntry<T>);
  }

  close(): void {
    this.#keeper.close();
  }
}
