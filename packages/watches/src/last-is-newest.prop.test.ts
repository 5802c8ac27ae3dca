// SPDX-License-Identifier: Apache-2.0
// Events of one object are handled one after another, and the last one handled is the newest
// (stages 1 to 5).
import { describe, expect, it } from "@jest/globals";
import {
  compareVersions,
  ConnectionError,
  createRuntime,
  sleep,
  type KubernetesObject,
  type ReconcileRequest,
  type ResourceRef,
} from "@haversack/core";
import { database, databases, LogBook, type Database } from "../test/fixtures.js";
import { ScriptedServer, line, type Body } from "../test/informer/scripted-server.js";
import { ManualClock, settle } from "../test/manual-clock.js";
import { fc } from "../test/property.js";
import { any } from "./predicate.js";
import { WatchSet } from "./watch-set.js";
import type { WatchOptions } from "./watch-options.js";

const names = ["a", "b", "c"];

/** What the world does to the stream, and to the objects behind it. */
type Step =
  | { readonly do: "change" | "remove"; readonly name: string }
  | { readonly do: "deliver" | "repeat"; readonly at: number }
  | { readonly do: "cut" | "cut in a line" | "forget history" | "refuse a list" }
  | { readonly do: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("change" as const), name: fc.constantFrom(...names) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("remove" as const), name: fc.constantFrom(...names) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("deliver" as const), at: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat" as const), at: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "cut" as const,
        "cut in a line" as const,
        "forget history" as const,
        "refuse a list" as const,
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(3000) }) },
);

/** A server whose watch lines arrive when and as often as the test says. */
class UnrulyServer {
  readonly server = new ScriptedServer();
  readonly #held: string[] = [];
  readonly #sent: string[] = [];

  change(name: string): void {
    const exists = this.server.objects.has(`prod/${name}`);
    const generation = this.server.version;
    const body = database(name, { size: generation }, { generation }) as unknown as Body;
    const stored = this.server.put(body, { silent: true });
    this.#held.push(line(exists ? "MODIFIED" : "ADDED", stored));
  }

  remove(name: string): void {
    const last = this.server.objects.get(`prod/${name}`);
    if (last === undefined) return;
    this.server.remove(last, { silent: true });
    const resourceVersion = String(this.server.version);
    this.#held.push(line("DELETED", { ...last, metadata: { ...last.metadata, resourceVersion } }));
  }

  deliver(at: number): void {
    const [text] = this.#held.splice(at % (this.#held.length || 1), 1);
    if (text === undefined) return;
    this.#sent.push(text);
    this.#send(text);
  }

  repeat(at: number): void {
    const text = this.#sent[at % (this.#sent.length || 1)];
    if (text !== undefined) this.#send(text);
  }

  cut(inLine: boolean): void {
    const stream = this.server.watches.at(-1)?.stream;
    if (inLine && this.#held[0] !== undefined) stream?.send(this.#held[0].slice(0, 40));
    stream?.cut(new ConnectionError("EXP_CONNECTION", "cut", "backoff", 0));
  }

  forgetHistory(): void {
    this.server.version += 1; // Something else happened since: whoever resumes is too late.
    this.server.compact();
    this.cut(false);
  }

  #send(text: string): void {
    this.server.watches.at(-1)?.stream?.send(text);
  }
}

/** Remembers every pass and objects to what must not be. */
class Witness {
  readonly clock: ManualClock;
  readonly last = new Map<string, Database>();
  readonly gone: ResourceRef[] = [];
  readonly #running = new Set<string>();
  #turn = 0;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  readonly reconcile = async ({ ref, primary }: ReconcileRequest<Database>): Promise<void> => {
    const { name } = ref;
    if (this.#running.has(name)) throw this.#fail(`two passes of ${name} at a time`);
    const before = this.last.get(name)?.metadata;
    const isSame = before?.uid === primary.metadata.uid;
    const order = compareVersions(primary.metadata.resourceVersion, before?.resourceVersion) ?? 1;
    if (isSame && order < 0) throw this.#fail(`${name} went back`);
    this.last.set(name, primary);
    this.#running.add(name);
    this.#turn += 1;
    if (this.#turn % 3 !== 0) await sleep(this.clock, (this.#turn * 37) % 900);
    this.#running.delete(name);
    if (this.#turn % 5 === 0) throw new Error("a failure now and then");
  };

  readonly onGone = (ref: ResourceRef): void => {
    this.gone.push(ref);
  };

  readonly failures: string[] = [];

  #fail(what: string): Error {
    this.failures.push(what);
    return new Error(what);
  }
}

async function play(steps: readonly Step[], options: WatchOptions): Promise<void> {
  const clock = new ManualClock();
  const unruly = new UnrulyServer();
  const witness = new Witness(clock);
  const runtime = createRuntime({
    client: unruly.server,
    clock,
    logger: new LogBook(),
    random: () => 0.5,
  });
  const { hooks } = new WatchSet(databases, witness, { primary: any, ...options });
  hooks.provide?.(runtime);
  await hooks.start?.(runtime);
  await hooks.run?.(runtime);
  for (const each of steps) {
    if (each.do === "change") unruly.change(each.name);
    else if (each.do === "remove") unruly.remove(each.name);
    else if (each.do === "deliver") unruly.deliver(each.at);
    else if (each.do === "repeat") unruly.repeat(each.at);
    else if (each.do === "wait") await clock.advance(each.ms);
    else if (each.do === "forget history") unruly.forgetHistory();
    else if (each.do === "refuse a list")
      unruly.server.faults.list.push(
        new ConnectionError("EXP_CONNECTION", "refused", "backoff", 0),
      );
    else unruly.cut(each.do === "cut in a line");
    await settle();
  }
  // Lines that were held back for good are lost; a server that really loses history says so.
  unruly.forgetHistory();
  await clock.advance(300_000);
  expect(witness.failures).toEqual([]);
  expectNewest(witness, unruly.server.objects);
  await hooks.stop?.();
  expect(clock.pending).toBe(0);
}

function expectNewest(witness: Witness, world: ReadonlyMap<string, Body>): void {
  for (const name of names) {
    const now = world.get(`prod/${name}`) as KubernetesObject | undefined;
    const handled = witness.last.get(name);
    if (now !== undefined) {
      expect(handled?.metadata.resourceVersion).toBe(now.metadata.resourceVersion);
    } else if (handled !== undefined) {
      const { uid } = handled.metadata;
      expect(witness.gone.map((ref) => ref.uid)).toContain(uid);
    }
  }
}

/** A repeat from before a relist once brought back what the list no longer had. */
const repeatAfterRelist: Step[] = [
  { do: "change", name: "a" },
  { do: "change", name: "a" },
  { do: "remove", name: "a" },
  { do: "change", name: "b" },
  { do: "deliver", at: 3 },
  { do: "deliver", at: 4 },
  { do: "forget history" },
  { do: "deliver", at: 0 },
  { do: "wait", ms: 450 },
  { do: "change", name: "a" },
  { do: "change", name: "a" },
  { do: "repeat", at: 8 },
  { do: "change", name: "a" },
];

describe("events of one object", () => {
  it.each<[string, WatchOptions, number]>([
    ["one worker", { workers: 1 }, 250],
    ["four workers", { workers: 4 }, 250],
    ["a debounce", { workers: 2, debounce: { waitMs: 100, maxWaitMs: 500 } }, 200],
  ])(
    "are handled one after another, and the last one handled is the newest: %s",
    async (_name, options, numRuns) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) =>
          play(steps, options),
        ),
        { numRuns, examples: [[repeatAfterRelist]] },
      );
    },
    120_000,
  );
});
