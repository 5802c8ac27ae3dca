// SPDX-License-Identifier: Apache-2.0
// One watch: opens it, reads its lines, tells what they say (stage 1: watch event).
import { errorFromStatus, isExpansionError, type StatusBody } from "@haversack/core";
import { openStream, readStream } from "./connection.js";
import { LineSplitter } from "./line-splitter.js";
import type { Source } from "./list-objects.js";
import { ObjectScan } from "./object-scan.js";
import { acceptOf } from "./projection.js";
import { CorruptStreamError } from "./verdict.js";
import { readWatchLine, type WireType } from "./watch-line.js";

/** Who listens to a watch. */
export interface WatchListener {
  /** The answer has begun: the connection is there. */
  onOpen(): void;
  /** Somebody else delivers; the next line waits. */
  readonly busy: Promise<void> | undefined;
  onEvent(type: "ADDED" | "MODIFIED" | "DELETED", bytes: Buffer, scan: ObjectScan): void;
  /** @param endsInitial the initial state has been sent completely. */
  onBookmark(version: string | undefined, endsInitial: boolean): void | Promise<void>;
}

/** What is asked of a watch. */
export interface WatchDemand {
  /** Where to go on; absent for a watch that sends the initial state first. */
  readonly version: string | undefined;
  readonly timeoutSeconds: number;
  readonly silenceMs: () => number;
}

/** How a watch went that the server ended. */
export interface WatchOutcome {
  /** Bytes of a last line that was never finished. */
  readonly unfinishedBytes: number;
}

/** Lines between two looks at the clock. */
const linesPerLook = 16;
const initialEndAnnotation = "k8s.io/initial-events-end";

/**
 * Watches until the server ends it.
 *
 * **API requests:** 1 WATCH.
 *
 * @throws the typed error of an `ERROR` line; {@link CorruptStreamError} for a line that cannot be
 * read; whatever the transport throws.
 */
export async function watchObjects(
  source: Source,
  demand: WatchDemand,
  listener: WatchListener,
): Promise<WatchOutcome> {
  const { client, clock, pacer, tuning, signal } = source;
  source.meter.count("watches");
  const stream = await openStream(client, watchRequest(source, demand), {
    clock,
    signal,
    timeoutMs: tuning.requestTimeoutMs,
  });
  listener.onOpen();
  const splitter = new LineSplitter(tuning.maxObjectBytes);
  const scan = new ObjectScan();
  const onChunk = async (chunk: Uint8Array): Promise<void> => {
    splitter.push(chunk);
    let begun = pacer.begin();
    let lines = 0;
    for (;;) {
      while (listener.busy !== undefined) await listener.busy;
      if (signal.aborted || !splitter.next()) break;
      const { bytes, start, end } = splitter;
      const type = readWatchLine(bytes, start, end, scan);
      if (type === "MODIFIED" || type === "ADDED" || type === "DELETED") {
        takeEvent(source, listener, type, bytes, scan);
      } else {
        await takeOther(source, listener, demand, type, bytes.subarray(start, end), scan);
      }
      if (++lines % linesPerLook === 0) {
        if (pacer.isDue(begun)) await pacer.pause();
        begun = pacer.begin();
      }
    }
    pacer.isDue(begun);
  };
  await readStream(stream, { clock, signal, silenceMs: demand.silenceMs, onChunk });
  return { unfinishedBytes: splitter.pendingBytes };
}

function watchRequest(source: Source, demand: WatchDemand): Parameters<typeof openStream>[1] {
  const isInitial = demand.version === undefined;
  return {
    method: "GET",
    path: source.path,
    accept: acceptOf(source.projection, "watch"),
    query: {
      watch: true,
      allowWatchBookmarks: true,
      labelSelector: source.labelSelector,
      fieldSelector: source.fieldSelector,
      resourceVersion: demand.version,
      timeoutSeconds: demand.timeoutSeconds,
      sendInitialEvents: isInitial ? true : undefined,
      resourceVersionMatch: isInitial ? "NotOlderThan" : undefined,
    },
  };
}

function takeEvent(
  source: Source,
  listener: WatchListener,
  type: "ADDED" | "MODIFIED" | "DELETED",
  bytes: Buffer,
  scan: ObjectScan,
): void {
  try {
    listener.onEvent(type, bytes, scan);
  } catch (error) {
    const why = isExpansionError(error) ? "its object is not JSON" : "taking it in failed";
    throw unreadable(source, `${type} of ${nameOf(scan)}: ${why}`, error);
  }
}

async function takeOther(
  source: Source,
  listener: WatchListener,
  demand: WatchDemand,
  type: WireType | undefined,
  line: Buffer,
  scan: ObjectScan,
): Promise<void> {
  if (type === "BOOKMARK") {
    const mayEndInitial = demand.version === undefined && line.includes(initialEndAnnotation);
    await listener.onBookmark(scan.version, mayEndInitial && endsInitial(line));
    return;
  }
  if (type === "ERROR") throw errorOfLine(source, line);
  if (line.toString("latin1").trim() === "") return; // Some proxies send blank lines to stay alive.
  throw unreadable(source, `a line of ${line.length} bytes about ${guessName(line)}`);
}

function endsInitial(line: Buffer): boolean {
  const { object } = JSON.parse(line.toString("utf8")) as {
    object?: { metadata?: { annotations?: Record<string, string> } };
  };
  return object?.metadata?.annotations?.[initialEndAnnotation] === "true";
}

function errorOfLine(source: Source, line: Buffer): Error {
  let status: StatusBody | undefined;
  try {
    status = (JSON.parse(line.toString("utf8")) as { object?: StatusBody }).object;
  } catch (error) {
    return unreadable(source, "an ERROR line", error);
  }
  return errorFromStatus(status?.code ?? 500, status, { attempt: `WATCH ${source.path}` });
}

function unreadable(source: Source, what: string, cause?: unknown): CorruptStreamError {
  source.meter.count("malformed");
  return new CorruptStreamError(
    `reading the watch of ${source.path} failed at ${what}. ` +
      "The cache is repaired by a new list; look for a proxy that rewrites the stream.",
    { cause },
  );
}

function nameOf(scan: ObjectScan): string {
  const name = scan.name ?? "(no name)";
  return scan.namespace === undefined ? name : `${scan.namespace}/${name}`;
}

/** The first name in a line that could not be read; for people, so a guess is good enough. */
function guessName(line: Buffer): string {
  const match = /"name"\s*:\s*"([^"\\]{1,253})"/.exec(line.toString("latin1", 0, 65_536));
  return match?.[1] === undefined ? "an unknown object" : JSON.stringify(match[1]);
}
