// SPDX-License-Identifier: Apache-2.0
// Runs many guests: started, updated, paused, listed and stopped while the others go on (stage: all).
import { randomBytes } from "node:crypto";
import {
  ConfigurationError,
  noMetrics,
  consoleLogger,
  systemClock,
  type Clock,
  type Logger,
  type Metrics,
} from "@haversack/core";
import type { RunTarget } from "../call/host-calls.js";
import { defaultQuotas, type Quotas } from "../call/quotas.js";
import type { Policy } from "../call/rules.js";
import { SandboxError } from "../errors.js";
import { collectGarbage } from "../hibernate/collect-garbage.js";
import type { ImageKeys } from "../hibernate/image.js";
import { memoryImageStore, type ImageStore } from "../hibernate/image-store.js";
import { limitsOf, type Limits } from "../limits.js";
import type { GuestFile } from "../load/guest-file.js";
import { Programs } from "../load/program.js";
import { embeddedEngine } from "../turn/embedded.js";
import type { Engine, EngineName } from "../turn/engine.js";
import { Guest } from "../wake/guest.js";
import type { GuestState } from "../wake/guest-options.js";
import { Sleeper } from "../wake/sleeper.js";
import { MemoryBudget, type StreamFacts } from "../policy/index.js";
import { sleepRule, type Hibernation, type SleepRule } from "./sleep-rule.js";

/** What a host is made of. */
export interface SandboxHostOptions {
  /** Default: embedded. */
  readonly engine?: Engine;
  /** Default: memory of this process. */
  readonly images?: ImageStore;
  /** Default: random keys of this process; with a folder of images give keys that stay. */
  readonly keys?: ImageKeys;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** When guests are put to sleep. Default: after a second without anything to do. */
  readonly hibernation?: Hibernation;
  /** Memory of all live guests together; above it those that are least worth it sleep. Default: no bound. */
  readonly memoryBudgetBytes?: number;
}

/** One guest as it is started. */
export interface GuestDeclaration {
  /** Unique in its host. */
  readonly name: string;
  readonly file: GuestFile;
  readonly policy?: Policy;
  readonly limits?: Partial<Limits>;
  readonly quotas?: Partial<Quotas>;
  /** What it acts with outside its runs; whole reconcilers use it. */
  readonly target?: RunTarget;
}

/** A guest as `list` shows it. */
export interface GuestStatus {
  readonly name: string;
  readonly digest: string;
  readonly state: GuestState | "paused";
  readonly memoryBytes: number;
  /** Of its last image; 0 when it never slept. */
  readonly imageBytes: number;
  readonly nextTimerMs: number | undefined;
}

interface Entry {
  readonly declaration: GuestDeclaration;
  readonly guest: Guest;
  readonly sleeper: Sleeper;
  readonly rule: SleepRule;
  isPaused: boolean;
}

/**
 * Keeps guests by name.
 *
 * **Guarantees:** what is done to one guest disturbs no other; doing it twice is doing it once.
 * **API requests:** those of the guests' calls.
 *
 * @example
 * ```ts
 * const host = new SandboxHost();
 * await host.start({ name: "db", file: decodeGuestFile(await readFile("db.guest")), policy });
 * host.list(); // One line per guest: name, state, bytes of memory.
 * ```
 */
export class SandboxHost {
  readonly #engine: Engine;
  readonly #images: ImageStore;
  readonly #keys: ImageKeys;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #hibernation: Hibernation;
  readonly #budget: MemoryBudget | undefined;
  readonly #programs = new Programs();
  readonly #entries = new Map<string, Entry>();
  #collection: { cancel(): void } | undefined;

  constructor(options: SandboxHostOptions = {}) {
    this.#engine = options.engine ?? embeddedEngine();
    this.#images = options.images ?? memoryImageStore();
    this.#keys = options.keys ?? { sealKey: randomBytes(32) };
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? consoleLogger;
    this.#metrics = options.metrics ?? noMetrics;
    this.#hibernation = options.hibernation ?? { idleMs: 1000 };
    const { memoryBudgetBytes } = options;
    if (memoryBudgetBytes !== undefined) this.#budget = new MemoryBudget(memoryBudgetBytes);
    if (this.#keys.sealKey.length < 32) {
      throw new ConfigurationError(
        "keys.sealKey must have at least 32 bytes: use randomBytes(32).",
      );
    }
  }

  /** Whether no guest has anything to do now. */
  get isQuiet(): boolean {
    return [...this.#entries.values()].every(({ guest }) => guest.isQuiet);
  }

  get engine(): EngineName {
    return this.#engine.name;
  }

  /**
   * Starts a guest, or takes up what an earlier life of the host left of it. It is loaded when it is
   * first needed. The same declaration again changes nothing.
   *
   * @throws {@link ConfigurationError} when another guest has the name. Terminal.
   */
  async start(declaration: GuestDeclaration): Promise<void> {
    const known = this.#entries.get(declaration.name);
    if (known?.declaration.file.digest === declaration.file.digest) return;
    if (known !== undefined) {
      throw new ConfigurationError(
        `cannot start guest ${declaration.name}: another one has that name. Use update().`,
      );
    }
    const entry = this.#enter(declaration);
    await entry.guest.resume();
  }

  /**
   * Puts another build in the place of a guest. Its runs end with an error that is retried; its memory
   * is dropped, because memory of one build means nothing to another.
   */
  async update(declaration: GuestDeclaration): Promise<void> {
    const known = this.#entries.get(declaration.name);
    if (known === undefined) return this.start(declaration);
    const isPaused = known.isPaused;
    await this.stop(declaration.name);
    this.#enter(declaration).isPaused = isPaused;
  }

  /** Ends a guest and deletes its image. */
  async stop(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    entry?.rule.end();
    this.#budget?.remove(name);
    await entry?.guest.stop();
  }

  /** Refuses new runs of a guest, to be retried, and puts it to sleep. */
  async pause(name: string): Promise<void> {
    const entry = this.#must(name);
    entry.isPaused = true;
    await entry.guest.hibernate();
  }

  /** Takes new runs again. */
  resume(name: string): void {
    this.#must(name).isPaused = false;
  }

  /** All guests, in the order they were started. */
  list(): readonly GuestStatus[] {
    return [...this.#entries.values()].map(({ declaration, guest, sleeper, isPaused }) => ({
      name: declaration.name,
      digest: declaration.file.digest,
      state: isPaused ? "paused" : guest.state,
      memoryBytes: guest.memoryBytes,
      imageBytes: sleeper.imageBytes,
      nextTimerMs: guest.nextTimerMs,
    }));
  }

  /**
   * The guest of a name, to run it.
   *
   * @throws {@link ConfigurationError} when there is none; SandboxError while it is paused.
   */
  guest(name: string): Guest {
    const entry = this.#must(name);
    if (!entry.isPaused) return entry.guest;
    const why = "is paused. It is tried again in 5 seconds; resume() it.";
    throw new SandboxError("EXP_SANDBOX_PAUSED", name, why, { afterMs: 5000 });
  }

  /** Puts a guest to sleep now. @returns Whether it sleeps. */
  async hibernate(name: string): Promise<boolean> {
    const isAsleep = await this.#must(name).guest.hibernate();
    if (isAsleep) this.#fellAsleep(name);
    return isAsleep;
  }

  /**
   * Puts every quiet guest to sleep, so that a host that is started anew takes them up, and ends.
   * Guests that cannot sleep are lost and start cold. Idempotent.
   */
  async close(): Promise<void> {
    for (const { guest, rule } of this.#entries.values()) {
      rule.end();
      await guest.hibernate();
      await guest.stop({ keepImage: true });
    }
    this.#entries.clear();
    this.#collection?.cancel();
    await this.#engine.close();
  }

  #enter(declaration: GuestDeclaration): Entry {
    const { name, file, policy = {}, limits, quotas, target } = declaration;
    const program = this.#programs.load(name, file, limitsOf(limits));
    const sleeper = new Sleeper(program, this.#images, this.#keys);
    const guest: Guest = new Guest({
      ...{ program, engine: this.#engine, policy, sleeper, target },
      ...{ clock: this.#clock, logger: this.#logger, metrics: this.#metrics },
      quotas: { ...defaultQuotas, ...quotas },
      onQuiet: () => {
        this.#keepBudget(guest);
        rule.quiet();
      },
      onWoken: (cause) => rule.woke(cause),
    });
    const rule: SleepRule = sleepRule(name, this.#clock, this.#hibernation, {
      get nextTimerMs() {
        return guest.nextTimerMs;
      },
      get isWaiting() {
        return guest.isWaiting;
      },
      facts: () => factsOf(guest),
      sleep: () => void this.#sleepIfIdle(name),
      load: () => void guest.load(),
    });
    const entry = { declaration, guest, sleeper, rule, isPaused: false };
    this.#entries.set(name, entry);
    return entry;
  }

  async #sleepIfIdle(name: string): Promise<void> {
    const isAsleep = await this.#entries.get(name)?.guest.hibernate();
    if (isAsleep === true) this.#fellAsleep(name);
  }

  #fellAsleep(name: string): void {
    this.#budget?.remove(name);
    this.#collectSoon();
  }

  /** Those that are least worth their memory leave when there is too little of it. */
  #keepBudget(guest: Guest): void {
    if (guest.memoryBytes === 0) return;
    const size = { bytes: guest.memoryBytes, reloadMs: Math.max(guest.lastLoadMs, 1) };
    const isBusy = (id: string): boolean => this.#entries.get(id)?.guest.isQuiet !== true;
    for (const name of this.#budget?.admit(guest.name, size, isBusy) ?? []) {
      void this.#sleepIfIdle(name);
    }
  }

  /** One collection for all that fall asleep within a second. */
  #collectSoon(): void {
    this.#collection ??= this.#clock.setTimer(() => {
      this.#collection = undefined;
      collectGarbage();
    }, 1000);
  }

  #must(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw new ConfigurationError(`there is no guest ${name}. Start it first.`);
  }
}

/** Loading takes a millisecond or two where the clock of a test says none. */
function factsOf(guest: Guest): StreamFacts {
  return {
    loadMs: Math.max(guest.lastLoadMs, 1),
    unloadMs: 2,
    sizeMib: guest.memoryBytes / 2 ** 20,
    dueMs: guest.nextTimerMs,
  };
}
