// SPDX-License-Identifier: Apache-2.0
// A cluster with shops and a running reconciler, closed after each test (bad input, whole path).
import { afterEach } from "@jest/globals";
import { startReconciler, type ApiClient } from "haversack";
import { FakeClock, startCluster, type TestCluster } from "../src/index.js";
import { prod, shopDefinition } from "./shop-operator.js";
import { Stage, memoryLogger, type LogLine, type StageOptions } from "./stage.js";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A stage that is closed after the test. */
export const stage = async (options: StageOptions = {}): Promise<Stage> => {
  const made = new Stage(options);
  closers.push(() => made.close());
  return made.open();
};

/** A cluster with shops in `prod`. */
export const cluster = async (): Promise<{
  at: TestCluster;
  clock: FakeClock;
  logged: LogLine[];
}> => {
  const clock = new FakeClock();
  const at = await startCluster({ clock, backend: "embedded" });
  closers.push(() => at.close());
  await at.apply([shopDefinition, prod]);
  return { at, clock, logged: [] };
};
/** A running reconciler that is stopped after the test. */
export const start = (
  reconciler: object,
  {
    at,
    clock,
    logged,
    client = at.client,
  }: Awaited<ReturnType<typeof cluster>> & { client?: ApiClient },
): ReturnType<typeof startReconciler> => {
  const logger = memoryLogger(logged);
  const running = startReconciler(reconciler, { client, clock, logger, random: () => 0.5 });
  closers.push(async () => {
    const stopped = running.stop();
    await clock.advance(60_000);
    await stopped;
  });
  return running;
};
