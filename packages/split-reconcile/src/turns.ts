// SPDX-License-Identifier: Apache-2.0
// The turns of one pass: which are under way, and which may be taken once more meanwhile (stage 5).
import type { KubernetesObject } from "@haversack/core";
import type { Part } from "./plan.js";

/**
 * The turns that are under way in a pass.
 *
 * **Guarantees:** two that could meet, or of which one must be done before the other, are never
 * under way together; nothing is taken late once the pass is closed, or when nobody is under way.
 *
 * @internal
 */
export class Turns<P extends KubernetesObject> {
  /** Those that had a turn more; their snapshot is newer than that of the pass. */
  readonly late: Set<Part<P>> = new Set<Part<P>>();
  readonly #underWay = new Map<Part<P>, Promise<void>>();
  #isClosed = false;

  /** Takes a turn in its order; waits for late ones that it could meet. */
  async take(part: Part<P>, turn: () => Promise<void>): Promise<void> {
    for (let other = this.#inTheWay(part); other !== undefined; other = this.#inTheWay(part))
      await other;
    await this.#run(part, turn);
  }

  /** Whether a turn more would disturb nobody, and be of use: somebody else is slow. */
  mayTakeLate(part: Part<P>): boolean {
    const hasCompany = [...this.#underWay.keys()].some((other) => other !== part);
    return !this.#isClosed && hasCompany && this.#inTheWay(part) === undefined;
  }

  takeLate(part: Part<P>, turn: () => Promise<void>): void {
    this.late.add(part);
    this.#run(part, turn).catch(() => undefined); // Told by `close`.
  }

  /** Resolves when all are over. @throws what one of them threw. */
  async close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
    this.#isClosed = true;
  }

  #inTheWay(part: Part<P>): Promise<void> | undefined {
    for (const [other, running] of this.#underWay)
      if (other === part || !areFree(part, other)) return running;
    return undefined;
  }

  #run(part: Part<P>, turn: () => Promise<void>): Promise<void> {
    const running = turn().finally(() => this.#underWay.delete(part));
    this.#underWay.set(part, running);
    return running;
  }
}

function areFree<P extends KubernetesObject>(part: Part<P>, other: Part<P>): boolean {
  const areApart = part.apartFrom.includes(other) || other.apartFrom.includes(part);
  return !areApart && !part.required.has(other) && !other.required.has(part);
}
