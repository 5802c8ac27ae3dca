// SPDX-License-Identifier: Apache-2.0
// What was deleted, and at which version, so that late events do not bring it back (stage 1).
import { compareVersions } from "@haversack/core";

/** As many deletions as a reordering could reach over, and about 3 MB at most. */
const maxTombstones = 16_384;

/**
 * Remembers the version of each deletion.
 *
 * **Guarantees:** bounded; the oldest is forgotten first. Where versions can't be compared nothing
 * is held back.
 */
export class Tombstones {
  readonly #versions = new Map<string, string>();
  #listed: string | undefined;

  add(namespace: string, name: string, version: string): void {
    const key = `${namespace}/${name}`;
    const known = this.#versions.get(key);
    if ((compareVersions(version, known) ?? 1) < 0) return;
    this.#versions.delete(key); // So that it becomes the youngest.
    this.#versions.set(key, version);
    if (this.#versions.size <= maxTombstones) return;
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest);
      break;
    }
  }

  /** Whether an object of this version was deleted since. */
  covers(namespace: string, name: string, version: string): boolean {
    // A list at this version or a later one has told of it, or of its absence.
    if ((compareVersions(version, this.#listed) ?? 1) <= 0) return true;
    if (this.#versions.size === 0) return false;
    const deleted = this.#versions.get(`${namespace}/${name}`);
    return deleted !== undefined && (compareVersions(version, deleted) ?? 1) <= 0;
  }

  /** Starts anew from a complete list: what is not younger than it is late. */
  clear(listed: string | undefined): void {
    this.#versions.clear();
    this.#listed = listed;
  }

  get size(): number {
    return this.#versions.size;
  }
}
