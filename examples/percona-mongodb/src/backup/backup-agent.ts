// SPDX-License-Identifier: Apache-2.0
// The seam to Percona Backup for MongoDB: what the operator asks of a cluster's backup agents (stage 5: reconcile).

/** The cluster whose agents are meant. */
export interface AgentPlace {
  readonly namespace: string;
  readonly cluster: string;
}

/** How far a job of the agents is, in their own words. */
export type AgentJobState = "starting" | "running" | "done" | "error" | "cancelled";

/** A backup or a restore, as the agents tell of it. */
export interface AgentJob {
  readonly name: string;
  readonly kind: "backup" | "restore";
  readonly state: AgentJobState;
  /** Why it ended without success. */
  readonly error?: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs?: number;
  /** Names of the replica sets that take part, sorted. */
  readonly replsets: readonly string[];
}

/** What is to be backed up, and where to. */
export interface BackupOrder {
  /** Unique in the storage; giving the same order twice is giving it once. */
  readonly name: string;
  readonly storage: string;
  readonly type: string;
  readonly compression: string;
}

/** What is to be restored. */
export interface RestoreOrder {
  /** Unique in the cluster; giving the same order twice is giving it once. */
  readonly name: string;
  /** Name of the backup inside the storage. */
  readonly backup: string;
  readonly storage: string;
}

/** A conversation with the agents of one cluster. **API requests:** 0. */
export interface BackupAgent {
  /** The job that holds the agents' own lock, whoever ordered it. */
  currentJob(): Promise<AgentJob | undefined>;
  /** @throws {@link AgentError} `Busy` while another job runs. */
  startBackup(order: BackupOrder): Promise<void>;
  backup(name: string): Promise<AgentJob | undefined>;
  /** Ends the running backup of this name; one that is over stays as it is. */
  cancelBackup(name: string): Promise<void>;
  /** Deletes a backup out of the storage; absent is fine. @throws `Busy` while it is in use. */
  deleteBackup(name: string): Promise<void>;
  /** @throws {@link AgentError} `Busy` while another job runs, `NotFound` without the backup. */
  startRestore(order: RestoreOrder): Promise<void>;
  restore(name: string): Promise<AgentJob | undefined>;
}

/** The name of a call, for faults and counts. */
export type AgentCall = keyof BackupAgent;

/** Finds the agents of a cluster; what stands behind it is the driver's affair. */
export interface BackupDriver {
  /** @throws {@link AgentError} `Unreachable` when no agent answers. */
  connect(place: AgentPlace): Promise<BackupAgent>;
}

/** Why agents refuse. */
export type AgentErrorCode = "Unreachable" | "Busy" | "NotFound" | "Storage";

/** The agents refused, or could not be reached. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;
  constructor(code: AgentErrorCode, message: string) {
    super(message);
    this.name = "AgentError";
    this.code = code;
  }
}

/** Whether an error is one of these refusals. */
export function isAgentError(
  error: unknown,
  ...codes: readonly AgentErrorCode[]
): error is AgentError {
  return error instanceof AgentError && (codes.length === 0 || codes.includes(error.code));
}
