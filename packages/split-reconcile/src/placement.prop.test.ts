// SPDX-License-Identifier: Apache-2.0
// Placed behind a border of text, the same schedules come to the same end (stage 5).
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { learn, runSchedule } from "../test/chaos.js";
import { JsonHost } from "../test/json-host.js";
import { parts } from "../test/model-operator.js";
import { printSeed, schedules, specs } from "../test/schedules.js";

/** Fewer than in this process: what differs is the border, not the engine. */
const numRuns = Number(process.env["SPLIT_PLACED_SCHEDULES"] ?? 500);

beforeAll(() => learn(specs));

describe("a split reconcile whose parts run elsewhere", () => {
  it(
    "comes to the monolith's state and stays there, whatever comes in which order",
    async () => {
      const host = new JsonHost(parts);
      const hosts = Object.fromEntries(parts.map(({ name }) => [name, host]));
      const property = fc.asyncProperty(schedules, async (each) => {
        host.sent.length = host.calls.length = 0;
        const { violations, trace } = await runSchedule(each, parts, {
          undeclaredWrites: "count",
          hosts,
        });
        if (violations.length > 0) throw new Error([...violations, "trace:", ...trace].join("\n"));
      });
      await fc.assert(property, { numRuns, seed: printSeed("placement") });
      expect(numRuns).toBeGreaterThan(0);
    },
    60_000 + numRuns * 200,
  );
});
