// SPDX-License-Identifier: Apache-2.0
// A wait is met by what is there, or by what comes, and ends when nobody waits any more.
import { describe, expect, it } from "@jest/globals";
import { configMaps, type EventObserver, type KubernetesObject } from "@haversack/core";
import { isMet, untilMet, type WaitSources } from "./until.js";

const key = { namespace: "prod", name: "a" };
const object = (status?: unknown): KubernetesObject =>
  ({ metadata: key, status }) as unknown as KubernetesObject;
const ready = { path: "status.phase", equals: "Ready" };

describe("isMet()", () => {
  it.each([
    [object({ phase: "Ready" }), ready, true],
    [object({ phase: "Pending" }), ready, false],
    [object(), ready, false],
    [undefined, ready, false],
    [object({ phase: null }), { path: "status.phase" }, false],
    [object({ phase: 0 }), { path: "status.phase" }, true],
    [object({ count: 1 }), { path: "status.count", equals: "1" }, false],
    [object({}), { path: "status.constructor" }, false],
    [object({}), { path: "__proto__.toString" }, false],
  ])("case %#", (given, until, expected) => {
    expect(isMet(given, until)).toBe(expected);
  });
});

describe("untilMet()", () => {
  const world = (
    found?: KubernetesObject,
  ): WaitSources & { observers: Set<EventObserver<KubernetesObject>> } => {
    const observers = new Set<EventObserver<KubernetesObject>>();
    return {
      observers,
      objects: { get: () => Promise.resolve(found as never) },
      events: () => ({
        subscribe(observer) {
          observers.add(observer);
          return { unsubscribe: () => void observers.delete(observer) };
        },
      }),
    };
  };
  const tell = (
    observers: Iterable<EventObserver<KubernetesObject>>,
    after: KubernetesObject,
  ): void => {
    for (const observer of observers) observer.next({ type: "modified", new: after } as never);
  };

  it("is met at once by what is there already, and watches no more", async () => {
    const sources = world(object({ phase: "Ready" }));
    await untilMet(sources, configMaps, key, ready, new AbortController().signal);
    expect(sources.observers.size).toBe(0);
  });

  it("is met by the event of that object alone", async () => {
    const sources = world();
    let isOver = false;
    const waiting = untilMet(sources, configMaps, key, ready, new AbortController().signal);
    void waiting.then(() => (isOver = true));
    const other = { ...object({ phase: "Ready" }), metadata: { ...key, name: "b" } };
    tell(sources.observers, other);
    tell(sources.observers, object({ phase: "Pending" }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    tell(sources.observers, object({ phase: "Ready" }));
    await waiting;
    expect(sources.observers.size).toBe(0);
  });

  it("stops watching when nobody waits any more", () => {
    const sources = world();
    const controller = new AbortController();
    void untilMet(sources, configMaps, key, ready, controller.signal);
    expect(sources.observers.size).toBe(1);
    controller.abort();
    expect(sources.observers.size).toBe(0);
  });
});
