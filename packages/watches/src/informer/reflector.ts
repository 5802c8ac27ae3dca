// SPDX-License-Identifier: Apache-2.0
// Keeps one scope of a kind in step with the API server; never stops (stage 1: watch event).
import {
  compareVersions,
  hasCode,
  WatchLostError,
  type InformerState,
  type KubernetesObject,
  type Logger,
} from "@haversack/core";
import { StalledError } from "./connection.js";
import { JitteredBackoff } from "./jittered-backoff.js";
import { listObjects, type Source } from "./list-objects.js";
import type { ObjectScan } from "./object-scan.js";
import { Pauser } from "./pauser.js";
import type { Snapshot } from "./snapshot.js";
import { streamInitialState } from "./stream-initial-state.js";
import { CorruptStreamError, judge, type Pause } from "./verdict.js";
import { watchObjects, type WatchListener } from "./watch-objects.js";

/** What a reflector fills. */
export interface ReflectorTarget<T extends KubernetesObject> {
  /** Somebody delivers; single events wait. */
  readonly busy: Promise<void> | undefined;
  begin(distrustsCache: boolean): Snapshot<T>;
  take(type: "ADDED" | "MODIFIED" | "DELETED", bytes: Buffer, scan: ObjectScan): void;
  /** Puts a complete list in place and tells the difference. */
  replace(snapshot: Snapshot<T>, version: string): Promise<void>;
  /** The kind is not served: nothing of it exists. */
  purge(): Promise<void>;
  /** A list is in place and everything about it is known. */
  onListed(): Promise<void>;
  onStatus(): void;
}

/** A clean end that comes sooner counts as a failure, or a broken proxy would be asked in a loop. */
const shortWatchMs = 1_000;
/** So often may a list be older than what was seen before the server's history counts as replaced. */
const staleListAttempts = 5;
/** So many watches in a row may fail without a word before a list finds out what is wrong. */
const fruitlessWatches = 3;

/**
 * Lists, watches, and starts over from where it was, for ever.
 *
 * **Guarantees:** a new list only after 410, an unreadable stream or a kind's absence; on all else
 * the watch resumes from the last version. After `stop` nothing is told and nothing is requested.
 */
export class Reflector<T extends KubernetesObject> implements WatchListener {
  readonly #source: Source;
  readonly #target: ReflectorTarget<T>;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #backoff: JitteredBackoff;
  readonly #pauser: Pauser;
  #state: InformerState = "syncing";
  #staleSinceMs: number | undefined;
  #problem: string | undefined;
  /** Newest version heard of: where the next watch resumes. */
  #version: string | undefined;
  #mustList = true;
  #hasListed = false;
  #staleLists = 0;
  #fruitless = 0;
  #expirations = 0;
  #seesBookmarks = false;
  #heardLine = false;
  #isOutOfOrder = false;
  #isOpen = false;
  #openedMs = 0;
  #streamsInitial: boolean;
  /** Ends the current list or watch, not the reflector. */
  #attempt = new AbortController();

  constructor(source: Source, target: ReflectorTarget<T>, logger: Logger, random: () => number) {
    this.#source = source;
    this.#target = target;
    this.#logger = logger;
    this.#random = random;
    const { backoffBaseMs, backoffMaxMs, initialList } = source.tuning;
    this.#backoff = new JitteredBackoff({ baseMs: backoffBaseMs, maxMs: backoffMaxMs }, random);
    this.#pauser = new Pauser(source.clock, source.signal);
    this.#streamsInitial = initialList === "streamed";
    this.#staleSinceMs = source.clock.monotonicMs();
  }

  get state(): InformerState {
    return this.#source.signal.aborted ? "stopped" : this.#state;
  }
  get version(): string | undefined {
    return this.#version;
  }
  get staleSinceMs(): number | undefined {
    return this.#staleSinceMs;
  }
  get problem(): string | undefined {
    return this.#problem;
  }
  /** A complete list has been delivered. */
  get hasListed(): boolean {
    return this.#hasListed;
  }

  /** Runs until the source's signal aborts. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#source;
    await Promise.resolve(); // Handlers that are added right after `acquire` see everything.
    const stop = (): void => this.#attempt.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted) {
      let pause: Pause;
      this.#attempt = new AbortController();
      const source: Source = { ...this.#source, signal: this.#attempt.signal };
      try {
        pause = this.#mustList ? await this.#list(source) : await this.#watch(source);
      } catch (error) {
        if (signal.aborted) return;
        pause = await this.#afterError(error);
      }
      await this.#pauser.pause(this.#pauseMs(pause));
    }
  }

  /** Ends a pause, such as when a kind is known to have appeared. */
  wake(): void {
    this.#pauser.wake();
  }

  /** What the cache holds is broken: ends the watch and lists again. */
  relist(reason: CorruptStreamError): void {
    if (this.#mustList) return;
    this.#mustList = true;
    this.#attempt.abort(reason);
  }

  async #list(source: Source): Promise<Pause> {
    if (this.#streamsInitial) return this.#watch(source);
    const isRestored = this.#staleLists >= staleListAttempts;
    const notOlderThan = this.#staleLists > 0 && !isRestored ? this.#version : undefined;
    const { snapshot, version } = await listObjects(source, { notOlderThan }, () =>
      this.#target.begin(isRestored),
    );
    if (this.#source.signal.aborted) return { by: "nothing" };
    return this.#takeList(snapshot, version);
  }

  async #takeList(snapshot: Snapshot<T>, version: string): Promise<Pause> {
    const isRestored = this.#staleLists >= staleListAttempts;
    if (this.#isOlder(version) && !isRestored) {
      snapshot.discard();
      return this.#refuseList(version);
    }
    if (isRestored && this.#isOlder(version)) {
      this.#logger.warn("the API server's history went back; its older list is taken", {
        path: this.#source.path,
        seen: this.#version,
        listed: version,
      });
    }
    await this.#target.replace(snapshot, version);
    this.#staleLists = 0;
    this.#version = version;
    this.#mustList = false;
    this.#hasListed = true;
    this.#isOutOfOrder = false;
    this.#setStatus("synced", undefined);
    await this.#target.onListed();
    return { by: "nothing" };
  }

  async #takeStreamed(snapshot: Snapshot<T>, version: string): Promise<void> {
    await this.#takeList(snapshot, version);
    if (this.#mustList) throw new WatchLostError(this.#problem ?? "the list was refused.");
  }

  /** A server that lags behind catches up within seconds; one that was restored never does. */
  #refuseList(version: string): Pause {
    this.#staleLists++;
    this.#source.meter.count("stale_lists");
    this.#setStatus(
      this.#hasListed ? "stale" : "syncing",
      `listing ${this.#source.path} failed: the list is at version ${version}, but ` +
        `${this.#version} was seen. It is asked for again.`,
    );
    return { by: "backoff" };
  }

  async #watch(source: Source): Promise<Pause> {
    const { tuning, clock } = this.#source;
    const isInitial = this.#mustList;
    const timeoutSeconds = Math.round(tuning.watchTimeoutSeconds * (1 + this.#random()));
    const longestMs = timeoutSeconds * 1000 + tuning.watchMarginMs;
    this.#heardLine = false;
    this.#isOpen = false;
    this.#openedMs = clock.monotonicMs();
    const silenceMs = (): number => {
      if (isInitial && this.#mustList) return tuning.requestTimeoutMs;
      return this.#seesBookmarks ? Math.min(tuning.silenceMs, longestMs) : longestMs;
    };
    const outcome = isInitial
      ? await streamInitialState(
          source,
          { timeoutSeconds, silenceMs },
          this,
          () => this.#target.begin(false),
          (snapshot, version) => this.#takeStreamed(snapshot, version),
        )
      : await watchObjects(source, { version: this.#version, timeoutSeconds, silenceMs }, this);
    if (this.#source.signal.aborted) return { by: "nothing" };
    if (outcome.unfinishedBytes > 0) {
      this.#logger.debug("a watch ended within a line; it resumes", { path: this.#source.path });
    }
    return this.#afterEnd();
  }

  /** The server has ended the watch: go on from where it was. */
  #afterEnd(): Pause {
    const livedMs = this.#livedMs();
    if (!this.#heardLine && this.#seesBookmarks) this.#countFruitless();
    if (this.#isOutOfOrder) this.#mustList = true; // Such a stream may have lost events, too.
    return { by: livedMs < shortWatchMs ? "backoff" : "nothing" };
  }

  async #afterError(error: unknown): Promise<Pause> {
    this.#livedMs();
    if (this.#streamsInitial && this.#mustList && isUnsupported(error)) {
      this.#streamsInitial = false;
      this.#logger.info("initial state is not streamed here; it is listed", {
        path: this.#source.path,
      });
      return { by: "nothing" };
    }
    const verdict = judge(error);
    const isStall = error instanceof StalledError;
    if (isStall && this.#isOpen) this.#source.meter.count("stalls");
    if (this.#isOpen && (isStall || isInBand(error)) && !this.#heardLine) this.#countFruitless();
    if (verdict.mustList) this.#mustList = true;
    // "Too large resource version": the server does not know of what was seen, like an older list.
    if (this.#staleLists > 0 && hasCode(error, "EXP_TIMEOUT")) this.#staleLists++;
    this.#isOpen = false;
    this.#report(error, verdict.state, verdict.problem);
    if (verdict.state === "absent") await this.#becomeAbsent();
    if (!hasCode(error, "EXP_EXPIRED")) return verdict.pause;
    // The first relist is at once; a server that expires every version at once is given time.
    return this.#expirations++ === 0 ? verdict.pause : { by: "backoff" };
  }

  async #becomeAbsent(): Promise<void> {
    this.#version = undefined;
    this.#staleLists = 0;
    this.#hasListed = false;
    await this.#target.purge();
    this.#target.onStatus();
  }

  #countFruitless(): void {
    if (++this.#fruitless < fruitlessWatches) return;
    this.#fruitless = 0;
    this.#mustList = true;
  }

  /** How long the last watch was open; a long life makes earlier failures forgotten. */
  #livedMs(): number {
    if (!this.#isOpen) return 0;
    const livedMs = this.#source.clock.monotonicMs() - this.#openedMs;
    if (livedMs >= this.#source.tuning.backoffResetMs) {
      this.#backoff.reset();
      this.#expirations = 0;
    }
    return livedMs;
  }

  #isOlder(version: string): boolean {
    return (compareVersions(version, this.#version) ?? 0) < 0;
  }

  #pauseMs(pause: Pause): number {
    const { absentRetryMs, forbiddenRetryMs } = this.#source.tuning;
    switch (pause.by) {
      case "nothing":
        return 0;
      case "backoff":
        return this.#backoff.next();
      case "server":
        return pause.afterMs + this.#random() * Math.min(1_000, pause.afterMs);
      case "absence":
        return absentRetryMs * (0.9 + 0.2 * this.#random());
      case "refusal":
        return forbiddenRetryMs * (0.9 + 0.2 * this.#random());
    }
  }

  #report(error: unknown, state: "stale" | "absent" | "forbidden", problem: string): void {
    const { meter, path } = this.#source;
    const isNews = this.#problem !== problem;
    const next = state === "stale" && !this.#hasListed ? "syncing" : state;
    this.#setStatus(next, problem);
    meter.count("errors");
    const isRoutine = hasCode(error, "EXP_EXPIRED") || !isNews;
    const fields = { path, state: next, attempts: this.#backoff.attempts };
    if (error instanceof CorruptStreamError) this.#logger.error(problem, fields);
    else if (isRoutine) this.#logger.debug(problem, fields);
    else this.#logger.warn(problem, fields);
  }

  #setStatus(state: InformerState, problem: string | undefined): void {
    const isSame = this.#state === state && this.#problem === problem;
    this.#state = state;
    this.#problem = problem;
    if (state === "synced") this.#staleSinceMs = undefined;
    else this.#staleSinceMs ??= this.#source.clock.monotonicMs();
    if (!isSame) this.#target.onStatus();
  }

  // What the watch tells.

  get busy(): Promise<void> | undefined {
    return this.#target.busy;
  }

  onOpen(): void {
    this.#isOpen = true;
    if (!this.#mustList) this.#setStatus("synced", undefined);
  }

  onEvent(type: "ADDED" | "MODIFIED" | "DELETED", bytes: Buffer, scan: ObjectScan): void {
    this.#target.take(type, bytes, scan);
    this.#hear();
    const { version } = scan;
    if (version === undefined) return;
    if ((compareVersions(version, this.#version) ?? 1) >= 0) this.#version = version;
    else this.#isOutOfOrder = true;
  }

  onBookmark(version: string | undefined): void {
    this.#hear();
    this.#seesBookmarks = true;
    if (version === undefined) return;
    if (!this.#isOlder(version)) this.#version = version;
    else throw historyWentBack(this.#source.path);
  }

  #hear(): void {
    this.#heardLine = true;
    this.#fruitless = 0;
  }
}

/** The server knows nothing of streamed initial state, or never ends it. */
function isUnsupported(error: unknown): boolean {
  return hasCode(error, "EXP_INVALID") || error instanceof StalledError;
}

/** An error that the open watch itself reported. */
function isInBand(error: unknown): boolean {
  return hasCode(error, "EXP_SERVER");
}

function historyWentBack(path: string): CorruptStreamError {
  return new CorruptStreamError(
    `watching ${path} failed: a bookmark is older than what was seen. It is listed again; the ` +
      "server's storage may have been restored.",
  );
}
