// SPDX-License-Identifier: Apache-2.0
// A scheduler that decides everything: which event, which answer, which pass, which crash comes next.
import { objectKey, ServerError, type KubernetesObject, type SubReconciler } from "@haversack/core";
import type { SplitReconcileOptions } from "../src/index.js";
import { allowedWrites, essence, monolith, parts } from "./model-operator.js";
import { OperatorProcess } from "./process.js";
import { db, dbs, HandClock, key, kinds, Rig, type Db, type Sub } from "./rig.js";
import { idOf, World, type Delivery } from "./world.js";

/** Something a user, or another controller, does. */
export type Step =
  | { readonly do: "spec"; readonly spec: NonNullable<Db["spec"]> }
  | { readonly do: "remove"; readonly at: number }
  | { readonly do: "drift"; readonly at: number }
  | { readonly do: "delete" }
  /** Makes the primary again, under another uid, if it is gone by then. */
  | { readonly do: "create"; readonly spec: NonNullable<Db["spec"]> };

/** One schedule: what users do, and every decision; without a number left, the first of all comes. */
export interface Schedule {
  readonly steps: readonly Step[];
  readonly choices: readonly number[];
  /** How many crashes, failed requests and repeated events there may be. */
  readonly faults: number;
}

/** What a schedule came to. */
export interface Ending {
  /** Empty when every oracle is content. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly steps: number;
}

const hourMs = 3_600_000;
/** Far above what any schedule needs: a livelock, not a long run. */
const maxSteps = 4000;

/** Runs one schedule to its end and asks every oracle. */
export async function runSchedule(
  schedule: Schedule,
  declared: readonly Sub[] = parts,
  split: SplitReconcileOptions = { undeclaredWrites: "count" },
): Promise<Ending> {
  const chaos = new Chaos(schedule, declared, split);
  return chaos.run();
}

/** A request that waits for its turn. */
interface Held {
  readonly what: string;
  /** It was sent when the process knew that the primary is being deleted. */
  readonly isLate: boolean;
  go(): void;
  fail(): void;
}

/** What may come next, and its line in the trace. */
type Action = readonly [string, () => void];

class Chaos {
  readonly #clock = new HandClock();
  readonly #world = new World();
  readonly #trace: string[] = [];
  readonly #violations: string[] = [];
  readonly #schedule: Schedule;
  readonly #declared: readonly Sub[];
  readonly #split: SplitReconcileOptions;
  /** Events on their way, per object in order. */
  #pending: Delivery[] = [];
  #gates: Held[] = [];
  #process: OperatorProcess<Db>;
  #life = 0;
  #chosen = 0;
  #faults: number;
  #stepsDone = 0;
  #isLate = false;
  #count = 0;

  constructor(schedule: Schedule, declared: readonly Sub[], split: SplitReconcileOptions) {
    this.#schedule = schedule;
    this.#declared = declared;
    this.#split = split;
    this.#faults = schedule.faults;
    this.#world.now = () => this.#clock.now();
    this.#world.onEvent = (delivery) => void this.#pending.push(delivery);
    this.#world.create(dbs, db({ size: 1, shards: 1, text: "a" }), "user");
    this.#process = this.#start();
  }

  async run(): Promise<Ending> {
    try {
      await this.#toRest();
      this.#judgeState();
      const before = this.#world.log.length;
      this.#clock.ms += 2 * hourMs;
      await this.#toRest();
      for (const { manager, op, kind, key: name } of this.#world.log.slice(before))
        this.#violate(`no rest: ${manager} ${op} ${kind} ${name} long after`);
      this.#judgeState();
    } catch (error) {
      this.#violate(error instanceof Error ? error.message : String(error));
    }
    this.#judgeWrites();
    return { violations: this.#violations, trace: this.#trace, steps: this.#count };
  }

  /** One decision after another, until nothing is left to decide. */
  async #toRest(): Promise<void> {
    for (;;) {
      const actions = this.#actions();
      if (actions.length === 0) {
        const nextMs = this.#process.nextMs();
        if (nextMs > this.#clock.ms + hourMs) return;
        this.#clock.ms = Math.max(nextMs, this.#clock.ms);
        this.#trace.push(`time passes: ${Math.round(this.#clock.ms)} ms`);
        continue;
      }
      const action = this.#choose(actions);
      if (++this.#count > maxSteps) throw new Error("livelock: no end after 4000 steps");
      this.#trace.push(action?.[0] ?? "");
      const logged = this.#world.log.length;
      this.#isLate = false;
      action?.[1]();
      await new Promise<void>((resolve) => void setImmediate(resolve));
      for (const { op, kind, key: name, manager } of this.#world.log.slice(logged))
        if (op === "create" && this.#isLate)
          this.#violate(`${manager} created ${kind} ${name} too late`);
    }
  }

  /** Everything that may come next, what comes by itself first. */
  #actions(): Action[] {
    const actions: Action[] = [];
    const objects = new Set<string>();
    for (const delivery of this.#pending) {
      const { kind, event } = delivery;
      const id = idOf(kind, (event.new ?? event.old)?.metadata ?? key);
      if (objects.has(id)) continue;
      objects.add(id);
      actions.push([`event: ${event.type} ${id}`, () => this.#deliver(delivery)]);
    }
    for (const gate of this.#gates)
      actions.push([gate.what, () => this.#pass(gate, () => gate.go())]);
    for (const each of this.#process.ready())
      actions.push([`pass begins`, () => void this.#process.pass(each)]);
    const step = this.#schedule.steps[this.#stepsDone];
    if (step !== undefined) actions.push([`user: ${JSON.stringify(step)}`, () => this.#user(step)]);
    return actions;
  }

  #faulty(): Action[] {
    const cached = [...this.#process.cache.values()].at(-1);
    const actions: Action[] = [
      ["crash, and a new process lists", () => this.#crash(false)],
      ["crash, and a new process lists from a server that lags", () => this.#crash(true)],
    ];
    for (const gate of this.#gates)
      actions.push([`error 500: ${gate.what}`, () => this.#pass(gate, () => gate.fail())]);
    if (cached?.event.new !== undefined) {
      const again = cached.event.new;
      const event = { ...cached.event, type: "resynced" as const, old: again, isResync: true };
      actions.push(["event again", () => this.#process.deliver({ kind: cached.kind, event })]);
    }
    return actions.map(([what, act]) => [
      what,
      () => {
        this.#faults -= 1;
        act();
      },
    ]);
  }

  /** Now and then a fault, as long as there may be one; else one of what may come next. */
  #choose(actions: readonly Action[]): Action | undefined {
    const choice = this.#schedule.choices[this.#chosen] ?? 0;
    this.#chosen += 1;
    if (this.#faults === 0 || choice % 12 !== 11) return actions[choice % actions.length];
    const faulty = this.#faulty();
    return faulty[Math.floor(choice / 12) % faulty.length];
  }

  #deliver(delivery: Delivery): void {
    this.#pending = this.#pending.filter((each) => each !== delivery);
    this.#process.deliver(delivery);
  }

  #pass(gate: Held, act: () => void): void {
    this.#gates = this.#gates.filter((each) => each !== gate);
    this.#isLate = gate.isLate;
    act();
  }

  #start(cache?: ReadonlyMap<string, Delivery>): OperatorProcess<Db> {
    const life = ++this.#life;
    const gate = (what: string): Promise<void> =>
      new Promise((resolve, reject) => {
        if (life !== this.#life) return; // Dead: neither an answer nor an error is ever heard.
        const fail = (): void => reject(new ServerError("EXP_SERVER", "500", "backoff", 500));
        const seen = this.#process?.cache.get(idOf(dbs, key))?.event.new;
        const isLate = seen?.metadata.deletionTimestamp !== undefined;
        this.#gates.push({ what, isLate, go: resolve, fail });
      });
    return new OperatorProcess<Db>({
      ...{ world: this.#world, clock: this.#clock, primaryKind: dbs, kinds, gate },
      ...{ split: this.#split, ...(cache === undefined ? {} : { cache }) },
      declared: this.#declared as readonly SubReconciler<Db>[],
    });
  }

  #crash(isStale: boolean): void {
    const { cache } = this.#process;
    this.#gates = [];
    this.#clock.ms += 1000;
    if (!isStale) this.#pending = [];
    this.#process = this.#start(isStale ? new Map(cache) : undefined);
  }

  #user(step: Step): void {
    this.#stepsDone += 1;
    const owned = this.#world
      .all()
      .filter(({ object }) => object.metadata.ownerReferences !== undefined);
    const isThere = this.#world.get(dbs, key) !== undefined;
    if (step.do === "create")
      return isThere ? undefined : void this.#world.create(dbs, db(step.spec), "user");
    if (!isThere) return;
    if (step.do === "delete") return this.#world.delete(dbs, key, "user");
    if (step.do === "spec") return void this.#world.patch(dbs, key, { spec: step.spec }, "user");
    const target = owned[step.at % Math.max(1, owned.length)];
    if (target === undefined) return;
    const { kind, object } = target;
    if (step.do === "remove") return this.#world.delete(kind, object.metadata, "user");
    const field = drifts[kind.kind];
    if (field !== undefined) this.#world.patch(kind, object.metadata, field, "user");
  }

  #judgeState(): void {
    const live = this.#world.get(dbs, key);
    if (live === undefined) {
      const left = this.#world.all().map(({ kind, object }) => idOf(kind, object.metadata));
      if (left.length > 0) this.#violate(`left behind: ${left.join(", ")}`);
      return;
    }
    if (live.metadata.deletionTimestamp !== undefined) return this.#violate("it never goes");
    const found = essence(this.#world.all());
    const wanted = expected(live);
    if (found !== wanted) this.#violate(`state differs\n  found  ${found}\n  wanted ${wanted}`);
  }

  #judgeWrites(): void {
    for (const { op, kind, key: name, manager, paths } of this.#world.log) {
      const allowed = allowedWrites[manager];
      if (!manager.startsWith("op")) continue;
      for (const path of paths.length === 0 ? [""] : paths)
        if (allowed?.test(`${kind} ${name} ${path}`) !== true && op !== "finalizer")
          this.#violate(`${manager} wrote ${kind} ${name} ${path}`);
    }
  }

  #violate(what: string): void {
    this.#violations.push(what);
  }
}

/** How somebody else changes what is ours. A Secret that is there is never looked into. */
const drifts: Readonly<Record<string, object>> = {
  ConfigMap: { data: { size: "drifted" } },
  Service: { spec: { port: "drifted" } },
  Deployment: { spec: { replicas: 77 } },
};

const known = new Map<string, string>();

/** The monolith's final state for a spec; worked out once, without any fault. */
function expected(primary: KubernetesObject & Db): string {
  const text = JSON.stringify(primary.spec);
  const found = known.get(text);
  if (found === undefined)
    throw new Error(`no expectation for ${objectKey(primary.metadata)}: ${text}`);
  return found;
}

/** Works out what the monolith makes of these specs. */
export async function learn(specs: readonly NonNullable<Db["spec"]>[]): Promise<void> {
  for (const spec of specs) {
    const rig = new Rig([], {}, { monolith });
    await rig.user(spec);
    for (let round = 0; round < 4; round += 1) {
      rig.process.queue.set("prod/db", 0);
      await rig.settle();
    }
    known.set(JSON.stringify(spec), essence(rig.world.all()));
  }
}
