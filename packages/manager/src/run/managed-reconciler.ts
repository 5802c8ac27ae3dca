// SPDX-License-Identifier: Apache-2.0
// One reconciler under the manager: started, held on standby, begun anew with every term (stage 0).
import {
  startReconciler,
  type Clock,
  type Environment,
  type HasPrimary,
  type KubernetesObject,
  type ObjectKey,
  type RunningReconciler,
  type Watched,
} from "@haversack/core";
import { LeadershipLostError } from "../leader/leadership-errors.js";
import type { Fence } from "../leader/term.js";
import { endsWithin } from "./within.js";

/** What a reconciler is expected to have; packs add it. */
export type ManagedTarget = object &
  Partial<Watched<KubernetesObject>> &
  Partial<HasPrimary> & {
    readonly watches?: { readonly name?: string; readonly oldestWaitMs?: number };
  };

/** Makes what a run lives on. Its fence is that of this run alone: an older one stays shut. */
export type MakeEnvironment = (fence: () => Fence) => Omit<Environment, "mayRun">;

/** What a {@link ManagedReconciler} is made from. */
export interface ManagedParts {
  readonly target: ManagedTarget;
  readonly name: string;
  readonly environment: MakeEnvironment;
  /** Resolves when it may act; at once where nobody is elected. */
  readonly permission: () => Promise<Fence>;
  readonly clock: Clock;
  /** Told when a later run breaks; it is begun anew. */
  readonly onFailure: (error: unknown) => void;
}

/** Where a managed reconciler stands. */
export type ManagedState = "stopped" | "syncing" | "standby" | "running";

/**
 * Runs one reconciler in terms: caches first, then a wait for the right to act, then passes, until
 * the right is lost; then all over again, over caches that stayed warm.
 *
 * **API requests:** those of its packs.
 */
export class ManagedReconciler {
  readonly target: ManagedTarget;
  readonly name: string;
  readonly #environment: MakeEnvironment;
  readonly #permission: () => Promise<Fence>;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #running: RunningReconciler | undefined;
  #state: ManagedState = "stopped";
  #isStopping = false;
  #life: Promise<void> | undefined;
  #tellStop: () => void = () => undefined;
  readonly #stopped: Promise<void>;

  constructor({ target, name, environment, permission, clock, onFailure }: ManagedParts) {
    this.target = target;
    this.name = name;
    this.#environment = environment;
    this.#permission = permission;
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#stopped = new Promise((resolve) => (this.#tellStop = resolve));
  }

  get state(): ManagedState {
    return this.#state;
  }

  /** How long the primary that is ready has waited at most. */
  get oldestWaitMs(): number {
    return this.target.watches?.oldestWaitMs ?? 0;
  }

  /** Puts a primary into its queue, if it runs. */
  enqueue(key: ObjectKey, source: string, afterMs = 0): void {
    if (this.#state !== "running" && this.#state !== "standby") return;
    this.target.watches?.enqueue(key, { source }, { afterMs });
  }

  /** Resolves when its caches are complete. @throws what its start throws. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#life = this.#live(resolve).catch((error: unknown) => {
        this.#state = "stopped";
        if (error instanceof Error) reject(error);
        else reject(new Error(String(error)));
      });
    });
  }

  /** Lets passes under way finish, then gives everything back. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#tellStop();
    await this.#running?.stop();
    await this.#life;
    this.#state = "stopped";
  }

  async #live(onSynced: () => void): Promise<void> {
    let hasSynced = false;
    while (!this.#isStopping) {
      try {
        await this.#liveOnce(() => {
          hasSynced = true;
          onSynced();
        });
      } catch (error) {
        if (!hasSynced) throw error; // Told to whoever waits for the start.
        this.#onFailure(error);
        await endsWithin(this.#clock, this.#stopped, retryMs);
      }
    }
    onSynced(); // Who waits for the start of what is stopped waits no longer.
  }

  /** One run: caches, a wait for the right to act, passes until it is lost. */
  async #liveOnce(onSynced: () => void): Promise<void> {
    let fence: Fence | undefined;
    this.#state = "syncing";
    const mayRun = async (): Promise<void> => {
      this.#state = "standby";
      onSynced();
      fence = await this.#permission();
      this.#state = "running";
    };
    const ofThisRun = (): Fence => fence ?? notYet;
    const running = startReconciler(this.target, { ...this.#environment(ofThisRun), mayRun });
    this.#running = running;
    try {
      await running.ready;
      if (fence !== undefined) await Promise.race([aborted(fence.signal), this.#stopped]);
    } finally {
      await running.stop();
    }
  }
}

/** Time between a run that broke and the next. */
const retryMs = 5000;

/** Before its term a run may read, and nothing else. */
const notYet: Fence = {
  signal: AbortSignal.abort(new LeadershipLostError("of the manager", "this replica stands by")),
  untilMs: -Infinity,
  ensure() {
    return Promise.reject(this.signal.reason as Error);
  },
};

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
