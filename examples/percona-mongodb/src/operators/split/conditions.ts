// SPDX-License-Identifier: Apache-2.0
// How instances tell each other how far they are: one condition each, which the status is made from (stage 5).
import type { Condition } from "haversack";
import type { Psmdb } from "../../types.js";

/** The instances, in their order, each with the condition that it sets. */
export const readiness = {
  network: "NetworkReady",
  config: "ConfigReady",
  tls: "TlsReady",
  workload: "WorkloadReady",
  database: "DatabaseReady",
  rollout: "RolloutReady",
  backup: "BackupReady",
} as const;

/** An instance that does work; the eighth, `status`, tells of them. */
export type InstanceName = keyof typeof readiness;

/** The reason while something is waited for; the message says for what. */
const waiting = "Waiting";
/** The reason when the API server will never take what is wanted. */
const refused = "Refused";

/** Says how far an instance is. @param waits What it waits for; empty for nothing. */
export function readinessOf(
  name: InstanceName,
  waits: readonly string[],
  isReady: boolean = waits.length === 0,
): Condition {
  const reason = waits.length > 0 ? waiting : isReady ? "AsWanted" : "NotLookedAt";
  const status = isReady ? "True" : "False";
  return { type: readiness[name], status, reason, message: waits.join(", ") };
}

/** Says that an instance cannot go on until the user changes something. */
export function refusalOf(name: InstanceName, message: string): Condition {
  return { type: readiness[name], status: "False", reason: refused, message };
}

/** What the instances wait for, in their order. */
export function waitsOf(primary: Psmdb): readonly string[] {
  return told(primary).flatMap(({ reason, message = "" }) => (reason === waiting ? [message] : []));
}

/** What the API server refuses; `undefined` when it takes everything. */
export function refusalIn(primary: Psmdb): string | undefined {
  return told(primary).find(({ reason }) => reason === refused)?.message;
}

/** Whether every replica set has its members in their places. */
export function isDatabaseHealthy(primary: Psmdb): boolean {
  return told(primary).some(({ type, status }) => type === readiness.database && status === "True");
}

function told({
  status,
}: Psmdb): readonly { type: string; status: string; reason?: string; message?: string }[] {
  const conditions = status?.conditions ?? [];
  return Object.values(readiness).flatMap(
    (type) => conditions.find((condition) => condition.type === type) ?? [],
  );
}
