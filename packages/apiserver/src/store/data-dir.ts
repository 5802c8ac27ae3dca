// SPDX-License-Identifier: Apache-2.0
// Opens a data folder: takes its lock, reads the journal into the store, and goes on with it.
import { mkdir, open, readFile } from "node:fs/promises";
import { lockDataDir } from "./data-lock.js";
import { scanFrames } from "./frame.js";
import { Journal } from "./journal.js";
import { Replay } from "./journal-record.js";
import type { ObjectStore } from "./object-store.js";
import { findSegments, segmentOf, segmentPath, writeSegment } from "./segment.js";
import type { Segment } from "./segment.js";

/** Journal files shorter than this are never written anew. */
export const defaultCompactBytes = 16_777_216;

/** Settings of a data folder. */
export interface DataDirOptions {
  readonly folder: string;
  readonly onFailure: (error: Error) => void;
  readonly compactBytes?: number | undefined;
}

/** An open data folder. */
export interface DataDir {
  readonly journal: Journal;
  /** Writes what waits, closes the journal and gives the folder back. */
  close(): Promise<void>;
}

/**
 * Opens a data folder and fills the (empty) store from it.
 *
 * **Guarantees:** what an earlier server acknowledged is there; a group of commits that a crash cut
 * short is not, and nobody was told of it; revisions go on where they were.
 *
 * @throws Error when another server has the folder, or when a file was damaged.
 */
export async function openDataDir(store: ObjectStore, options: DataDirOptions): Promise<DataDir> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = lockDataDir(folder);
  try {
    const segment = await openSegment(store, folder);
    const journal = new Journal({
      ...options,
      segment,
      state: () => store.state(),
      compactBytes: options.compactBytes ?? defaultCompactBytes,
    });
    store.log.record((resource, entry) => journal.append(resource, entry));
    return { journal, close: () => journal.close().finally(unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openSegment(store: ObjectStore, folder: string): Promise<Segment> {
  const numbers = await findSegments(folder);
  const latest = numbers.at(-1);
  if (latest === undefined) {
    const segment = await writeSegment(folder, 1, store.state());
    await segment.publish();
    return segment;
  }
  const { replay, end, length } = await readSegment(segmentPath(folder, latest));
  replay.fill(store);
  const file = await open(segmentPath(folder, latest), "r+");
  if (end < length) {
    await file.truncate(end);
    await file.datasync();
  }
  await file.close();
  const appending = await open(segmentPath(folder, latest), "a");
  for (const number of numbers.slice(0, -1)) {
    await segmentOf(folder, number, appending, 0, 0).remove();
  }
  return segmentOf(folder, latest, appending, end, replay.stateBytes);
}

async function readSegment(path: string): Promise<{ replay: Replay; end: number; length: number }> {
  const bytes = await readFile(path);
  const replay = new Replay();
  const damaged = (why: string, cause?: unknown): Error =>
    new Error(
      `Reading the journal ${path} failed: ${why}. Restore the file from a copy, or start with an ` +
        "empty folder.",
      { cause },
    );
  let scan: ReturnType<typeof scanFrames>;
  try {
    scan = scanFrames(bytes, (line) => replay.take(line));
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error), error);
  }
  if (scan.damagedAt !== undefined) throw damaged(`it is damaged at byte ${scan.damagedAt}`);
  if (!replay.isWhole) throw damaged("the state it begins with is not there in full");
  return { replay, end: scan.end, length: bytes.length };
}
