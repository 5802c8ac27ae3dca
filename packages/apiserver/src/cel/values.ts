// SPDX-License-Identifier: Apache-2.0
// The values of CEL expressions at run time. Lists and maps are views, so that an object that is
// validated is not copied.
import { step } from "./frame.js";
import type { CelType } from "./types.js";

/** A failure of an evaluation: no such key, overflow, no overload. */
export class CelError extends Error {
  constructor(message: string) {
    // Errors are values here: an expression may make and drop one for every item of a list.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = "CelError";
  }
}

/** An unsigned integer. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** A span of time in nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A point in time, in nanoseconds since 1970, and the zone it was written in. */
export class Timestamp {
  readonly nanos: bigint;
  /** Minutes east of Greenwich; only for showing it. */
  readonly zoneMinutes: number;
  constructor(nanos: bigint, zoneMinutes = 0) {
    this.nanos = nanos;
    this.zoneMinutes = zoneMinutes;
  }
}

/** A value that may be missing. */
export class Optional {
  static readonly none: Optional = new Optional(undefined);
  readonly value: CelValue | undefined;
  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

/** A type as a value. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a library: a quantity, a URL, an address. */
export interface Opaque {
  readonly opaque: string;
  equals(other: Opaque): boolean;
  /** What the cost model takes for its size. */
  readonly size: number;
}

/** A list. */
export abstract class CelList {
  abstract readonly size: number;
  abstract at(index: number): CelValue;
  /** Set or keyed lists of a schema compare and add differently. */
  readonly listType: "atomic" | "set" | "map" = "atomic";
  *[Symbol.iterator](): Iterator<CelValue> {
    for (let index = 0; index < this.size; index++) {
      step();
      yield this.at(index);
    }
  }
}

/** A list that was computed. */
export class ArrayList extends CelList {
  readonly #items: readonly CelValue[];
  constructor(items: readonly CelValue[]) {
    super();
    this.#items = items;
  }
  get size(): number {
    return this.#items.length;
  }
  at(index: number): CelValue {
    return this.#items[index] as CelValue;
  }
}

/** Two lists one after the other; nothing is copied, so that doubling costs no memory. */
export class JoinedList extends CelList {
  readonly #left: CelList;
  readonly #right: CelList;
  readonly size: number;
  constructor(left: CelList, right: CelList) {
    super();
    this.#left = left;
    this.#right = right;
    this.size = left.size + right.size;
  }
  at(index: number): CelValue {
    step();
    const { size } = this.#left;
    return index < size ? this.#left.at(index) : this.#right.at(index - size);
  }
}

/** What a map's key is: number keys of all three types are the same key when they are equal. */
export type MapKey = string;

/** The key under which a value is found in a map; undefined when it cannot be a key. */
export function mapKey(value: CelValue): MapKey | undefined {
  if (typeof value === "string") return `s${value}`;
  if (typeof value === "bigint") return `n${value}`;
  if (typeof value === "boolean") return `b${value}`;
  if (value instanceof Uint) return `n${value.value}`;
  if (typeof value === "number" && Number.isInteger(value)) return `n${BigInt(value)}`;
  return undefined;
}

/** A map, or an object with fields. */
export abstract class CelMap {
  abstract readonly size: number;
  /** Name of the type of an object with fields. */
  readonly objectName: string | undefined = undefined;
  abstract get(key: CelValue): CelValue | undefined;
  /** Whether `has()` finds the field. */
  has(key: CelValue): boolean {
    return this.get(key) !== undefined;
  }
  abstract keys(): Iterable<CelValue>;
}

/** A map that was computed. */
export class EntryMap extends CelMap {
  readonly #entries: ReadonlyMap<MapKey, readonly [CelValue, CelValue]>;
  constructor(entries: ReadonlyMap<MapKey, readonly [CelValue, CelValue]>) {
    super();
    this.#entries = entries;
  }
  get size(): number {
    return this.#entries.size;
  }
  get(key: CelValue): CelValue | undefined {
    const name = mapKey(key);
    return name === undefined ? undefined : this.#entries.get(name)?.[1];
  }
  *keys(): Iterable<CelValue> {
    for (const [key] of this.#entries.values()) yield key;
  }
}

/** Any value. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Duration
  | Timestamp
  | Optional
  | TypeValue
  | CelList
  | CelMap
  | Opaque;

/** Whether a value is one of a library's. */
export function isOpaque(value: CelValue | undefined): value is Opaque {
  return typeof value === "object" && value !== null && "opaque" in value;
}

/** The name of a value's type, as `type(x)` gives it. */
export function typeNameOf(value: CelValue): string {
  if (value === null) return "null_type";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "double";
  if (typeof value === "string") return "string";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Uint) return "uint";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Optional) return "optional_type";
  if (value instanceof TypeValue) return "type";
  if (value instanceof CelList) return "list";
  if (value instanceof CelMap) return value.objectName ?? "map";
  return value.opaque;
}

const kindNames: Readonly<Record<string, string>> = {
  null: "null_type",
  duration: "google.protobuf.Duration",
  timestamp: "google.protobuf.Timestamp",
  optional: "optional_type",
};

/** Whether a value has a type; of lists only the first item is looked at, of maps nothing. */
export function hasType(value: CelValue, type: CelType): boolean {
  if (type.kind === "dyn" || type.kind === "param") return true;
  if (type.kind === "object") return value instanceof CelMap;
  if (type.kind === "opaque") return isOpaque(value) && value.opaque === type.name;
  if (type.kind === "map") return value instanceof CelMap;
  if (type.kind === "list") {
    // The first item tells lists apart: functions on lists are chosen by it.
    if (!(value instanceof CelList)) return false;
    return value.size === 0 || hasType(value.at(0), type.element);
  }
  return typeNameOf(value) === (kindNames[type.kind] ?? type.kind);
}
