// SPDX-License-Identifier: Apache-2.0
// The Leases of a ring as one consistent picture (stage 6: writes).
import { leases, resourcePath, type ApiClient, type Lease } from "@haversack/core";

/** Marks all Leases of a ring. */
export const ringLabel = "haversack.dev/ring";
/** On the ring's own Lease: the owner of each slot. */
export const slotsAnnotation = "haversack.dev/slots";

/** All that the API server has of a ring at one moment. */
export interface RingPicture {
  /** The ring's own Lease; `undefined` before the first. */
  readonly ring: Lease | undefined;
  /** Leases of the members, by name. */
  readonly members: ReadonlyMap<string, Lease>;
}

/**
 * Reads all Leases of a ring in one consistent list. **API requests:** 1 LIST.
 *
 * A read of anything less would not do: that a member is missing proves that it is gone only because
 * the list is of one moment, and a member joins before it takes a slot.
 */
export async function readRing(
  client: ApiClient,
  namespace: string,
  name: string,
  timeoutMs: number,
): Promise<RingPicture> {
  const { body } = await client.request({
    method: "GET",
    path: resourcePath(leases, { namespace }),
    query: { labelSelector: `${ringLabel}=${name}` },
    timeoutMs,
  });
  const { items = [] } = JSON.parse(new TextDecoder().decode(body)) as { items?: Lease[] };
  const ringName = ringLeaseName(name);
  const members = new Map<string, Lease>();
  for (const lease of items)
    if (lease.metadata.name !== ringName) members.set(lease.metadata.name, lease);
  return { ring: items.find(({ metadata }) => metadata.name === ringName), members };
}

/** The owners a Lease tells of; as many as there are slots. Unreadable ones are nobody's. */
export function ownersIn(ring: Lease | undefined, slots: number): string[] {
  let told: unknown = [];
  try {
    told = JSON.parse(ring?.metadata.annotations?.[slotsAnnotation] ?? "[]");
  } catch {
    told = []; // Somebody has edited it: nobody owns anything, and everybody reads it so.
  }
  const list: readonly unknown[] = Array.isArray(told) ? told : [];
  const length = slots === Infinity ? list.length : slots;
  return Array.from({ length }, (_, slot) => {
    const owner = list[slot];
    return typeof owner === "string" ? owner : "";
  });
}

/** How many slots a Lease tells of; 0 when it tells of none. */
export function slotsIn(ring: Lease | undefined): number {
  return ownersIn(ring, Infinity).length;
}

/** The name of the Lease that tells of the slots. */
export function ringLeaseName(name: string): string {
  return `${name}-ring`;
}
