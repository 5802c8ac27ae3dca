// SPDX-License-Identifier: Apache-2.0
// The numbers an informer runs on, with their sources (stage 1: watch event).
import type { Freeze } from "./cache-entry.js";

/** How informers behave; every value has a default that suits a cluster. */
export interface InformerTuning {
  /** Objects per page of a list. Default 500, as client-go's pager. */
  readonly pageSize: number;
  /**
   * `"paged"` lists, then watches. `"streamed"` asks the watch itself for the initial state
   * (`sendInitialEvents`), which costs the API server least, and falls back to pages where that is
   * not served. Default `"paged"`.
   */
  readonly initialList: "paged" | "streamed";
  /** Bound of the first pause after a failure. Default 800 ms, as client-go and kube-rs. */
  readonly backoffBaseMs: number;
  /** Bound of every pause. Default 30 s, as client-go and kube-rs. */
  readonly backoffMaxMs: number;
  /** A watch that lived this long makes earlier failures forgotten. Default 2 min. */
  readonly backoffResetMs: number;
  /** Least length asked of a watch; the most is twice that, evenly drawn. Default 300 s. */
  readonly watchTimeoutSeconds: number;
  /** How long after its asked length a watch may go on. Default 15 s. */
  readonly watchMarginMs: number;
  /**
   * How long a watch on a server that sends bookmarks may be silent. Default 150 s: bookmarks come
   * about once a minute, and replacing a watch costs one request and no list.
   */
  readonly silenceMs: number;
  /** How long an answer may take to begin, and a list to go on. Default 30 s. */
  readonly requestTimeoutMs: number;
  /** A safety pass over the whole cache as `resynced` events. Off by default. */
  readonly resyncPeriodMs: number | undefined;
  /** How often a kind that is not served is looked for. Default 10 s, as controller-runtime. */
  readonly absentRetryMs: number;
  /** How often a list or watch that is not allowed is tried again. Default 60 s. */
  readonly forbiddenRetryMs: number;
  /** Deeper objects are set aside. Default 512: `JSON.stringify` overflows below 5,000. */
  readonly maxDepth: number;
  /** Longer lines and items are taken for corrupt. Default 32 MiB; etcd takes 1.5 MiB. */
  readonly maxObjectBytes: number;
  /** How long the informers of a pool may hold up the event loop. Default 8 ms. */
  readonly sliceMs: number;
  /** `"deep"` freezes an object when it is first handed out. Default `"deep"`. */
  readonly freeze: Freeze;
}

/** The defaults. */
export const defaultTuning: InformerTuning = {
  pageSize: 500,
  initialList: "paged",
  backoffBaseMs: 800,
  backoffMaxMs: 30_000,
  backoffResetMs: 120_000,
  watchTimeoutSeconds: 300,
  watchMarginMs: 15_000,
  silenceMs: 150_000,
  requestTimeoutMs: 30_000,
  resyncPeriodMs: undefined,
  absentRetryMs: 10_000,
  forbiddenRetryMs: 60_000,
  maxDepth: 512,
  maxObjectBytes: 32 * 1024 * 1024,
  sliceMs: 8,
  freeze: "deep",
};
