// SPDX-License-Identifier: Apache-2.0
// The one pass that both operators share: every function in order, each seeing what the ones before it did (stage 5).
import type { EventNote } from "haversack";
import type { Cluster } from "../cluster.js";
import { parts } from "../functions/index.js";
import { mergeNotes, type Notes } from "../functions/notes.js";
import type { Changes, Observed, Read, Sources } from "../functions/part.js";

/** How an operator reads and writes: the only thing in which the two differ. */
export interface Access {
  observe(reads: readonly Read[]): Observed | Promise<Observed>;
  change(changes: Changes): Promise<void>;
  /** Takes finalizers off the custom resource, and leaves those of others. */
  removeFinalizers(finalizers: readonly string[]): Promise<void>;
  /** Writes a Kubernetes Event about the custom resource, for whoever describes it with kubectl. */
  report(note: EventNote): Promise<void>;
}

/** What a pass found out. */
export interface PassOutcome {
  /** What functions wait for; empty when everything was built. */
  readonly waits: readonly string[];
  /** What functions found out, for the status. */
  readonly notes: Notes;
  /** When a function has something to do again whatever happens. */
  readonly askAgainMs: number | undefined;
}

/**
 * Runs all functions once.
 *
 * **API requests:** those of `access`: the monolith sends requests for every read, the packs for
 * changes only.
 */
export async function runFunctions(
  cluster: Cluster,
  access: Access,
  sources: Sources,
): Promise<PassOutcome> {
  const waits: string[] = [];
  const again: number[] = [];
  const notes: (Notes | undefined)[] = [];
  for (const part of parts) {
    const observed = await access.observe(part.reads(cluster));
    const changes = await part.build(cluster, observed, sources);
    await access.change(changes);
    notes.push(changes.notes);
    if (changes.waitFor !== undefined) waits.push(changes.waitFor);
    if (changes.askAgainMs !== undefined) again.push(changes.askAgainMs);
  }
  const askAgainMs = again.length === 0 ? undefined : Math.min(...again);
  return { waits, notes: mergeNotes(notes), askAgainMs };
}
