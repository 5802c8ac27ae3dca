// SPDX-License-Identifier: Apache-2.0
// The files of a journal. Each begins with a whole state; it gets its name when that is on disk.
import { open, readdir, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { encodeFrame } from "./frame.js";
import { headLine, objectLine } from "./journal-record.js";
import type { StoreState } from "./stored-object.js";

/** One file of a journal, open for appending. */
export interface Segment {
  readonly number: number;
  readonly file: FileHandle;
  bytes: number;
  /** Length of the state at its beginning. */
  readonly stateBytes: number;
  /** Gives the file its name: from now on it is the one that a start reads. */
  publish(): Promise<void>;
  remove(): Promise<void>;
}

/** Text gathered into one frame of a state. */
const frameChars = 1_048_576;

const fileName = /^journal-(\d{8})\.log$/;

/** Path of a file of the journal. */
export function segmentPath(folder: string, number: number): string {
  return join(folder, `journal-${String(number).padStart(8, "0")}.log`);
}

/** Makes renames and new files of a folder last. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and its renames last without that.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A segment around an open file. */
export function segmentOf(
  folder: string,
  number: number,
  file: FileHandle,
  bytes: number,
  stateBytes: number,
  temporary?: string,
): Segment {
  const path = segmentPath(folder, number);
  return {
    number,
    file,
    bytes,
    stateBytes,
    publish: async () => {
      if (temporary === undefined) return;
      await rename(temporary, path);
      await syncFolder(folder);
    },
    remove: () => rm(path, { force: true }),
  };
}

/** Writes a state into a new file, which has no name in the journal before `publish`. */
export async function writeSegment(
  folder: string,
  number: number,
  state: StoreState,
): Promise<Segment> {
  const temporary = `${segmentPath(folder, number)}.new`;
  const file = await open(temporary, "w", 0o600);
  let bytes = 0;
  let lines = [headLine(state.revision, state.objects.length)];
  let chars = 0;
  const write = async (): Promise<void> => {
    const frame = encodeFrame(lines);
    await file.writeFile(frame);
    bytes += frame.length;
    lines = [];
    chars = 0;
  };
  for (const [resource, object] of state.objects) {
    const line = objectLine(resource, object);
    lines.push(line);
    chars += line.length;
    if (chars > frameChars) await write();
  }
  if (lines.length > 0) await write();
  await file.datasync();
  return segmentOf(folder, number, file, bytes, bytes, temporary);
}

/** Numbers of the journal's files, the latest last; what a crash left half made is removed. */
export async function findSegments(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  for (const name of names) if (name.endsWith(".log.new")) await rm(join(folder, name));
  return names
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
