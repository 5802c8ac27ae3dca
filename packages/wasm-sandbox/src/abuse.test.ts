// SPDX-License-Identifier: Apache-2.0
// Hostile guests: each attempt ends in its typed error, and neither the host nor a neighbour notices.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { configMaps, type KubernetesObject, type Logger } from "@haversack/core";
import { FakeClock } from "@haversack/testing";
import { buildTestGuest } from "../test/binary.js";
import { MemoryObjects } from "../test/memory-objects.js";
import type { BuiltGuest } from "./build/build-guest.js";
import type { Rule } from "./call/rules.js";
import { SandboxHost } from "./host/sandbox-host.js";
import { embeddedEngine } from "./turn/embedded.js";
import type { Engine } from "./turn/engine.js";
import { poolEngine } from "./turn/pool.js";

const rules: readonly Rule[] = [
  {
    kinds: [configMaps],
    verbs: ["get", "create", "patch"],
    paths: ["data"],
    hidden: ["data.password"],
  },
];
const primary: KubernetesObject = { metadata: { name: "orders", namespace: "prod", uid: "u" } };
const engines: readonly [string, () => Engine][] = [
  ["embedded", embeddedEngine],
  ["pool", () => poolEngine({ workers: 1 })],
];

let built: BuiltGuest;
beforeAll(async () => void (built = await buildTestGuest("abuse")), 60_000);

describe.each(engines)("a hostile guest under %s", (_name, engine) => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const note = (message: string): void => void lines.push(message);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const hibernation = { idleMs: Infinity };
  const objects = new MemoryObjects();
  let host: SandboxHost;

  beforeAll(async () => {
    host = new SandboxHost({ engine: engine(), clock, logger, hibernation });
    clock.addIdleProbe(() => host.isQuiet);
    // Time is the only limit of the first; the others must not meet it on a busy machine.
    for (const name of ["endless", "hostile", "neighbour"]) {
      const limits = { memoryBytes: 8 * 2 ** 20, turnMs: name === "endless" ? 250 : 20_000 };
      await host.start({ name, file: built, policy: { rules }, limits, quotas: { restMs: 1 } });
    }
  });
  afterAll(() => host.close());

  const run = async (name: string, guest = "hostile"): Promise<unknown> => {
    const running = host.guest(guest).run({
      ...{ name, phase: "reconcile", primary, attempt: 0, reasons: [], fieldManager: "db" },
      ref: { group: "example.com", kind: "Database", ...primary.metadata },
      signal: new AbortController().signal,
      target: { objects: objects.as("db"), homes: ["prod"] },
    });
    running.catch(() => undefined);
    await clock.advance(10); // More than the rest after a crash.
    const result = await running;
    return result.kind === "halt" ? JSON.parse(result.because) : result;
  };
  const expectHealthy = async (): Promise<void> => {
    await clock.advance(400_000);
    expect(await run("fine", "neighbour")).toBe("fine");
    expect(await run("fine")).toBe("fine");
  };

  it.each([
    ["an endless loop", "loop", "EXP_SANDBOX_TIMEOUT"],
    ["a regular expression that backtracks for ever", "regex", "EXP_SANDBOX_TIMEOUT"],
    ["an endless chain of promises", "promises", "EXP_(SANDBOX_TIMEOUT|GUEST)"],
    ["promises that double", "fanOut", "EXP_SANDBOX_(TIMEOUT|MEMORY|QUOTA|CRASH)"],
  ])("is stopped in time: %s", async (_what, name, code) => {
    const expected = expect.stringMatching(code) as unknown;
    await expect(run(name, "endless")).rejects.toMatchObject({ code: expected });
    await expectHealthy();
    expect(await run("fine", "endless")).toBe("fine");
  });

  it.each([
    ["a flood of texts", "flood", "EXP_SANDBOX_QUOTA"],
    ["more bytes than it may send", "bigText", "EXP_SANDBOX_QUOTA"],
    ["a text that is none", "garbage", "EXP_SANDBOX_PROTOCOL"],
    ["a text of an unknown sort", "unknownSort", "EXP_SANDBOX_PROTOCOL"],
    ["a result that is none", "badResult", "EXP_SANDBOX_PROTOCOL"],
    ["more calls at one time than it may", "calls", "EXP_SANDBOX_QUOTA"],
    ["more timers than it may", "timers", "EXP_SANDBOX_QUOTA"],
  ])("is stopped: %s", async (_what, name, code) => {
    await expect(run(name)).rejects.toMatchObject({ code });
    await expectHealthy();
  });

  it.each([
    ["arrays without end", "arrays"],
    ["strings without end", "strings"],
    ["a gigabyte at once", "buffers"],
    ["recursion without end", "recursion"],
  ])("catches its own failure: %s", async (_what, name) => {
    expect(await run(name)).toMatchObject({ threw: expect.stringMatching(/Error/) });
    await expectHealthy();
  });

  it("catches, or ends in a crash of its own: JSON nested too deeply", async () => {
    const outcome = run("deepJson").catch((error: unknown) => error); // By the stack that is left.
    expect(JSON.stringify(await outcome)).toMatch(
      /RangeError|SyntaxError|EXP_SANDBOX_(CRASH|MEMORY)/,
    );
    await expectHealthy();
  });

  it.each([
    ["a kind without a rule", "otherKind"],
    ["another namespace", "otherNamespace"],
    ["every namespace", "everyNamespace"],
    ["a verb without a rule", "otherVerb"],
    ["a path without a rule", "otherPath"],
    ["another field manager", "otherManager"],
    ["a path in a name", "pathTrick"],
    ["Kubernetes Events", "events"],
    ["a lock", "lock"],
  ])("is refused: %s", async (_what, name) => {
    const before = objects.asked.length;
    expect(await run(name)).toEqual({ code: "EXP_SANDBOX_FORBIDDEN" });
    expect(objects.asked).toHaveLength(before);
  });

  it("reaches no other URL by a kind of its own making", async () => {
    const before = objects.asked.length;
    expect(await run("plural")).toBe("sent");
    expect(objects.asked.slice(before)).toEqual(["get configmaps prod/a as db"]);
    expect(await run("inherited")).toBe("sent");
    expect(objects.asked).toHaveLength(before + 1);
    expect(await run("namespaceArray")).toMatchObject({ code: expect.stringMatching(/^EXP_/) });
    expect(objects.asked).toHaveLength(before + 1);
  });

  it("does not read what its rule hides", async () => {
    const metadata = { name: "a", namespace: "prod" };
    const data = { user: "u", password: "p" };
    objects.stored.set("ConfigMap prod/a", { metadata, data } as KubernetesObject);
    expect(await run("hidden")).toEqual({ got: { user: "u" } });
    objects.stored.delete("ConfigMap prod/a");
  });

  it("ends nobody else's run", async () => {
    expect(await run("endsOthers")).toBe("sent");
    await expectHealthy();
  });

  it("finds nothing of its host", async () => {
    const here = await run("names");
    expect(here).toEqual([]);
    expect(await run("imports")).toMatchObject({ threw: expect.stringMatching(/Error/) });
    expect(await run("constructors")).toEqual({ got: "undefinedundefinedundefined" });
  });

  it("pollutes itself alone", async () => {
    await run("pollution").catch(() => undefined);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect([1].map((one) => one)).toEqual([1]);
    await clock.advance(400_000);
    expect(await run("fine", "neighbour")).toBe("fine");
  });
});
