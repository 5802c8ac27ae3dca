// SPDX-License-Identifier: Apache-2.0
// Keeps two servers from using one data folder: a file that names the process that has it.
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the file says of its holder. */
interface Holder {
  readonly pid: number;
  /** When the process began, where the system tells; process ids are used again. */
  readonly started: string;
}

/** Start time of a process in clock ticks since boot (field 22 of its stat), "" where unknown. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is such a process, and it is another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const now = startOf(pid);
  return now === "" || started === "" || now === started;
}

function readHolder(file: string): Holder | undefined {
  try {
    const [pid = "", started = ""] = readFileSync(file, "utf8").trim().split(" ");
    return { pid: Number(pid), started };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes the file when it can be made; a link is made whole or not at all. */
function tryTake(file: string, own: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Moves the file of a dead holder away; one that turns out to be another's is put back. */
function removeStale(file: string, stale: Holder): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved?.pid !== stale.pid || moved.started !== stale.started) tryTake(file, aside);
  rmSync(aside, { force: true });
}

/**
 * Takes a data folder for this process. Returns the function that gives it back.
 *
 * A holder that is no longer alive (it was killed) loses the folder.
 *
 * @throws Error when another process, or another server of this one, has it.
 */
export function lockDataDir(folder: string): () => void {
  const file = join(folder, "lock");
  const own = join(folder, `lock.${randomUUID()}`);
  writeFileSync(own, `${process.pid} ${startOf(process.pid)}\n`);
  try {
    for (let tries = 0; tries < 3; tries++) {
      if (tryTake(file, own)) return () => rmSync(file, { force: true });
      const holder = readHolder(file);
      if (holder === undefined) continue;
      if (isAlive(holder)) {
        throw new Error(
          `Opening the data folder ${folder} failed: process ${holder.pid} uses it. Stop that ` +
            "server, or choose another folder.",
        );
      }
      removeStale(file, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new Error(
    `Opening the data folder ${folder} failed: others take it at the same time. Try again.`,
  );
}
