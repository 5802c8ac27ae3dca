// SPDX-License-Identifier: Apache-2.0
// The top-level fields that lazy objects of one kind have in common (stage 1: watch event).
import { isText } from "./byte-scan.js";
import type { ObjectScan } from "./object-scan.js";
import { valueOf } from "./lazy-source.js";

/** Names the fields of an object and how each is read. Shared by all objects that look alike. */
export interface LazyShape {
  readonly keys: readonly string[];
  readonly properties: readonly (readonly [key: string, descriptor: PropertyDescriptor])[];
}

/** More than this many different looks are not shared; they are built anew each time. */
const maxShapes = 32;

/** Finds the shape of scanned objects. */
export class LazyShapes {
  #known: readonly LazyShape[] = [];

  /** The shape of the object that was scanned; a look-alike's where there is one. */
  shapeOf(bytes: Buffer, scan: ObjectScan): LazyShape {
    for (const shape of this.#known) {
      if (isShapeOf(shape, bytes, scan)) return shape;
    }
    const keys: string[] = [];
    for (let member = 0; member < scan.memberCount; member++) {
      const start = scan.members[member * 4] ?? 0;
      const end = scan.members[member * 4 + 1] ?? 0;
      keys.push(JSON.parse(bytes.toString("utf8", start - 1, end + 1)) as string);
    }
    const shape = makeShape(keys);
    if (this.#known.length < maxShapes) this.#known = [...this.#known, shape];
    return shape;
  }
}

function isShapeOf(shape: LazyShape, bytes: Buffer, scan: ObjectScan): boolean {
  const { keys } = shape;
  if (keys.length !== scan.memberCount) return false;
  for (let member = 0; member < keys.length; member++) {
    const start = scan.members[member * 4] ?? 0;
    const end = scan.members[member * 4 + 1] ?? 0;
    if (!isText(bytes, start, end, keys[member] ?? "")) return false;
  }
  return true;
}

function makeShape(keys: readonly string[]): LazyShape {
  const properties = [...new Set(keys)].map((key) => {
    const get = function (this: object): unknown {
      return valueOf(this, key);
    };
    return [key, { get, enumerable: true }] as const;
  });
  return { keys, properties };
}
