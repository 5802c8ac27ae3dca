// SPDX-License-Identifier: Apache-2.0
// A binary heap whose members know their place, so that any of them can move or leave (stage 4: work queue).

/** A member of a heap. It may be in one heap at a time. */
export interface HeapMember {
  /** Its place; −1 while it is in no heap. Written by the heap alone. */
  heapIndex: number;
}

/**
 * Keeps members ordered by a comparison that only changes while it is told.
 *
 * Cost: O(log n) for each change, O(1) for the first member; no allocation but the array's growth.
 *
 * @internal
 */
export class EntryHeap<T extends HeapMember> {
  readonly #members: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#members.length;
  }

  /** The member before all others. */
  get first(): T | undefined {
    return this.#members[0];
  }

  add(member: T): void {
    this.#members.push(member);
    this.#rise(member, this.#members.length - 1);
  }

  /** Takes the first member out. */
  take(): T | undefined {
    const first = this.#members[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(member: T): void {
    const index = member.heapIndex;
    const last = this.#members.pop();
    member.heapIndex = -1;
    if (last === undefined || last === member) return;
    this.#settle(last, index);
  }

  /** Finds the right place again for a member whose order changed. */
  moved(member: T): void {
    this.#settle(member, member.heapIndex);
  }

  values(): IterableIterator<T> {
    return this.#members.values();
  }

  #settle(member: T, index: number): void {
    this.#sink(member, index);
    if (member.heapIndex === index) this.#rise(member, index);
  }

  #rise(member: T, from: number): void {
    const members = this.#members;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = members[parentIndex] as T;
      if (!this.#isBefore(member, parent)) break;
      members[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    members[index] = member;
    member.heapIndex = index;
  }

  #sink(member: T, from: number): void {
    const members = this.#members;
    const half = members.length >> 1;
    let index = from;
    while (index < half) {
      let childIndex = 2 * index + 1;
      let child = members[childIndex] as T;
      const right = members[childIndex + 1];
      if (right !== undefined && this.#isBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (!this.#isBefore(child, member)) break;
      members[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    members[index] = member;
    member.heapIndex = index;
  }
}
