// SPDX-License-Identifier: Apache-2.0
// Lets the demo and tests listen to the stages that events of both operators pass (all stages).
import type { StageTrace } from "haversack";

const listeners = new Set<StageTrace>();

/** The trace that both operators give their watches. */
export const tellListeners: StageTrace = (stage) => {
  for (const listener of listeners) listener(stage);
};

/** Tells a listener every stage of every event. @returns what ends it. */
export function traceStages(listener: StageTrace): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
