// SPDX-License-Identifier: Apache-2.0
// Runs that a guest has begun and not ended, and those an earlier life of the host left behind (stages: turn, wake).
import {
  refKey,
  type KubernetesObject,
  type ReconcileReason,
  type ResourceRef,
  type Result,
  type SecondaryKinds,
  type SecondarySnapshot,
  type WaitTimes,
} from "@haversack/core";
import type { RunTarget } from "../call/host-calls.js";
import type { PendingRun } from "../hibernate/image.js";
import { changedLists, type ListLines } from "./announce.js";

/** One run that a guest is asked for. */
export interface RunOrder {
  /** Name of the part or reconciler. */
  readonly name: string;
  readonly phase: "reconcile" | "cleanup";
  readonly ref: ResourceRef;
  readonly primary: KubernetesObject;
  readonly signal: AbortSignal;
  readonly attempt: number;
  readonly reasons: readonly ReconcileReason[];
  readonly fieldManager: string;
  readonly scheduledTime?: string | undefined;
  /** Absent: nothing has been waited for. */
  readonly waits?: WaitTimes | undefined;
  /** The secondaries now; asked again after each write. Absent: there is no index. */
  readonly secondaries?: (() => SecondarySnapshot<SecondaryKinds>) | undefined;
  readonly target: RunTarget;
}

/** A text to be delivered; the time is put in when it is. */
export interface Outgoing {
  readonly routing: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

interface OpenRun {
  readonly order: RunOrder;
  readonly lists: ListLines | undefined;
  resolve(result: Result): void;
  reject(error: unknown): void;
  /** Gives back what was kept for it. */
  release: () => void;
}

/** The runs of one guest, by number. */
export class OpenRuns {
  readonly #runs = new Map<number, OpenRun>();
  readonly #left = new Map<string, PendingRun>();
  lastId = 0;

  /** Opens a run; the promise ends with it. `onAbort` is told when its signal is aborted. */
  open(
    id: number,
    order: RunOrder,
    lists: ListLines | undefined,
    onAbort: () => void,
  ): Promise<Result> {
    const { signal } = order;
    return new Promise<Result>((resolve, reject) => {
      signal.addEventListener("abort", onAbort, { once: true });
      const release = (): void => signal.removeEventListener("abort", onAbort);
      this.#runs.set(id, { order, lists, resolve, reject, release });
      if (signal.aborted) onAbort();
    });
  }

  /** Has something done when a run ends. */
  onEnd(id: number, act: () => void): void {
    const run = this.#runs.get(id);
    if (run === undefined) {
      act();
      return;
    }
    const { release } = run;
    run.release = () => {
      release();
      act();
    };
  }

  resolve(id: number, result: Result): boolean {
    const run = this.#take(id);
    run?.resolve(result);
    return run !== undefined;
  }

  reject(id: number, error: unknown): void {
    this.#take(id)?.reject(error);
  }

  /** Ends all of them but some. */
  rejectAll(error: unknown, except: ReadonlySet<unknown> = new Set()): void {
    for (const id of [...this.#runs.keys()]) if (!except.has(id)) this.reject(id, error);
  }

  /** What the host acts with for a run; run 0 is the guest itself. */
  targetOf(id: number, fallback: RunTarget | undefined): RunTarget {
    const ofGuest = id === 0 ? (this.#shared() ?? fallback) : undefined;
    return this.#runs.get(id)?.order.target ?? ofGuest ?? {};
  }

  /**
   * What a whole reconciler acts with: its `this.objects` does not say for which of its runs, so the
   * homes are those of all of them.
   */
  #shared(): RunTarget | undefined {
    const targets = [...this.#runs.values()].map(({ order }) => order.target);
    const whole = targets.filter(({ request }) => request === undefined);
    const homes = whole.flatMap((target) => target.homes ?? []);
    return whole[0] && { ...whole[0], homes };
  }

  /** What must be kept of them in an image. */
  pending(): readonly PendingRun[] {
    const open = [...this.#runs].map(([id, { order }]): PendingRun => {
      const { name, phase, ref } = order;
      return { id, name, phase, ref };
    });
    return [...open, ...this.#left.values()];
  }

  /** Notes a run that an earlier life of the host began. */
  leave(run: PendingRun): void {
    this.#left.set(keyOf(run), run);
  }

  /** The run left behind for the same primary and part, once. */
  takeLeft(order: RunOrder): PendingRun | undefined {
    const left = this.#left.get(keyOf(order));
    this.#left.delete(keyOf(order));
    return left;
  }

  /** Whether a call has to wait until somebody asks for the run that an earlier life of the host left. */
  mustHold(id: number): boolean {
    if (id === 0) return this.#left.size > 0 && this.#shared() === undefined;
    return [...this.#left.values()].some((run) => run.id === id);
  }

  forgetLeft(): void {
    this.#left.clear();
  }

  /** Lists that the guest's own writes have changed since they were sent. */
  changes(): readonly Outgoing[] {
    const texts: Outgoing[] = [];
    for (const [id, { order, lists }] of this.#runs) {
      const changed = lists && order.secondaries && changedLists(lists, order.secondaries());
      if (changed === undefined) continue;
      const lines = [JSON.stringify(changed.announced), ...changed.lines];
      texts.push({ routing: { t: "update", id }, lines });
    }
    return texts;
  }

  #take(id: number): OpenRun | undefined {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    run?.release();
    return run;
  }
}

/** What a run reconciles, as text. */
function keyOf({ name, phase, ref }: Pick<PendingRun, "name" | "phase" | "ref">): string {
  return `${name} ${phase} ${refKey(ref)} ${ref.uid ?? ""}`;
}
