// SPDX-License-Identifier: Apache-2.0
// The life of one guest: cold, live, asleep; texts in, turns, calls out, runs that end (stages: turn to wake).
import { errorFromPlain, plainOf, type Result } from "@haversack/core";
import { HostCalls, isRepeatable } from "../call/host-calls.js";
import { Meter } from "../call/quotas.js";
import { readGuestText, type GuestText } from "../call/texts.js";
import { SandboxLostRunError, SandboxProtocolError } from "../errors.js";
import type { GuestOptions, GuestState } from "./guest-options.js";
import type { PendingCall, PendingRun } from "../hibernate/image.js";
import type { GuestInstance } from "../turn/engine.js";
import { announceLists } from "./announce.js";
import { OpenRuns, type Outgoing, type RunOrder } from "./open-runs.js";
import { noteCrash, noteRefusal } from "./notes.js";
import { PendingCalls } from "./pending-calls.js";
import { renderText } from "./render-text.js";
import type { Sleeper } from "./sleeper.js";

/**
 * One guest.
 *
 * **Guarantees:** one turn at a time; being asleep between any two turns changes nothing that the
 * guest could observe; whatever it does, every run ends, with its result or a typed error.
 * **API requests:** those its calls make.
 */
export class Guest {
  readonly #options: GuestOptions;
  readonly #calls: HostCalls;
  readonly #meter: Meter;
  readonly #pending: PendingCalls;
  readonly #runs = new OpenRuns();
  readonly #mailbox: Outgoing[] = [];
  #instance: GuestInstance | undefined;
  #state: GuestState = "cold";
  #isBusy = false;
  /** Resolves when what it is busy with is done. */
  #working: Promise<void> = Promise.resolve();
  #needsSeed = true;
  #memoryBytes = 0;
  #lastLoadMs = 0;

  constructor(options: GuestOptions) {
    this.#options = options;
    const { program, policy, quotas, clock } = options;
    const { guest } = program;
    this.#calls = new HostCalls(guest, policy);
    this.#meter = new Meter(guest, quotas, clock);
    this.#pending = new PendingCalls(guest, quotas, clock, (id) => {
      options.onWoken?.("timer");
      this.#settle(id, true, null);
    });
  }

  get name(): string {
    return this.#options.program.guest;
  }

  get state(): GuestState {
    return this.#state;
  }

  /** Bytes of its memory while it is live. */
  get memoryBytes(): number {
    return this.#instance === undefined ? 0 : this.#memoryBytes;
  }

  /** The earliest time a timer of the guest is due, on the wall clock. */
  get nextTimerMs(): number | undefined {
    return this.#pending.nextTimerMs;
  }

  /** Whether it waits for the answer of a call that is no timer. */
  get isWaiting(): boolean {
    return this.#pending.isWaiting;
  }

  /** Of the last load; 0 before the first. */
  get lastLoadMs(): number {
    return this.#lastLoadMs;
  }

  /** Whether it has nothing to do now. */
  get isQuiet(): boolean {
    return !this.#isBusy && this.#mailbox.length === 0;
  }

  /**
   * Runs a part or reconciler for one primary.
   *
   * A run of the same that an earlier life of the host left unfinished is finished first.
   *
   * @throws SandboxError when the guest breaks a limit or rule; what the guest threw, as plain error.
   */
  async run(order: RunOrder): Promise<Result> {
    const left = this.#runs.takeLeft(order);
    if (left !== undefined) {
      const result = await this.#adopt(left, order);
      if (result.kind !== "done") return result;
    }
    return this.#begin(order);
  }

  /**
   * Takes up what an earlier life of the host left: timers are set again, runs wait to be asked for.
   *
   * @returns Whether there was something.
   */
  async resume(): Promise<boolean> {
    const pending = await this.#options.sleeper?.peek();
    if (pending === undefined || this.#state !== "cold") return false;
    this.#state = "asleep";
    this.#runs.lastId = pending.lastRun;
    for (const run of pending.runs) this.#runs.leave(run);
    for (const call of pending.calls) this.#pending.restore(call);
    return true;
  }

  /**
   * Saves its memory and gives it back, as soon as it has nothing to do.
   *
   * @returns False when it cannot sleep or something came up meanwhile; it is live then.
   */
  async hibernate(): Promise<boolean> {
    const { sleeper, metrics } = this.#options;
    while (this.#isBusy) await this.#working;
    if (sleeper === undefined || this.#instance === undefined) return false;
    this.#isBusy = true;
    const falling = this.#fallAsleep(sleeper, this.#instance);
    this.#working = falling.then(() => undefined);
    const isAsleep = await falling;
    if (isAsleep) metrics.count("haversack_sandbox_hibernations_total", { guest: this.name });
    return isAsleep;
  }

  /** Ends it: runs are rejected; its memory, and unless kept its image, are gone. Idempotent. */
  async stop(options: { readonly keepImage?: boolean } = {}): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#runs.rejectAll(new SandboxLostRunError(this.name, "it was stopped"));
    this.#pending.clear();
    this.#mailbox.length = 0;
    await this.#drop();
    if (options.keepImage !== true) await this.#options.sleeper?.discard();
  }

  /** Never rejects. */
  async #fallAsleep(sleeper: Sleeper, instance: GuestInstance): Promise<boolean> {
    try {
      if (!(await this.#save(sleeper, instance))) return false;
      await this.#drop();
      this.#state = "asleep";
      return true;
    } catch (error) {
      await this.#crash(error);
      return false;
    } finally {
      this.#isBusy = false;
      this.#wake();
    }
  }

  async #save(sleeper: Sleeper, instance: GuestInstance): Promise<boolean> {
    const memory = await instance.snapshot();
    if (memory === undefined) return false;
    const { lastId } = this.#runs;
    const calls = this.#pending.list();
    await sleeper.save({ memory, pending: { calls, runs: this.#runs.pending(), lastRun: lastId } });
    return this.#mailbox.length === 0 && this.#state === "live";
  }

  #begin(order: RunOrder): Promise<Result> {
    if (this.#state === "stopped") {
      return Promise.reject(new SandboxLostRunError(this.name, "it was stopped"));
    }
    this.#meter.mayStart();
    this.#options.onWoken?.("event");
    this.#runs.lastId += 1;
    const id = this.#runs.lastId;
    const { name, phase, ref, attempt, reasons, fieldManager, scheduledTime, secondaries } = order;
    const waits = order.waits ?? { nowMs: this.#options.clock.now(), sinceMs: {} };
    const lists = secondaries && announceLists(secondaries());
    const routing = {
      ...{ t: "run", id, name, phase, ref, attempt, reasons, fieldManager, scheduledTime, waits },
      lists: lists?.announced,
    };
    this.#deliver(routing, [JSON.stringify(order.primary), ...(lists?.lines ?? [])]);
    return this.#runs.open(id, order, lists, () => this.#abort(id));
  }

  #adopt({ id }: PendingRun, order: RunOrder): Promise<Result> {
    const outcome = this.#runs.open(id, order, undefined, () => this.#abort(id));
    for (const call of this.#pending.list()) {
      const isIts = call.run === id || call.run === 0;
      if (isIts && call.op !== "timer") this.#askAgain(call);
    }
    return outcome;
  }

  /** Tells the run; one that does not end by itself soon is not waited for. */
  #abort(id: number): void {
    const { clock, quotas } = this.#options;
    this.#deliver({ t: "abort", id }, []);
    const why = `it did not end within ${quotas.abortMs} ms after it was aborted`;
    const timer = clock.setTimer(
      () => this.#runs.reject(id, new SandboxLostRunError(this.name, why)),
      quotas.abortMs,
    );
    this.#runs.onEnd(id, () => timer.cancel());
  }

  #deliver(routing: Outgoing["routing"], lines: readonly string[]): void {
    if (this.#state === "stopped") return;
    this.#mailbox.push({ routing, lines });
    this.#wake();
  }

  #wake(): void {
    if (this.#isBusy || this.#mailbox.length === 0) return;
    this.#isBusy = true;
    this.#working = this.#work().finally(() => {
      this.#isBusy = false;
      if (this.#mailbox.length > 0) this.#wake();
      else this.#options.onQuiet?.();
    });
  }

  /** One turn after another until nothing is left to deliver. Never rejects. */
  async #work(): Promise<void> {
    try {
      while (this.#mailbox.length > 0) {
        const instance = this.#instance ?? (await this.#start());
        const next = this.#mailbox.shift();
        if (instance === undefined || next === undefined) return;
        await this.#turn(instance, next);
      }
    } catch (error) {
      await this.#crash(error);
    }
  }

  async #turn(instance: GuestInstance, outgoing: Outgoing): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    const nowMs = clock.now();
    const text = renderText(outgoing, nowMs, this.#needsSeed);
    this.#needsSeed = false;
    const turn = await instance.turn(text, nowMs);
    if (instance !== this.#instance) return; // Stopped meanwhile.
    this.#memoryBytes = turn.memoryBytes;
    metrics.observe("haversack_sandbox_turn_seconds", turn.turnMs / 1000, { guest: this.name });
    this.#meter.turn(turn.turnMs);
    for (const complaint of turn.complaints) logger.error(complaint, { guest: this.name });
    for (const each of turn.texts) this.#take(readGuestText(this.name, each));
  }

  /** Loads a sleeping guest ahead of its next event. @returns Whether it is live. */
  async load(): Promise<boolean> {
    while (this.#isBusy) await this.#working;
    if (this.#state !== "asleep") return this.#state === "live";
    this.#isBusy = true;
    const loading = this.#start().then(
      (instance) => instance !== undefined,
      async (error: unknown) => {
        await this.#crash(error);
        return false;
      },
    );
    const done = loading.finally(() => {
      this.#isBusy = false;
      this.#wake();
    });
    this.#working = done.then(() => undefined);
    return done;
  }

  /** A live instance; `undefined` when it was stopped meanwhile. */
  async #start(): Promise<GuestInstance | undefined> {
    const beganMs = this.#options.clock.monotonicMs();
    const instance =
      (await this.#restore()) ?? (await this.#options.engine.start(this.#options.program));
    this.#needsSeed = true;
    if (this.#state === "stopped") {
      await instance.dispose();
      return undefined;
    }
    this.#lastLoadMs = this.#options.clock.monotonicMs() - beganMs;
    this.#instance = instance;
    this.#state = "live";
    return instance;
  }

  async #restore(): Promise<GuestInstance | undefined> {
    if (this.#state !== "asleep") return undefined;
    const { engine, program, sleeper, logger, metrics } = this.#options;
    try {
      const image = await sleeper?.wake();
      if (image !== undefined) {
        metrics.count("haversack_sandbox_wakes_total", { guest: this.name });
        return await engine.start(program, image.memory);
      }
    } catch (error) {
      logger.warn(`the image of guest ${this.name} was not used`, { error: String(error) });
    }
    this.#forget();
    return undefined;
  }

  /** The state is lost: what was under way cannot go on; runs that wait to be begun can. */
  #forget(): void {
    const runs = this.#mailbox.filter(({ routing }) => routing["t"] === "run");
    const ids = new Set(runs.map(({ routing }) => routing["id"]));
    this.#runs.rejectAll(new SandboxLostRunError(this.name, "its image could not be used"), ids);
    this.#mailbox.splice(0, Infinity, ...runs);
    this.#pending.clear();
    this.#runs.forgetLeft();
  }

  async #crash(error: unknown): Promise<void> {
    if (this.#state === "stopped") return;
    noteCrash(this.#options, error);
    this.#meter.crashed();
    this.#pending.clear();
    this.#runs.forgetLeft();
    this.#mailbox.length = 0;
    this.#state = "cold";
    await this.#drop();
    await this.#options.sleeper?.discard();
    this.#runs.rejectAll(error);
  }

  async #drop(): Promise<void> {
    const instance = this.#instance;
    this.#instance = undefined;
    await instance?.dispose();
  }

  #take(said: GuestText): void {
    const { logger, policy } = this.#options;
    switch (said.t) {
      case "call":
        this.#meter.call();
        this.#pending.add(said, policy.capabilities?.timer ?? true);
        if (said.op !== "timer" && !this.#runs.mustHold(said.run)) this.#ask(said);
        return;
      case "tell":
        return this.#takeTell(said.run, said.op, said.body);
      case "log":
        if (policy.capabilities?.log === false) return;
        return logger[said.level](said.message, { guest: this.name });
      case "done":
        if (this.#runs.resolve(said.id, said.result)) this.#meter.succeeded();
        return;
      case "fail":
        return this.#runs.reject(said.id, errorFromPlain(said.error));
    }
  }

  #takeTell(run: number, op: string, body: unknown): void {
    if (op === "cancel") {
      this.#pending.cancel(Number((body as { id?: unknown } | undefined)?.id));
      return;
    }
    try {
      this.#calls.tell(this.#runs.targetOf(run, this.#options.target), op, body);
    } catch (error) {
      if (error instanceof SandboxProtocolError) throw error;
      noteRefusal(this.#options, error);
      this.#runs.reject(run, error); // There is no answer that could carry it.
    }
  }

  #ask({ id, run, op, body }: PendingCall): void {
    const target = this.#runs.targetOf(run, this.#options.target);
    void this.#calls.call(target, op, body, this.#pending.signalOf(id)).then(
      (answer) => this.#settle(id, true, answer ?? null),
      (error: unknown) => {
        noteRefusal(this.#options, error);
        if (error instanceof SandboxProtocolError) void this.#crash(error);
        else this.#settle(id, false, plainOf(error));
      },
    );
  }

  /** Reads are made again; nobody knows whether a write was, so it fails and the run decides anew. */
  #askAgain(call: PendingCall): void {
    if (!this.#pending.isAsked(call.id) || isRepeatable(call.op)) {
      this.#ask(call);
      return;
    }
    const why = `the host ended while ${call.op} was under way`;
    this.#settle(call.id, false, new SandboxLostRunError(this.name, why).toJSON());
  }

  #settle(id: number, ok: boolean, body: unknown): void {
    if (this.#pending.take(id) === undefined) return; // Cancelled, or of an earlier life.
    for (const { routing, lines } of this.#runs.changes()) this.#deliver(routing, lines);
    const text = JSON.stringify(body);
    this.#meter.answer(text.length);
    this.#deliver({ t: "settle", id, ok }, [text]);
  }
}
