// SPDX-License-Identifier: Apache-2.0
// What the operator refuses in spec.backup: storages, tasks and their schedules (F1; stage 5: reconcile).
import { Cron } from "croner";
import { isJsonObject, type JsonObject } from "../json.js";
import type { BackupTaskSpec, PsmdbSpec } from "../types.js";
import { resourceProblems } from "./pod-problems.js";
import { repeated, when } from "./problem.js";

/** Problems of the backups; none while they are switched off. */
export function backupProblems({ backup }: PsmdbSpec): readonly string[] {
  if (backup?.enabled !== true) return [];
  const tasks = backup.tasks ?? [];
  return [
    ...storageProblems(backup.storages ?? {}),
    ...tasks.flatMap(taskProblems),
    ...repeated(tasks.map(({ name }) => name).filter((name) => name !== "")).map(
      (name) => `spec.backup.tasks has ${name} more than once. Give every task a name of its own`,
    ),
    ...resourceProblems(backup.resources, "spec.backup.resources"),
  ];
}

function storageProblems(
  storages: Readonly<Record<string, { readonly main?: boolean; readonly type?: string }>>,
): readonly string[] {
  const all = Object.entries(storages);
  const mainCount = all.filter(([, { main }]) => main === true).length;
  return [
    ...when(
      all.length > 1 && mainCount === 0,
      "none of spec.backup.storages is main. Set main on one",
    ),
    ...when(mainCount > 1, "several of spec.backup.storages are main. Set main on one"),
    ...all.flatMap(([name, storage]) => encryptionProblems(name, storage as JsonObject)),
  ];
}

/** S3 encrypts with its own key or with the customer's, never with both. */
function encryptionProblems(name: string, storage: JsonObject): readonly string[] {
  const s3 = isJsonObject(storage["s3"]) ? storage["s3"] : {};
  const encryption = isJsonObject(s3["serverSideEncryption"]) ? s3["serverSideEncryption"] : {};
  return when(
    storage["type"] === "s3" &&
      Boolean(encryption["sseAlgorithm"]) &&
      Boolean(encryption["sseCustomerAlgorithm"]),
    `spec.backup.storages.${name} asks for two ways of encryption. Keep sseAlgorithm with kmsKeyID, or sseCustomerAlgorithm with sseCustomerKey`,
  );
}

function taskProblems(task: BackupTaskSpec, index: number): readonly string[] {
  const where = `spec.backup.tasks[${index}]`;
  if (!task.name) return [`${where} has no name. Name it`];
  const { schedule } = task;
  if (task.enabled !== true || schedule === undefined) return [];
  const problem = scheduleProblem(schedule);
  return problem === undefined
    ? []
    : [
        `${where} (${task.name}) has the schedule ${JSON.stringify(schedule)}: ${problem}. Write five fields as in crontab, such as "0 3 * * *"`,
      ];
}

/** Why a schedule cannot work; `undefined` when it can. **API requests:** 0. */
export function scheduleProblem(schedule: string): string | undefined {
  const fields = schedule.trim().split(/\s+/);
  if (!schedule.startsWith("@") && fields.length !== 5) return `it has ${fields.length} fields`;
  try {
    const next = new Cron(schedule, { paused: true }).nextRun(new Date(0));
    return next === null ? "its time never comes" : undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
  }
}
