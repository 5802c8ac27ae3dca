// SPDX-License-Identifier: Apache-2.0
// The guest of the conformance suite: one part for each thing that must be the same under every engine.
import {
  configMaps,
  isExpansionError,
  secrets,
  TerminalError,
  type KubernetesObject,
  type Result,
  type SubRequest,
} from "@haversack/core";
import { serveGuest, sleep } from "../../src/guest/index.js";

/** Says something by way of the result. */
const say = (value: unknown): Result => ({
  kind: "halt",
  because: JSON.stringify(value) ?? "undefined",
});

let count = 0;

const acts: Record<string, (request: SubRequest) => Promise<Result | void>> = {
  nothing: async () => undefined,
  requeue: async () => ({ kind: "requeue", afterMs: 1500, priority: 2 }),
  request: async ({ ref, primary, attempt, reasons, name, scheduledTime }) =>
    say({
      ref,
      primary,
      attempt,
      reasons,
      name,
      scheduledTime,
      isFrozen: Object.isFrozen(primary.metadata),
    }),
  objects: async ({ primary, objects }) => {
    const { namespace = "" } = primary.metadata;
    const key = { namespace, name: "made" };
    const before = await objects.get(configMaps, key);
    const { outcome, object } = await objects.apply(
      configMaps,
      { metadata: key, data: { a: "1" } },
      { owner: primary },
    );
    const found = await objects.mustGet(configMaps, key);
    const listed = await objects.list(configMaps, { namespace });
    await objects.delete(configMaps, object);
    const after = await objects.get(configMaps, key);
    return say({
      before: before ?? null,
      outcome,
      data: found.data,
      listed: listed.length,
      after: after ?? null,
    });
  },
  terminal: async () => {
    throw new TerminalError("cannot go on");
  },
  throws: async () => {
    throw new RangeError("out of range");
  },
  conflict: async ({ primary, objects }) => {
    try {
      await objects.apply(configMaps, { metadata: { ...primary.metadata, name: "made" } });
      return say("written");
    } catch (error) {
      return say(isExpansionError(error) ? [error.code, error.retry] : "another error");
    }
  },
  forbidden: async ({ primary, objects }) => {
    try {
      await objects.get(secrets, { name: "token", namespace: primary.metadata.namespace });
      return say("read");
    } catch (error) {
      return say(isExpansionError(error) ? [error.code, error.retry] : "another error");
    }
  },
  lists: async ({ secondaries }) => {
    const { configMaps: maps, nothing } = secondaries as unknown as Record<
      string,
      SubRequest["secondaries"][string]
    >;
    return say({
      names: maps?.map(({ metadata }) => metadata.name),
      one: maps?.named("b")?.metadata.labels,
      none: maps?.named("c") ?? null,
      empty: nothing?.length,
      available: [maps?.available, nothing?.available],
      isFrozen: Object.isFrozen(maps) && Object.isFrozen(maps?.[0]?.metadata),
      isSame: secondaries["configMaps"] === maps && maps?.[0] === maps?.[0],
      isArray: Array.isArray(maps),
    });
  },
  time: async () => {
    const first = Date.now();
    for (let turn = 0; turn < 1000; turn += 1) await undefined;
    const second = Date.now();
    await sleep(60_000);
    return say([
      second - first,
      Date.now() - first,
      new Date().toISOString(),
      performance.now() === Date.now(),
    ]);
  },
  timers: async () => {
    const order: string[] = [];
    const cancelled = setTimeout(() => order.push("never"), 10);
    const interval = setInterval(() => order.push("again"), 40);
    setTimeout(() => order.push("second"), 30);
    setTimeout((what: string) => order.push(what), 20, "first");
    clearTimeout(cancelled);
    await sleep(100);
    clearInterval(interval);
    await sleep(100);
    return say(order);
  },
  abort: async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    signal.throwIfAborted();
  },
  count: async () => {
    count += 1;
    const own = count;
    await sleep(1000);
    return say([own, count]);
  },
  status: async ({ setStatus, setCondition, waitFor }) => {
    setStatus({ ready: 1 });
    setCondition({ type: "Ready", status: "True" });
    return waitFor({ condition: "PodsReady", isMet: false, timeoutMs: 5000, message: "pods" })
      .result;
  },
  keys: async ({ primary, objects }) => {
    const data = JSON.parse('{"__proto__":"own","constructor":"own","a":"b"}') as Record<
      string,
      string
    >;
    const { object } = await objects.apply(configMaps, {
      metadata: { ...primary.metadata, name: "keys" },
      data,
    });
    const names = Object.keys(object.data ?? {});
    return say([names, ({} as Record<string, unknown>)["polluted"] ?? null, structuredClone(data)]);
  },
  text: async ({ primary }) => {
    const given = primary.metadata.annotations?.["text"] ?? "";
    const bytes = new TextEncoder().encode(given);
    return say([given, bytes.length, new TextDecoder().decode(bytes) === given, "line\nbreak"]);
  },
  clone: async () => {
    const value = { map: new Map([["a", new Set([1])]]), date: new Date(5), list: [1, { b: 2 }] };
    const copy = structuredClone(value);
    return say([copy !== value, [...(copy.map.get("a") ?? [])], copy.date.getTime(), copy.list]);
  },
  random: async () => say([Math.random(), Math.max(1, 2)]),
  log: async () => {
    console.log("said", { a: 1 });
    console.error(new Error("bad"));
  },
  concurrent: async ({ primary, objects }) => {
    const { namespace = "" } = primary.metadata;
    const all = ["x", "y", "z"].map((name) => objects.get(configMaps, { namespace, name }));
    return say((await Promise.all(all)).map((found) => found?.metadata.name ?? null));
  },
};

const cleaned = async ({ primary }: SubRequest<KubernetesObject>): Promise<Result> =>
  say(primary.metadata.name);

serveGuest({
  parts: Object.entries(acts).map(([name, reconcile]) => ({ name, reconcile, cleanup: cleaned })),
});
