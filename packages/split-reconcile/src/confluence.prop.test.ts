// SPDX-License-Identifier: Apache-2.0
// Whatever the order, the delays, the crashes: the monolith's state is reached, and stays (stage 5).
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { learn, runSchedule } from "../test/chaos.js";
import { printSeed, schedules, specs } from "../test/schedules.js";

/** Set `SPLIT_SCHEDULES` for more, as before a release. */
const numRuns = Number(process.env["SPLIT_SCHEDULES"] ?? 10_000);

beforeAll(() => learn(specs));

describe("a split reconcile", () => {
  it(
    "comes to the monolith's state and stays there, whatever comes in which order",
    async () => {
      const property = fc.asyncProperty(schedules, async (each) => {
        const { violations, trace } = await runSchedule(each);
        if (violations.length > 0) throw new Error([...violations, "trace:", ...trace].join("\n"));
      });
      const startedMs = performance.now();
      await fc.assert(property, { numRuns, seed: printSeed("confluence") });
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      process.stderr.write(`confluence: ${numRuns} schedules in ${seconds} s\n`);
      expect(numRuns).toBeGreaterThan(0);
    },
    60_000 + numRuns * 60,
  );
});
