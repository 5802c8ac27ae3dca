// SPDX-License-Identifier: Apache-2.0
// Random schedules of the confluence tests: what users do, in which order, and what goes wrong.
import fc from "fast-check";
import type { Schedule, Step } from "./chaos.js";

const sizes = [1, 2];
const shardCounts = [0, 1, 3];
const texts = ["a", "b"];

/** Every spec that a schedule may ask for. */
export const specs: readonly { size: number; shards: number; text: string }[] = sizes.flatMap(
  (size) => shardCounts.flatMap((shards) => texts.map((text) => ({ size, shards, text }))),
);

const spec = fc.constantFrom(...specs);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: spec.map((each): Step => ({ do: "spec", spec: each })) },
  { weight: 2, arbitrary: fc.nat(9).map((at): Step => ({ do: "remove", at })) },
  { weight: 2, arbitrary: fc.nat(9).map((at): Step => ({ do: "drift", at })) },
);

/** A life of a primary: changes, and whether it goes and comes again. */
export const schedules: fc.Arbitrary<Schedule> = fc.record({
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

/** A seed, told before the run, so that a run that is cut short can be repeated too. */
export function printSeed(what: string): number {
  const given = process.env["SPLIT_SEED"];
  const seed = given === undefined ? Math.trunc(Math.random() * 0x7fffffff) : Number(given);
  process.stderr.write(`${what}: seed ${seed}; repeat with SPLIT_SEED=${seed}\n`);
  return seed;
}
