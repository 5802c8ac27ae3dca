// SPDX-License-Identifier: Apache-2.0
// A guest whose parts wait for something, so that they can be put to sleep in the middle.
import { configMaps, isExpansionError, type Result, type SubRequest } from "@haversack/core";
import { serveGuest, sleep } from "../../src/guest/index.js";

const say = (value: unknown): Result => ({ kind: "halt", because: JSON.stringify(value) ?? "" });
const memory: string[] = [];

const acts: Record<string, (request: SubRequest) => Promise<Result | void>> = {
  /** Remembers that it began, sleeps an hour, and says what it remembers. */
  hour: async ({ attempt }) => {
    memory.push(`begun ${attempt}`);
    await sleep(3_600_000);
    memory.push("slept");
    return say(memory.splice(0));
  },
  read: async ({ objects }) => {
    const found = await objects.get(configMaps, { namespace: "prod", name: "a" });
    return say(found?.data ?? "nothing");
  },
  write: async ({ objects }) => {
    try {
      await objects.apply(configMaps, {
        metadata: { namespace: "prod", name: "a" },
        data: { a: "1" },
      });
      return say("written");
    } catch (error) {
      return say(isExpansionError(error) ? [error.code, error.retry] : String(error));
    }
  },
  random: async () => say([Math.random(), Math.random()]),
  hourThenWrite: async ({ objects }) => {
    await sleep(3_600_000);
    await objects.apply(configMaps, { metadata: { namespace: "prod", name: "late" }, data: {} });
    return say("written");
  },
  /** Waits for what never comes, whoever aborts it. */
  never: () => new Promise(() => undefined),
  quick: async () => undefined,
};

serveGuest({ parts: Object.entries(acts).map(([name, reconcile]) => ({ name, reconcile })) });
