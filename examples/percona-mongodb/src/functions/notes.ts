// SPDX-License-Identifier: Apache-2.0
// What functions find out about a cluster and hand over for its status; only F12 writes it (stage 5: reconcile).
import type { BackupTaskStatus, PsmdbCondition } from "../types.js";

/** One member, as its replica set's status names it. */
export interface MemberNote {
  readonly name: string;
  /** MongoDB's number for the state. */
  readonly state: number;
  readonly stateStr: string;
}

/** How a replica set fares inside MongoDB. */
export interface ReplsetNote {
  readonly initialized: boolean;
  /** Every member is in its place, and there is a primary. */
  readonly isHealthy: boolean;
  readonly isShard?: boolean;
  /** By pod. */
  readonly members: Readonly<Record<string, MemberNote>>;
}

/** A condition as a function wants it; the status fills the time in. */
export type ConditionNote = Omit<PsmdbCondition, "lastTransitionTime">;

/** Everything handed over in one pass. */
export interface Notes {
  readonly replsets?: Readonly<Record<string, ReplsetNote>>;
  readonly conditions?: readonly ConditionNote[];
  readonly mongoVersion?: string;
  readonly backupTasks?: readonly BackupTaskStatus[];
}

/** Several functions' notes as one; the later ones win. **API requests:** 0. */
export function mergeNotes(all: readonly (Notes | undefined)[]): Notes {
  let merged: Notes = {};
  for (const notes of all) {
    if (notes === undefined) continue;
    merged = {
      ...merged,
      ...notes,
      replsets: { ...merged.replsets, ...notes.replsets },
      conditions: [...(merged.conditions ?? []), ...(notes.conditions ?? [])],
    };
  }
  return merged;
}
