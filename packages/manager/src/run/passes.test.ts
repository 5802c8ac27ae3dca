// SPDX-License-Identifier: Apache-2.0
// Who stands around a pass: in which order, and what a lost term makes of it (stage 5: reconcile).
import { describe, expect, it } from "@jest/globals";
import { done, type PassInterceptor, type ReconcileRequest } from "@haversack/core";
import type { Fence } from "../leader/term.js";
import { fencedPasses } from "./fenced-passes.js";
import { chainPasses } from "./pass-chain.js";
import { currentPass } from "./pass-context.js";

const ref = { group: "", kind: "Pod", namespace: "prod", name: "a" };
const request: ReconcileRequest = {
  ...{ ref, attempt: 0, reasons: [], signal: new AbortController().signal },
  primary: { metadata: { namespace: "prod", name: "a" } },
};

function makeFence(): { fence: Fence; lose: () => void } {
  const controller = new AbortController();
  const { signal } = controller;
  const ensure = (): Promise<void> =>
    signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve();
  return {
    fence: { signal, untilMs: Infinity, ensure },
    lose: () => controller.abort(new Error("lost")),
  };
}

describe("chainPasses()", () => {
  it("asks the first first, and hands a frozen request to the reconciler", async () => {
    const trail: string[] = [];
    const named = (name: string): PassInterceptor => ({
      async reconcile(given, next) {
        trail.push(`${name} in`);
        const result = await next(given);
        trail.push(`${name} out`);
        return result;
      },
      gone: async (_ref, next) => {
        trail.push(`${name} gone`);
        await next();
      },
      part: (_name, _primary, next) => {
        trail.push(`${name} part`);
        return next();
      },
    });
    const chain = chainPasses([named("a"), {}, named("b")]);
    await chain.reconcile(request, (given) => {
      trail.push(`frozen ${Object.isFrozen(given)}`);
      return Promise.resolve(done);
    });
    await chain.gone(ref, () => Promise.resolve());
    await chain.part("config", request.primary, () => Promise.resolve(done));
    expect(trail).toEqual([
      ...["a in", "b in", "frozen true", "b out", "a out"],
      ...["a gone", "b gone", "a part", "b part"],
    ]);
  });
});

describe("fencedPasses()", () => {
  it("makes no pass outside a term, quietly, and no last call, loudly", async () => {
    const { fence, lose } = makeFence();
    lose();
    const passes = fencedPasses(() => fence);
    const never = (): Promise<never> => Promise.reject(new Error("it was made"));
    expect(await passes.reconcile?.(request, never)).toMatchObject({ kind: "halt" });
    await expect(passes.gone?.(ref, never)).rejects.toThrow("lost");
  });

  it("aborts the pass under way with the term, and takes what it throws for no failure", async () => {
    const { fence, lose } = makeFence();
    const result = fencedPasses(() => fence).reconcile?.(request, ({ signal }) => {
      lose();
      return Promise.reject(signal.reason as Error);
    });
    expect(await result).toMatchObject({ kind: "halt" });
  });

  it("lets a failure within the term be one", async () => {
    const { fence } = makeFence();
    const failing = (): Promise<never> => Promise.reject(new Error("its own"));
    await expect(fencedPasses(() => fence).reconcile?.(request, failing)).rejects.toThrow(
      "its own",
    );
  });

  it("binds a pass, and a last call, to the fence it began under, across awaits", async () => {
    const { fence } = makeFence();
    const seen: unknown[] = [];
    const look = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(currentPass()?.fence);
    };
    await fencedPasses(() => fence).reconcile?.(request, look);
    await fencedPasses(() => fence).gone?.(ref, look);
    expect(seen).toEqual([fence, fence]);
    expect(currentPass()).toBeUndefined();
  });
});
