// SPDX-License-Identifier: Apache-2.0
// Whatever the order, the delays, the crashes: the monolith's state is reached, and stays (stage 5).
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { learn, runSchedule, type Schedule, type Step } from "../test/chaos.js";

const sizes = [1, 2];
const shards = [0, 1, 3];
const texts = ["a", "b"];
const spec = fc.record({
  size: fc.constantFrom(...sizes),
  shards: fc.constantFrom(...shards),
  text: fc.constantFrom(...texts),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: spec.map((each): Step => ({ do: "spec", spec: each })) },
  { weight: 2, arbitrary: fc.nat(9).map((at): Step => ({ do: "remove", at })) },
  { weight: 2, arbitrary: fc.nat(9).map((at): Step => ({ do: "drift", at })) },
);
const schedule: fc.Arbitrary<Schedule> = fc.record({
  steps: fc
    .tuple(fc.array(step, { maxLength: 4 }), fc.constantFrom("stays", "goes", "comes again"), spec)
    .map(([steps, ending, next]): readonly Step[] => {
      if (ending === "stays") return steps;
      const again: readonly Step[] = [{ do: "create", spec: next }, ...steps];
      return [...steps, { do: "delete" }, ...(ending === "goes" ? [] : again)];
    }),
  choices: fc.array(fc.nat(999), { maxLength: 150, size: "max" }),
  faults: fc.nat(4),
});

/** Set `SPLIT_SCHEDULES` for more, as before a release. */
const numRuns = Number(process.env["SPLIT_SCHEDULES"] ?? 10_000);

beforeAll(async () => {
  const all = sizes.flatMap((size) =>
    shards.flatMap((count) => texts.map((text) => ({ size, shards: count, text }))),
  );
  await learn(all);
});

describe("a split reconcile", () => {
  it(
    "comes to the monolith's state and stays there, whatever comes in which order",
    async () => {
      const property = fc.asyncProperty(schedule, async (each) => {
        const { violations, trace } = await runSchedule(each);
        if (violations.length > 0) throw new Error([...violations, "trace:", ...trace].join("\n"));
      });
      await fc.assert(property, { numRuns });
      expect(numRuns).toBeGreaterThan(0);
    },
    60_000 + numRuns * 20,
  );
});
