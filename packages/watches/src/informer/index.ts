// SPDX-License-Identifier: Apache-2.0
// What others may use of the informer (stage 1: watch event).
export * from "./informer-pool.js";
export type { Freeze } from "./cache-entry.js";
export { defaultTuning, type InformerTuning } from "./informer-tuning.js";
export type { QuarantinedObject } from "./quarantine.js";
