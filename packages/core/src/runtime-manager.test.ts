// SPDX-License-Identifier: Apache-2.0
// What a manager needs of a start: a gate before the passes, and what packs declare (stage 0: words).
import { describe, expect, it } from "@jest/globals";
import type { ApiClient } from "./api-client.js";
import { configMaps } from "./kinds/index.js";
import { silentLogger } from "./observability.js";
import { accessOf, addHooks, startReconciler } from "./runtime.js";

const environment = {
  client: { server: "https://127.0.0.1" } as ApiClient,
  logger: silentLogger,
};

function reconciler(trail: string[]): object {
  const made = {};
  addHooks(made, {
    pack: "a",
    start: () => void trail.push("start"),
    run: () => void trail.push("run"),
    stop: () => void trail.push("stop"),
  });
  return made;
}

describe("startReconciler() with a gate", () => {
  it("asks when the caches are complete and makes no pass before the answer", async () => {
    const trail: string[] = [];
    let open = (): void => undefined;
    const mayRun = (): Promise<void> => {
      trail.push("asked");
      return new Promise((resolve) => (open = resolve));
    };
    const running = startReconciler(reconciler(trail), { ...environment, mayRun });
    await new Promise((resolve) => setImmediate(resolve));
    expect(trail).toEqual(["start", "asked"]);
    open();
    await running.ready;
    expect(trail).toEqual(["start", "asked", "run"]);
    await running.stop();
  });

  it("is stopped while it waits, without ever running", async () => {
    const trail: string[] = [];
    const mayRun = (): Promise<void> => new Promise(() => undefined);
    const running = startReconciler(reconciler(trail), { ...environment, mayRun });
    await running.stop();
    await running.ready;
    expect(trail).toEqual(["start", "stop"]);
  });

  it("fails when the gate fails", async () => {
    const mayRun = (): Promise<void> => Promise.reject(new Error("never"));
    const running = startReconciler(reconciler([]), { ...environment, mayRun });
    await expect(running.ready).rejects.toThrow("never");
    await running.stop();
  });

  it("hands whoever stands around passes to the packs", async () => {
    const passes = {};
    const running = startReconciler(reconciler([]), { ...environment, passes });
    expect(running.runtime.passes).toBe(passes);
    await running.stop();
  });
});

describe("accessOf()", () => {
  it("gathers what all packs declare, in their order, without a start", () => {
    const made = {};
    const declared = (declaredBy: string) =>
      ({ purpose: "watch", kind: configMaps, declaredBy }) as const;
    addHooks(made, { pack: "a", access: () => [declared("a")] });
    addHooks(made, { pack: "b" });
    addHooks(made, { pack: "c", access: () => [declared("c")] });
    expect(accessOf(made)).toEqual([declared("a"), declared("c")]);
    expect(accessOf({})).toEqual([]);
  });
});
