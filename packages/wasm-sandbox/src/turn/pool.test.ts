// SPDX-License-Identifier: Apache-2.0
// A thread that hangs is ended; the guests that shared it notice nothing.
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { FakeClock } from "@haversack/testing";
import { buildTestGuest } from "../../test/binary.js";
import type { BuiltGuest } from "../build/build-guest.js";
import { limitsOf } from "../limits.js";
import { Programs } from "../load/program.js";
import type { Engine, Turn } from "./engine.js";
import { poolEngine } from "./pool.js";

let sleepy: BuiltGuest;
let abuse: BuiltGuest;
beforeAll(async () => {
  [sleepy, abuse] = [await buildTestGuest("sleepy"), await buildTestGuest("abuse")];
}, 60_000);

const runText = (id: number, name: string, now: number): string => {
  const ref = { group: "", kind: "K", name: "n" };
  const waits = { nowMs: now, sinceMs: {} };
  const routing = {
    t: "run",
    id,
    name,
    phase: "reconcile",
    ref,
    attempt: id,
    reasons: [],
    fieldManager: "x",
    waits,
    now,
  };
  return `${JSON.stringify({ ...routing, seed: [1, 2, 3, 4] })}\n{"metadata":{"name":"n"}}`;
};

describe("poolEngine()", () => {
  let engine: Engine;
  afterEach(() => engine.close());

  it("ends a thread that hangs, blames who hung, and goes on with the others where they were", async () => {
    const clock = new FakeClock();
    engine = poolEngine({ workers: 1, graceMs: 1000, clock });
    const programs = new Programs();
    const limits = limitsOf({ turnMs: 60_000 }); // So long that only the watchdog can end it.
    const neighbour = await engine.start(programs.load("neighbour", sleepy, limits));
    const hostile = await engine.start(programs.load("hostile", abuse, limits));
    await neighbour.turn(runText(1, "hour", 0), 0);
    const drawn = (turn: Turn): string => turn.texts.join();
    const first = drawn(await neighbour.turn(runText(2, "random", 0), 0));
    const hung = hostile.turn(runText(1, "loop", 0), 0);
    const waiting = neighbour.turn(`{"t":"settle","id":1,"ok":true,"now":5}\nnull`, 5);
    hung.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(61_000);
    await expect(hung).rejects.toMatchObject({
      code: "EXP_SANDBOX_TIMEOUT",
      name: "SandboxTimeoutError",
    });
    // The neighbour was made again from its template and its texts, and remembers what it began.
    expect((await waiting).texts).toEqual([
      '{"t":"done","id":1}\n{"kind":"halt","because":"[\\"begun 1\\",\\"slept\\"]"}',
    ]);
    expect(first).toContain("halt");
    await hostile.dispose();
    await neighbour.dispose();
  });

  it("makes a lost guest again from its checkpoint after many texts", async () => {
    const clock = new FakeClock();
    engine = poolEngine({ workers: 1, graceMs: 1000, clock });
    const programs = new Programs();
    const limits = limitsOf({ turnMs: 60_000 });
    const one = await engine.start(programs.load("one", sleepy, limits));
    const two = await engine.start(programs.load("two", sleepy, limits));
    const hostile = await engine.start(programs.load("hostile", abuse, limits));
    for (let id = 1; id <= 150; id += 1) {
      const text = runText(id, "random", id);
      await one.turn(text, id);
      await two.turn(text, id);
    }
    const hung = hostile.turn(runText(1, "loop", 0), 0);
    hung.catch(() => undefined);
    const again = one.turn(runText(151, "random", 151).replace(/,"seed":\[1,2,3,4\]/, ""), 151);
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(61_000);
    await expect(hung).rejects.toMatchObject({ code: "EXP_SANDBOX_TIMEOUT" });
    const other = await two.turn(
      runText(151, "random", 151).replace(/,"seed":\[1,2,3,4\]/, ""),
      151,
    );
    expect((await again).texts).toEqual(other.texts); // Equal texts, equal random numbers.
  });
});
