// SPDX-License-Identifier: Apache-2.0
// Which slot a primary falls into, and which slots a replica should have (stage 5: reconcile).

/** FNV-1a over UTF-16 units: spreads uids evenly and is the same in every process. */
export function slotOf(uid: string, slots: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < uid.length; index += 1)
    hash = Math.imul(hash ^ uid.charCodeAt(index), 0x01000193) >>> 0;
  return hash % slots;
}

/** What a replica should do about its slots. */
export interface SlotPlan {
  /** Free slots to take. */
  readonly take: readonly number[];
  /** Own slots to hand over. */
  readonly give: readonly number[];
}

/**
 * Works out what one replica should take and give, so that in the end each has its share and no more
 * slots move than must. Every replica works it out alone, from the same picture.
 *
 * **API requests:** 0. **Guarantees:** when no replica takes or gives, no slot is free and any two
 * replicas differ by at most one slot.
 *
 * @param owners The owner of each slot; `""` for a free one.
 * @param members Those alive; the owners of all other slots are gone.
 */
export function planSlots(
  owners: readonly string[],
  members: ReadonlySet<string>,
  me: string,
): SlotPlan {
  const counts = new Map([...members].map((member) => [member, 0]));
  for (const owner of owners) {
    const count = counts.get(owner);
    if (count !== undefined) counts.set(owner, count + 1);
  }
  const mine = counts.get(me);
  if (mine === undefined) return { take: [], give: [] };
  const least = Math.floor(owners.length / members.size);
  const extra = owners.length % members.size;
  // Those who have the most keep the odd slots: then the fewest move.
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const rank = ranked.findIndex(([member]) => member === me);
  const share = least + (rank < extra ? 1 : 0);
  if (mine > share) {
    const own = owners.flatMap((owner, slot) => (owner === me ? [slot] : []));
    return { take: [], give: own.slice(share) };
  }
  const free = owners.flatMap((owner, slot) => (counts.has(owner) ? [] : [slot]));
  return { take: free.slice(0, share - mine), give: [] };
}
