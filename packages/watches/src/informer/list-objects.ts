// SPDX-License-Identifier: Apache-2.0
// Lists a kind page by page into a snapshot (stage 1: watch event).
import {
  hasCode,
  type ApiClient,
  type Clock,
  type KubernetesObject,
  type Projection,
} from "@haversack/core";
import { openStream, readStream } from "./connection.js";
import type { InformerMeter } from "./informer-meter.js";
import type { InformerTuning } from "./informer-tuning.js";
import { ListReader, type ListPage } from "./list-reader.js";
import { ObjectScan } from "./object-scan.js";
import type { Pacer } from "./pacer.js";
import { acceptOf } from "./projection.js";
import type { Snapshot } from "./snapshot.js";

/** Where objects come from. */
export interface Source {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly meter: InformerMeter;
  readonly tuning: InformerTuning;
  /** Of the collection. */
  readonly path: string;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly projection: Projection;
  readonly signal: AbortSignal;
}

/** What a list may and must be. */
export interface ListDemand {
  /** The list may not be older than this. */
  readonly notOlderThan: string | undefined;
}

/** How often a list whose pages expire is begun anew before it is asked for in one piece. */
const pagedAttempts = 3;
/** Longer chunks are taken in pieces, so that the event loop gets its turns. */
const pieceBytes = 65_536;

/**
 * Lists everything into a new snapshot.
 *
 * When a continue token expires the list begins again from scratch; after three times it is asked
 * for without pages, which cannot expire.
 *
 * **API requests:** 1 LIST per page.
 * **Guarantees:** an incomplete list never leaves this function.
 *
 * @throws whatever the transport throws; {@link CorruptStreamError} for what is no list.
 */
export async function listObjects<T extends KubernetesObject>(
  source: Source,
  demand: ListDemand,
  begin: () => Snapshot<T>,
): Promise<{ readonly snapshot: Snapshot<T>; readonly version: string }> {
  for (let attempt = 1; ; attempt++) {
    const snapshot = begin();
    const limit = attempt > pagedAttempts ? undefined : source.tuning.pageSize;
    let pages = 0;
    try {
      const version = await listPages(source, demand, snapshot, limit, () => pages++);
      return { snapshot, version };
    } catch (error) {
      snapshot.discard();
      const mayBeginAgain = pages > 0 && attempt <= pagedAttempts && hasCode(error, "EXP_EXPIRED");
      if (!mayBeginAgain) throw error;
    }
  }
}

async function listPages<T extends KubernetesObject>(
  source: Source,
  demand: ListDemand,
  snapshot: Snapshot<T>,
  limit: number | undefined,
  onPage: () => void,
): Promise<string> {
  let page = await listPage(source, demand, snapshot, limit, undefined);
  const version = page.resourceVersion; // All pages show the state at the first one's version.
  onPage();
  while (page.continue !== undefined && page.continue !== "") {
    page = await listPage(source, demand, snapshot, limit, page.continue);
    onPage();
  }
  return version;
}

async function listPage<T extends KubernetesObject>(
  source: Source,
  demand: ListDemand,
  snapshot: Snapshot<T>,
  limit: number | undefined,
  token: string | undefined,
): Promise<ListPage> {
  const { client, clock, pacer, tuning, signal, path } = source;
  const isDemanding = token === undefined && demand.notOlderThan !== undefined;
  source.meter.count("lists");
  const stream = await openStream(
    client,
    {
      method: "GET",
      path,
      accept: acceptOf(source.projection, "list"),
      query: {
        labelSelector: source.labelSelector,
        fieldSelector: source.fieldSelector,
        limit,
        continue: token,
        resourceVersion: isDemanding ? demand.notOlderThan : undefined,
        resourceVersionMatch: isDemanding ? "NotOlderThan" : undefined,
      },
    },
    { clock, signal, timeoutMs: tuning.requestTimeoutMs },
  );
  const receive = (bytes: Buffer, scan: ObjectScan): void => snapshot.add(bytes, scan);
  const reader = new ListReader(receive, new ObjectScan(), tuning.maxObjectBytes);
  await readStream(stream, {
    clock,
    signal,
    silenceMs: () => tuning.requestTimeoutMs,
    onChunk: async (chunk) => {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const begun = pacer.begin();
        reader.push(chunk.subarray(at, at + pieceBytes));
        if (pacer.isDue(begun)) await pacer.pause();
      }
    },
  });
  return reader.finish();
}
