// SPDX-License-Identifier: Apache-2.0
// Which reconciler's write wakes which other one (stage: between two turns of a guest).

/** An event within this time of a write is taken for its consequence. */
const followMs = 1_000;
const fewestWrites = 20;
const fewestShare = 0.8;
/** Pairs that are kept; the one that was not seen for longest makes room. */
const mostPairs = 1_024;
/** Writes that wait for their consequence. */
const mostWrites = 64;
const separator = "\u0000";

interface Pair {
  followed: number;
}

/**
 * Learns that writes of one stream are followed by events of another, so that the second guest is
 * loaded while the first one's write is still on its way.
 *
 * **Guarantees:** at most 1,024 pairs and 64 open writes, whatever comes; a pair counts from 20
 * writes on of which 80 % were followed within a second; a stream never correlates with itself.
 */
export class WakeCorrelations {
  readonly #writes = new Map<string, number>();
  readonly #pairs = new Map<string, Pair>();
  readonly #recent: { source: string; atMs: number; seen: Set<string> }[] = [];

  /** A write of `source` was acknowledged; answers the streams to load now. */
  onWrite(source: string, atMs: number): string[] {
    const count = (this.#writes.get(source) ?? 0) + 1;
    this.#writes.set(source, count);
    if (this.#writes.size > mostPairs) dropOldest(this.#writes);
    this.#recent.push({ source, atMs, seen: new Set() });
    if (this.#recent.length > mostWrites) this.#recent.shift();
    if (count <= fewestWrites) return [];
    const targets: string[] = [];
    const prefix = `${source}${separator}`;
    for (const [key, { followed }] of this.#pairs) {
      // The write that was just counted has had no time to be followed.
      if (key.startsWith(prefix) && followed >= fewestShare * (count - 1)) {
        targets.push(key.slice(prefix.length));
      }
    }
    return targets;
  }

  /** An event was delivered to `target`. */
  onEvent(target: string, atMs: number): void {
    while (this.#recent.length > 0 && (this.#recent[0]?.atMs ?? 0) < atMs - followMs) {
      this.#recent.shift();
    }
    for (const { source, seen } of this.#recent) {
      if (source === target || seen.has(target)) continue;
      seen.add(target);
      const key = `${source}${separator}${target}`;
      const pair = this.#pairs.get(key) ?? { followed: 0 };
      this.#pairs.delete(key);
      this.#pairs.set(key, { followed: pair.followed + 1 });
      if (this.#pairs.size > mostPairs) dropOldest(this.#pairs);
    }
  }

  forget(stream: string): void {
    this.#writes.delete(stream);
    for (const key of this.#pairs.keys()) {
      const [source, target] = key.split(separator);
      if (source === stream || target === stream) this.#pairs.delete(key);
    }
  }
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
