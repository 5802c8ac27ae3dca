// SPDX-License-Identifier: Apache-2.0
// One watch: initial events, the tail of the revision log, bookmarks, and an end. A watcher that does
// not read never holds up others: its events wait as references, and too many of them end the watch.
import type { ServerClock, Timer } from "../clock.js";
import { objectAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { LogEntry } from "../store/revision-log.js";
import { StoredObject } from "../store/stored-object.js";
import type { Selector } from "./label-selector.js";
import type { View } from "./views.js";

/** Where a stream writes; implemented by sockets and by in-process readers. */
export interface StreamSink {
  /** Takes bytes; false means: wait for the drain. */
  write(chunk: Uint8Array): boolean;
  onDrain(run: () => void): void;
  onClose(run: () => void): void;
  /** Ends the stream cleanly. */
  end(): void;
  /** Breaks the connection. */
  destroy(): void;
}

/** Watch events as JSON lines, each made once and shared by all watchers of one view. */
export class LineCache {
  readonly #lines = new Map<LogEntry, Map<string, Buffer>>();
  readonly #size: number;

  constructor(size = 512) {
    this.#size = size;
  }

  line(entry: LogEntry, view: View): Buffer {
    let views = this.#lines.get(entry);
    if (views === undefined) {
      if (this.#lines.size >= this.#size) {
        const oldest = this.#lines.keys().next().value;
        if (oldest !== undefined) this.#lines.delete(oldest);
      }
      views = new Map();
      this.#lines.set(entry, views);
    }
    let line = views.get(view.name);
    if (line === undefined) {
      line = eventLine(entry.type, view.text(entry.object));
      views.set(view.name, line);
    }
    return line;
  }
}

/** One watch event as a line. */
function eventLine(type: string, objectText: string): Buffer {
  return Buffer.from(`{"type":"${type}","object":${objectText}}\n`);
}

/** What a watch is asked for. */
export interface WatchOptions {
  readonly view: View;
  readonly selector: Selector | undefined;
  /** Namespace prefix of keys, or undefined for all. */
  readonly namespace: string | undefined;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  /** Only events after this revision. */
  readonly after: number;
  /** Events that wait for a slow reader before the watch is broken off. */
  readonly maxWaiting: number;
  /** Bytes of them. */
  readonly maxWaitingBytes: number;
  /** Makes the bookmark object of this kind. */
  readonly bookmark: (revision: number, initialEnd: boolean) => JsonObject;
  /** Told of every write to the watcher. */
  readonly onSent: (events: number, bytes: number) => void;
  /** Revision that bookmarks tell at this moment. */
  readonly revision: () => number;
  /** Runs `run` once what has happened so far may be told; `onFailure` when it never may. */
  readonly whenKept: (run: () => void, onFailure: () => void) => void;
}

type Waiting = LogEntry | Buffer | StoredObject;

/** Bytes gathered into one write. */
const batchBytes = 256 * 1024;
const bookmarkMs = 60_000;
const lastBookmarkMs = 2_000;

/** A running watch. */
export class WatchStream {
  readonly #sink: StreamSink;
  readonly #options: WatchOptions;
  readonly #lines: LineCache;
  readonly #timers = new Set<Timer>();
  readonly #onEnd: (() => void)[] = [];
  readonly #waiting: Waiting[] = [];
  #next = 0;
  /** What came while the reader did not read. */
  #waitingBytes = 0;
  #blocked = false;
  #scheduled = false;
  #ending = false;
  #closed = false;
  /** While frozen the watch is half open: it takes events and sends nothing. */
  frozen = false;
  #hasBegun = false;
  #eventsLeft = Infinity;
  #bytesLeft = Infinity;

  constructor(sink: StreamSink, lines: LineCache, options: WatchOptions, clock: ServerClock) {
    this.#sink = sink;
    this.#lines = lines;
    this.#options = options;
    sink.onDrain(() => {
      this.#blocked = false;
      this.#flushSoon();
    });
    sink.onClose(() => this.#close());
    this.#schedule(clock);
  }

  /** Calls the function when the watch is over, however it ends. */
  onEnd(run: () => void): void {
    if (this.#closed) run();
    else this.#onEnd.push(run);
  }

  /** Ends the stream early, after so many events or bytes; a fault. */
  limit(events: number | undefined, bytes: number | undefined): void {
    this.#eventsLeft = events ?? (bytes === undefined ? 0 : Infinity);
    this.#bytesLeft = bytes ?? Infinity;
    this.#flushSoon();
  }

  /** Sends the state a watch starts from: ADDED for every object, in key order. */
  sendInitial(objects: readonly StoredObject[]): void {
    for (const object of objects) {
      if (this.#options.selector?.(object.value) !== false) this.#waiting.push(object);
    }
    this.#flushSoon();
  }

  /** Sends a bookmark, marked when it closes the initial events. */
  sendBookmark(revision: number, initialEnd: boolean): void {
    const object = this.#options.bookmark(revision, initialEnd);
    this.#waiting.push(eventLine("BOOKMARK", JSON.stringify(object)));
    this.#flushSoon();
  }

  /** Sends an in-band error and ends the watch. */
  fail(status: JsonObject): void {
    this.#waiting.push(eventLine("ERROR", JSON.stringify(status)));
    this.end();
  }

  /** Ends the watch cleanly after what waits. */
  end(): void {
    this.#ending = true;
    this.#flushSoon();
  }

  /** Breaks the connection. */
  destroy(): void {
    this.#sink.destroy();
    this.#close();
  }

  /** Takes a commit of the watched resource. */
  push(entry: LogEntry): void {
    const { namespace, selector, after } = this.#options;
    if (this.#closed || this.#ending || entry.revision <= after) return;
    // Nobody reads a half-open watch: what it would be told is lost with it.
    if (this.frozen) return;
    if (namespace !== undefined && !isWithin(entry.key, namespace)) return;
    const event = selector === undefined ? entry : this.#transition(entry, selector);
    if (event === undefined) return;
    this.#waiting.push(event);
    if (this.#blocked) this.#waitingBytes += bytesOf(event);
    if (this.#isOverfull) this.destroy();
    else this.#flushSoon();
  }

  get #isOverfull(): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#options;
    return this.#waiting.length - this.#next > maxWaiting || this.#waitingBytes > maxWaitingBytes;
  }

  /** What a selective watcher sees of a commit. */
  #transition(entry: LogEntry, selector: Selector): Waiting | undefined {
    const { previous, object, type } = entry;
    const was = previous !== undefined && selector(previous.value);
    if (type === "DELETED") return was ? entry : undefined;
    const is = selector(object.value);
    if (is) return was === (type === "MODIFIED") ? entry : this.#line("ADDED", object.value);
    if (!was) return undefined;
    // It left the selection: the watcher sees the old state under the new revision.
    const metadata = {
      ...objectAt(previous.value, "metadata"),
      resourceVersion: String(entry.revision),
    };
    return this.#line("DELETED", { ...previous.value, metadata });
  }

  #line(type: string, value: JsonObject): Buffer {
    const { view } = this.#options;
    // Made before it is its turn: the first one only when nothing waits before it.
    const isFirst = !this.#hasBegun && this.#next === this.#waiting.length;
    const made = isFirst ? this.#view() : (view.rest ?? view);
    return eventLine(type, JSON.stringify(made.make(value)));
  }

  /** The view of the next event; the first of a table carries its columns. */
  #view(): View {
    const { view } = this.#options;
    if (this.#hasBegun) return view.rest ?? view;
    this.#hasBegun = true;
    return view;
  }

  #render(item: Waiting): Buffer {
    if (Buffer.isBuffer(item)) return item;
    const view = this.#view();
    if (item instanceof StoredObject) return eventLine("ADDED", view.text(item));
    return this.#lines.line(item as LogEntry, view);
  }

  /** Commits of one turn leave in one write. */
  #flushSoon(): void {
    if (this.#scheduled || this.#blocked || this.#closed) return;
    this.#scheduled = true;
    // What comes meanwhile may not be told yet: it waits for a turn of its own.
    const end = this.#waiting.length;
    const flush = (): void => {
      this.#flush(end);
      this.#scheduled = false;
      if (this.#next < this.#waiting.length && !this.frozen) this.#flushSoon();
    };
    this.#options.whenKept(flush, () => this.destroy());
  }

  #flush(end: number): void {
    while (!this.#blocked && !this.#closed && !this.frozen && this.#next < end) {
      const batch: Buffer[] = [];
      let bytes = 0;
      while (bytes < batchBytes && this.#next < end && !this.#isCut) {
        const whole = this.#render(this.#waiting[this.#next] as Waiting);
        const chunk = whole.length > this.#bytesLeft ? whole.subarray(0, this.#bytesLeft) : whole;
        this.#next += 1;
        this.#eventsLeft -= 1;
        this.#bytesLeft -= chunk.length;
        this.#waitingBytes = Math.max(0, this.#waitingBytes - chunk.length);
        bytes += chunk.length;
        batch.push(chunk);
      }
      if (batch.length > 0) this.#write(batch, bytes);
      if (batch.length === 0) break;
    }
    if (this.#isCut) this.#ending = true;
    if (this.#next === this.#waiting.length || this.#isCut) {
      this.#waiting.length = 0;
      this.#next = 0;
      if (this.#ending && !this.#closed && !this.frozen) {
        this.#sink.end();
        this.#close();
      }
    }
  }

  get #isCut(): boolean {
    return this.#eventsLeft <= 0 || this.#bytesLeft <= 0;
  }

  #write(batch: readonly Buffer[], bytes: number): void {
    const chunk = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch, bytes);
    this.#options.onSent(batch.length, bytes);
    this.#blocked = !this.#sink.write(chunk);
  }

  #schedule(clock: ServerClock): void {
    const { timeoutMs, bookmarks, revision } = this.#options;
    this.#timers.add(clock.after(timeoutMs, () => this.end()));
    if (!bookmarks) return;
    const send = (): void => this.sendBookmark(revision(), false);
    const repeat = (): void => {
      const timer = clock.after(bookmarkMs, () => {
        this.#timers.delete(timer);
        if (this.#closed) return;
        send();
        repeat();
      });
      this.#timers.add(timer);
    };
    repeat();
    if (timeoutMs > lastBookmarkMs) this.#timers.add(clock.after(timeoutMs - lastBookmarkMs, send));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#waiting.length = 0;
    for (const run of this.#onEnd) run();
  }
}

/** About what an event that waits takes; its text may be shared with others. */
function bytesOf(item: Waiting): number {
  if (Buffer.isBuffer(item)) return item.length;
  return (item instanceof StoredObject ? item : (item as LogEntry).object).text.length;
}

function isWithin(key: string, namespace: string): boolean {
  return (
    key.length > namespace.length && key[namespace.length] === "/" && key.startsWith(namespace)
  );
}
