// SPDX-License-Identifier: Apache-2.0
// Keeps the store on disk: every commit is appended, and nothing that tells of it leaves the server
// before it is there. Commits that come while the disk works share its next write (group commit).
import type { FileHandle } from "node:fs/promises";
import { encodeFrame } from "./frame.js";
import { commitLine } from "./journal-record.js";
import type { LogEntry } from "./revision-log.js";
import type { StoreState } from "./stored-object.js";
import { writeSegment } from "./segment.js";
import type { Segment } from "./segment.js";

/** What waits for the same write to the disk. */
class Batch {
  readonly lines: string[] = [];
  readonly done: Promise<void>;
  resolve!: () => void;
  reject!: (error: Error) => void;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever waits is told; a batch that nobody waits for fails silently, and the next one tells.
    this.done.catch(() => undefined);
  }
}

/** What a journal is made of. */
export interface JournalOptions {
  readonly folder: string;
  readonly segment: Segment;
  readonly state: () => StoreState;
  /** A file is written anew when it is this long and four times as long as its state was. */
  readonly compactBytes: number;
  /** Told when the disk fails; from then on every request is refused. */
  readonly onFailure: (error: Error) => void;
}

/** A file is written anew when it is so many times as long as the state it began with. */
const growth = 4;

/** The journal of a store. */
export class Journal {
  readonly #options: JournalOptions;
  #segment: Segment;
  #pending = new Batch();
  #writing: Batch | undefined;
  #loop: Promise<void> | undefined;
  #failure: Error | undefined;
  /** Commits since the state was taken that the next file begins with. */
  #sinceState: string[] | undefined;
  #next: Segment | undefined;
  #compaction: Promise<void> | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#segment = options.segment;
  }

  /** Takes a commit; called for each, in order, in the turn of the commit. */
  append(resource: string, entry: LogEntry): void {
    if (this.#failure !== undefined) return;
    const line = commitLine(resource, entry);
    this.#pending.lines.push(line);
    this.#sinceState?.push(line);
    this.#loop ??= this.#writeAll();
  }

  /**
   * Resolves when every commit so far is on disk; undefined when it is already.
   *
   * @throws Error (by rejecting) when the disk has failed.
   */
  synced(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return (this.#pending.lines.length > 0 ? this.#pending : this.#writing)?.done;
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    await this.#loop;
    await this.#compaction;
    await this.#segment.file.close();
    await this.#next?.file.close();
  }

  async #writeAll(): Promise<void> {
    // The turn's other commits join the first write.
    await Promise.resolve();
    while (this.#pending.lines.length > 0 && this.#failure === undefined) {
      const batch = this.#pending;
      this.#writing = batch;
      this.#pending = new Batch();
      try {
        await this.#write(batch.lines);
        batch.resolve();
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)), batch);
      }
    }
    this.#writing = undefined;
    this.#loop = undefined;
  }

  async #write(lines: readonly string[]): Promise<void> {
    if (this.#next !== undefined) {
      // The new file lacks what was committed since its state was taken; these lines are among it.
      await this.#switchTo(this.#next, this.#sinceState ?? []);
      return;
    }
    this.#segment.bytes += await appendFrame(this.#segment.file, lines);
    const { bytes, stateBytes } = this.#segment;
    if (bytes < this.#options.compactBytes || bytes < growth * stateBytes) return;
    this.#compaction ??= this.#compact();
  }

  /** Writes the state into a new file beside the present one, which goes on meanwhile. */
  async #compact(): Promise<void> {
    this.#sinceState = [];
    const { folder, state } = this.#options;
    try {
      this.#next = await writeSegment(folder, this.#segment.number + 1, state());
    } catch (error) {
      this.#sinceState = undefined;
      this.#fail(error instanceof Error ? error : new Error(String(error)), this.#pending);
    }
  }

  async #switchTo(next: Segment, lines: readonly string[]): Promise<void> {
    this.#sinceState = undefined;
    this.#next = undefined;
    this.#compaction = undefined;
    next.bytes += await appendFrame(next.file, lines);
    await next.publish();
    const old = this.#segment;
    this.#segment = next;
    await old.file.close();
    await old.remove();
  }

  #fail(error: Error, batch: Batch): void {
    const why = `Writing the journal in ${this.#options.folder} failed: ${error.message}.`;
    const failure = new Error(
      `${why} Nothing more is stored. Make room or repair the disk, then start the server again.`,
      { cause: error },
    );
    this.#failure = failure;
    batch.reject(failure);
    this.#pending.reject(failure);
    this.#options.onFailure(failure);
  }
}

/** Appends lines and waits until the disk has them. Returns the bytes written. */
async function appendFrame(file: FileHandle, lines: readonly string[]): Promise<number> {
  const frame = encodeFrame(lines);
  for (let written = 0; written < frame.length;) {
    written += (await file.write(frame, written)).bytesWritten;
  }
  await file.datasync();
  return frame.length;
}
