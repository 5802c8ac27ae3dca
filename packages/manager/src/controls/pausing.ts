// SPDX-License-Identifier: Apache-2.0
// Passes that are held: all, of one primary, or of one sub-reconciler (stage 5: reconcile).
import {
  halt,
  objectKey,
  type Clock,
  type KubernetesObject,
  type Logger,
  type Metrics,
  type ObjectKey,
  type PassInterceptor,
  type Result,
  type Timer,
} from "@haversack/core";
import { readPause, type PauseRequest } from "./control-annotations.js";

/** What a pause works on. */
export interface PausedReconciler {
  readonly name: string;
  /** The newest state of a primary. */
  primary(key: ObjectKey): KubernetesObject | undefined;
  enqueue(key: ObjectKey, source: string): void;
}

/** What pauses need. */
export interface PausingParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Annotations that hold everything, such as those of the manager's Lease. */
  everything(): Readonly<Record<string, string>>;
}

/** How soon the end of a pause is noticed. A look is at memory alone. */
const lookEveryMs = 1000;

interface Held {
  readonly reconciler: PausedReconciler;
  readonly key: ObjectKey;
  /** What held it; anything else calls for another look. */
  readonly by: string;
}

/**
 * Holds passes while an annotation, or the manager, says so, and makes them when it no longer does.
 *
 * **Guarantees:** what was held is made after the pause, also when nothing else wakes it. A deletion
 * is held only by `all`. **API requests:** 0.
 */
export class Pausing {
  readonly #parts: PausingParts;
  readonly #held = new Map<string, Held>();
  #timer: Timer | undefined;
  #untilMs = -Infinity;

  constructor(parts: PausingParts) {
    this.#parts = parts;
  }

  /** Holds everything, until a wall time or until {@link Pausing.resumeAll}. */
  pauseAll(untilMs: number): void {
    this.#untilMs = untilMs;
  }

  /** Ends {@link Pausing.pauseAll}. */
  resumeAll(): void {
    this.#untilMs = -Infinity;
    this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#held.clear();
  }

  /** The interceptor for the passes of one reconciler. */
  around(reconciler: PausedReconciler): PassInterceptor {
    return {
      reconcile: async (request, next): Promise<Result | void> => {
        const pause = this.#pauseOf(request.primary);
        if (pause === undefined || !holdsPass(pause, request.primary)) {
          // What this pass does need not be made up for; a part that is held says so again.
          this.#held.delete(idOf(reconciler, request.primary.metadata));
          return next(request);
        }
        this.#hold(reconciler, request.primary.metadata, pause);
        return halt("paused");
      },
      part: async (name, primary, next): Promise<Result | void> => {
        const pause = this.#pauseOf(primary);
        const isHeld = pause !== undefined && typeof pause.holds === "object";
        if (!isHeld || isDeleting(primary) || !(pause.holds as ReadonlySet<string>).has(name))
          return next();
        this.#hold(reconciler, primary.metadata, pause);
        return halt("paused");
      },
    };
  }

  #pauseOf(primary: KubernetesObject): PauseRequest | undefined {
    const nowMs = this.#parts.clock.now();
    if (this.#untilMs > nowMs) return { holds: "all", untilMs: this.#untilMs, problem: undefined };
    const all = readPause(this.#parts.everything(), nowMs);
    if (all !== undefined) return { ...all, holds: "all" };
    return readPause(primary.metadata.annotations, nowMs);
  }

  #hold(reconciler: PausedReconciler, key: ObjectKey, pause: PauseRequest): void {
    const { metrics, logger } = this.#parts;
    const { untilMs, problem } = pause;
    const { namespace, name } = key;
    const id = idOf(reconciler, key);
    metrics.count("haversack_paused_passes_total", { controller: reconciler.name });
    if (!this.#held.has(id)) {
      const until = untilMs === Infinity ? "" : ` until ${new Date(untilMs).toISOString()}`;
      logger.info(`paused ${objectKey(key)}${until}`, { controller: reconciler.name });
      if (problem !== undefined)
        logger.warn(
          `the pause of ${objectKey(key)} has no end: ${problem}. Write it as 2026-01-31T12:00:00Z.`,
        );
    }
    const own = namespace === undefined ? { name } : { namespace, name };
    this.#held.set(id, { reconciler, key: own, by: describe(reconciler.primary(key), pause) });
    this.#arm();
  }

  #arm(): void {
    if (this.#held.size === 0) return;
    this.#timer ??= this.#parts.clock.setTimer(() => {
      this.#timer = undefined;
      this.#look();
    }, lookEveryMs);
  }

  #look(): void {
    for (const [id, { reconciler, key, by }] of this.#held) {
      const primary = reconciler.primary(key);
      const pause = primary && this.#pauseOf(primary);
      if (pause !== undefined && describe(primary, pause) === by) continue;
      this.#held.delete(id);
      if (primary !== undefined) reconciler.enqueue(key, "pause ended");
    }
    this.#arm();
  }
}

function idOf({ name }: PausedReconciler, key: ObjectKey): string {
  return `${name} ${objectKey(key)}`;
}

/** Equal for two pauses of a primary that hold the same. */
function describe(primary: KubernetesObject | undefined, { holds }: PauseRequest): string {
  const what = typeof holds === "string" ? holds : [...holds].sort().join(",");
  return `${what} ${primary?.metadata.deletionTimestamp ?? ""}`;
}

function holdsPass({ holds }: PauseRequest, primary: KubernetesObject): boolean {
  if (holds === "all") return true;
  return holds === "reconcile" && !isDeleting(primary);
}

function isDeleting({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
