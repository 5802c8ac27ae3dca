// SPDX-License-Identifier: Apache-2.0
// Starting and stopping a reconciler: phases, order, failures (stage 0: words).
import { describe, expect, it } from "@jest/globals";
import type { ApiClient } from "./api-client.js";
import { systemClock } from "./clock.js";
import type { Informers } from "./informers.js";
import { consoleLogger, noMetrics, silentLogger } from "./observability.js";
import { addHooks, createRuntime, startReconciler, type PackHooks } from "./runtime.js";

const client = { server: "https://127.0.0.1" } as ApiClient;
const environment = { client, logger: silentLogger };

/** A promise that a test resolves or rejects. */
function deferred() {
  let resolve: () => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Hooks that write down when each begins and ends. */
function recording(pack: string, trail: string[], more: Partial<PackHooks> = {}): PackHooks {
  const noted = (phase: string) => async () => {
    trail.push(`${phase} ${pack}`);
    await Promise.resolve();
    trail.push(`${phase} ${pack} done`);
  };
  return {
    pack,
    provide: () => void trail.push(`provide ${pack}`),
    start: noted("start"),
    run: noted("run"),
    stop: noted("stop"),
    ...more,
  };
}

function reconcilerWith(...all: PackHooks[]): object {
  const reconciler = {};
  for (const hooks of all) addHooks(reconciler, hooks);
  return reconciler;
}

describe("startReconciler()", () => {
  it("ends each phase of all packs before the next begins, and stops in reverse order", async () => {
    const trail: string[] = [];
    const running = startReconciler(
      reconcilerWith(recording("a", trail), recording("b", trail)),
      environment,
    );
    await running.ready;
    expect(trail.splice(0)).toEqual([
      "provide a",
      "provide b",
      "start a",
      "start b",
      "start a done",
      "start b done",
      "run a",
      "run a done",
      "run b",
      "run b done",
    ]);
    await running.stop();
    expect(trail).toEqual(["stop b", "stop b done", "stop a", "stop a done"]);
  });

  it("gives every pack the same runtime, with what an earlier one provided", async () => {
    const informers = {} as Informers;
    const seen: unknown[] = [];
    const reconciler = reconcilerWith(
      { pack: "reads", start: (runtime) => void seen.push(runtime.informers) },
      { pack: "provides", provide: (runtime) => void (runtime.informers ??= informers) },
    );
    const running = startReconciler(reconciler, environment);
    await running.ready;
    expect(seen).toEqual([informers]);
    expect(running.runtime.informers).toBe(informers);
    await running.stop();
  });

  it("waits for every start before anything runs", async () => {
    const trail: string[] = [];
    const gate = deferred();
    const running = startReconciler(
      reconcilerWith(
        recording("slow", trail, { start: () => gate.promise }),
        recording("fast", trail),
      ),
      environment,
    );
    await Promise.resolve();
    await Promise.resolve();
    expect(trail.some((each) => each.startsWith("run"))).toBe(false);
    gate.resolve();
    await running.ready;
    expect(trail.filter((each) => each.startsWith("run"))).toHaveLength(4);
    await running.stop();
  });

  it.each(["provide", "start", "run"] as const)(
    "rejects when %s fails, runs nothing after it, and still stops every pack",
    async (phase) => {
      const trail: string[] = [];
      const failure = new Error("cannot");
      const running = startReconciler(
        reconcilerWith(
          recording("bad", trail, {
            [phase]: () => {
              throw failure;
            },
          }),
          recording("good", trail),
        ),
        environment,
      );
      await expect(running.ready).rejects.toBe(failure);
      expect(trail.some((each) => each.startsWith("run"))).toBe(false);
      await running.stop();
      expect(trail.filter((each) => each.startsWith("stop"))).toEqual([
        "stop good",
        "stop good done",
        "stop bad",
        "stop bad done",
      ]);
    },
  );

  it("causes no unhandled rejection when nobody awaits a failed start", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    const failing = { pack: "bad", start: () => Promise.reject(new Error("cannot")) };
    const running = startReconciler(reconcilerWith(failing), environment);
    await running.stop();
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it("does not begin to reconcile once it is being stopped", async () => {
    const trail: string[] = [];
    const gate = deferred();
    const running = startReconciler(
      reconcilerWith(recording("a", trail, { start: () => gate.promise })),
      environment,
    );
    const stopped = running.stop();
    gate.resolve();
    await running.ready;
    await stopped;
    expect(trail).toEqual(["provide a", "stop a", "stop a done"]);
  });

  it("stops once, however often it is asked to, and goes on past a pack that fails to stop", async () => {
    const trail: string[] = [];
    const running = startReconciler(
      reconcilerWith(
        recording("a", trail),
        recording("bad", trail, { stop: () => Promise.reject(new Error("stuck")) }),
      ),
      environment,
    );
    await running.ready;
    trail.length = 0;
    const [first, second] = [running.stop(), running.stop()];
    expect(second).toBe(first);
    await expect(first).rejects.toMatchObject({ errors: [new Error("stuck")] });
    expect(trail).toEqual(["stop a", "stop a done"]);
  });

  it("refuses a reconciler without packs, and one that runs, by telling what to do", async () => {
    const configuration = expect.objectContaining({ code: "EXP_CONFIGURATION", retry: "never" });
    expect(() => startReconciler({}, environment)).toThrow(configuration);
    const reconciler = reconcilerWith({ pack: "a" });
    const running = startReconciler(reconciler, environment);
    expect(() => startReconciler(reconciler, environment)).toThrow(configuration);
    await running.stop();
    await startReconciler(reconciler, environment).stop();
  });

  it("keeps its marks out of sight of whoever lists the reconciler's members", async () => {
    const reconciler = reconcilerWith({ pack: "a" });
    const running = startReconciler(reconciler, environment);
    expect(Object.keys(reconciler)).toEqual([]);
    expect(JSON.stringify(reconciler)).toBe("{}");
    await running.stop();
  });
});

describe("createRuntime()", () => {
  it("fills in the machine's clock, the console, no metrics and an own overlay", () => {
    const one = createRuntime({ client });
    expect(one).toMatchObject({
      client,
      clock: systemClock,
      logger: consoleLogger,
      metrics: noMetrics,
      random: Math.random,
      informers: undefined,
    });
    expect(one.ownWrites).not.toBe(createRuntime({ client }).ownWrites);
  });

  it("takes what it is given", () => {
    const informers = {} as Informers;
    const random = () => 0.5;
    const runtime = createRuntime({ client, logger: silentLogger, random, informers });
    expect([runtime.logger, runtime.random, runtime.informers]).toEqual([
      silentLogger,
      random,
      informers,
    ]);
  });
});
