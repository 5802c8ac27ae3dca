// SPDX-License-Identifier: Apache-2.0
// A work queue on a clock of its own and the shortest ways to use it (stage 4: work queue).
import { WorkQueue, type Work, type WorkQueueOptions } from "../src/work-queue.js";
import { ManualClock } from "./manual-clock.js";

export const key = (name: string): { namespace: string; name: string } => ({
  namespace: "prod",
  name,
});

export function make(options: Partial<WorkQueueOptions> = {}): {
  clock: ManualClock;
  queue: WorkQueue;
} {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, ...options }) };
}

/** What is ready next. */
export function take(queue: WorkQueue): Work {
  const work = queue.take();
  if (work === undefined) throw new Error("nothing is ready");
  return work;
}

/** Takes and gives back everything that is ready. */
export function drain(queue: WorkQueue): string[] {
  const names: string[] = [];
  for (let work = queue.take(); work !== undefined; work = queue.take()) {
    names.push(work.key.name);
    queue.done(work);
  }
  return names;
}
