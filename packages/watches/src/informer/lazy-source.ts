// SPDX-License-Identifier: Apache-2.0
// What stands behind a lazy object: bytes that are parsed field by field when read (stage 1).
import type { MalformedObjectError } from "@haversack/core";
import type { BodyKeeper, KeptBody } from "./body-keeper.js";
import { parseBody } from "./cache-entry.js";
import { deepFreeze } from "./deep-freeze.js";
import { ObjectScan } from "./object-scan.js";

/** Where a lazy object's source is; not enumerable, so that no comparison and no copy sees it. */
export const sourceKey: unique symbol = Symbol("haversack.lazy-source");

/** Values of this many objects stay parsed, whether anybody holds them or not. */
const warmSources = 256;

/** What the sources of one informer share. */
export interface LazyShared {
  readonly keeper: BodyKeeper;
  readonly warm: WarmRing;
  /** A body turned out not to be JSON when it was read. */
  readonly onCorrupt: (body: KeptBody, error: MalformedObjectError) => void;
}

const readingScan = new ObjectScan();

/**
 * Parses the fields of one object when they are read.
 *
 * **Guarantees:** a field is the same value as long as anybody holds it; parsed values of objects
 * that were not read lately are given to the garbage collector.
 */
export class LazySource {
  readonly #body: KeptBody;
  readonly #shared: LazyShared;
  #values: Map<string, unknown> | undefined;
  #cooled: Map<string, WeakRef<object>> | undefined;

  constructor(body: KeptBody, shared: LazyShared) {
    this.#body = body;
    this.#shared = shared;
  }

  /** @throws {@link MalformedObjectError} when the bytes are not JSON; a new list repairs it. */
  read(key: string): unknown {
    const values = this.#values;
    if (values !== undefined) {
      const known = values.get(key);
      if (known !== undefined) return known;
    }
    const value = this.#cooled?.get(key)?.deref() ?? this.#parse(key);
    if (values === undefined) {
      this.#values = new Map([[key, value]]);
      this.#shared.warm.add(this);
    } else {
      values.set(key, value);
    }
    return value;
  }

  /** Holds parsed values only as long as others do. */
  cool(): void {
    for (const [key, value] of this.#values ?? []) {
      if (typeof value !== "object" || value === null) continue;
      this.#cooled ??= new Map();
      this.#cooled.set(key, new WeakRef(value));
    }
    this.#values = undefined;
  }

  #parse(key: string): unknown {
    const { keeper, onCorrupt } = this.#shared;
    const bytes = keeper.read(this.#body);
    const scan = readingScan;
    scan.scan(bytes, 0, bytes.length);
    try {
      return deepFreeze(parseBody(memberText(bytes, scan, key)));
    } catch (error) {
      onCorrupt(this.#body, error as MalformedObjectError);
      throw error;
    }
  }
}

/** The objects read last, oldest out first. */
export class WarmRing {
  readonly #ring: (LazySource | undefined)[] = new Array<undefined>(warmSources);
  #next = 0;

  add(source: LazySource): void {
    this.#ring[this.#next]?.cool();
    this.#ring[this.#next] = source;
    this.#next = (this.#next + 1) % warmSources;
  }
}

/** Reads a field of a lazy object, or of an object that inherits from one or stands before one. */
export function valueOf(object: object, key: string): unknown {
  return (object as { readonly [sourceKey]: LazySource })[sourceKey].read(key);
}

/** The last member of that name, as `JSON.parse` would have it. */
function memberText(bytes: Buffer, scan: ObjectScan, key: string): string {
  for (let member = scan.memberCount - 1; member >= 0; member--) {
    const keyStart = scan.members[member * 4] ?? 0;
    const keyEnd = scan.members[member * 4 + 1] ?? 0;
    if (JSON.parse(bytes.toString("utf8", keyStart - 1, keyEnd + 1)) !== key) continue;
    return bytes.toString("utf8", scan.members[member * 4 + 2], scan.members[member * 4 + 3]);
  }
  return "null"; // Unreachable: the shape was read from the same bytes.
}
