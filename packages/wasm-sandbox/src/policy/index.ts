// SPDX-License-Identifier: Apache-2.0
// Wake policies: when a guest is loaded while nothing happens. Depends on nothing else.
export { AdaptivePolicy, type SavedPolicy } from "./adaptive-policy.js";
export { fixedTimeout, hybridHistogram, neverUnload, oracle, smoothing } from "./baselines.js";
export { WakeCorrelations } from "./correlation.js";
export type { SavedHistory } from "./gap-history.js";
export { MemoryBudget } from "./memory-budget.js";
export {
  simulate,
  timesByStream,
  type SimulationOptions,
  type SimulationResult,
  type TraceEvent,
} from "./simulate.js";
export {
  bursty,
  formatTrace,
  heavyTailed,
  independent,
  makeStream,
  merged,
  parseTrace,
  periodic,
  publishedShape,
  randomFrom,
  type GapSource,
} from "./traces.js";
export {
  breakEvenMs,
  defaultWakeCosts,
  type StreamFacts,
  type WakeCause,
  type WakeCosts,
  type WakePlan,
  type WakePolicy,
} from "./wake-policy.js";
