// SPDX-License-Identifier: Apache-2.0
// The objects of one resource in the order of their keys, in short pieces: a change moves one piece
// and not the whole, however many objects there are.
import type { StoredObject } from "./stored-object.js";

/** Objects in a piece before it is cut in two. */
const pieceSize = 512;

/** Index of the first object whose key is not smaller. */
export function firstAtOrAfter(all: readonly StoredObject[], key: string): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((all[middle] as StoredObject).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Objects sorted by key; keys are there once. */
export class SortedObjects {
  /** None of them is empty. */
  #pieces: StoredObject[][] = [];
  /** All of them, until the next change. */
  #all: readonly StoredObject[] | undefined;

  /** Puts an object in its place, or in the place of the one with its key. */
  set(object: StoredObject): void {
    this.#all = undefined;
    const index = this.#pieceOf(object.key);
    const piece = this.#pieces[index];
    if (piece === undefined) {
      this.#pieces.push([object]);
      return;
    }
    const at = firstAtOrAfter(piece, object.key);
    if (piece[at]?.key === object.key) piece[at] = object;
    else piece.splice(at, 0, object);
    if (piece.length > pieceSize) this.#pieces.splice(index + 1, 0, piece.splice(pieceSize / 2));
  }

  /** Takes the object with a key out. */
  delete(key: string): void {
    const index = this.#pieceOf(key);
    const piece = this.#pieces[index];
    if (piece === undefined) return;
    const at = firstAtOrAfter(piece, key);
    if (piece[at]?.key !== key) return;
    this.#all = undefined;
    piece.splice(at, 1);
    if (piece.length === 0) this.#pieces.splice(index, 1);
  }

  /** All objects; the same list until something changes, and never changed itself. */
  all(): readonly StoredObject[] {
    this.#all ??= ([] as StoredObject[]).concat(...this.#pieces);
    return this.#all;
  }

  /** The objects whose keys are not smaller than the first one and smaller than the last. */
  between(first: string, last: string): readonly StoredObject[] {
    const result: StoredObject[] = [];
    for (let index = this.#pieceOf(first); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index] as StoredObject[];
      const end = firstAtOrAfter(piece, last);
      for (let at = firstAtOrAfter(piece, first); at < end; at++) {
        result.push(piece[at] as StoredObject);
      }
      if (end < piece.length) break;
    }
    return result;
  }

  /** Index of the piece that holds a key or would: the last one that begins at or before it. */
  #pieceOf(key: string): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle]?.[0] as StoredObject).key <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}
