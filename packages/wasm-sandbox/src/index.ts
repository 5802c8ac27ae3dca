// SPDX-License-Identifier: Apache-2.0
/**
 * Reconcilers inside WebAssembly guests: isolated, limited, and on disk while they have nothing to do.
 *
 * This package is responsible for building guests, for running them under any of its engines, for
 * holding them to their limits, quotas and rules, and for their sleep. You are responsible for what
 * you grant them, and for the keys of their images.
 *
 * Read the folders in the order of a text's life: `build`, `load`, `turn`, `call`, `hibernate`,
 * `wake`; `guest` is what runs inside.
 *
 * @packageDocumentation
 */
export { buildGuest, type BuildGuestOptions, type BuiltGuest } from "./build/build-guest.js";
export type { Until } from "./call/until.js";
export type { Capabilities, Policy, Rule, Verb } from "./call/rules.js";
export { defaultQuotas, type Quotas } from "./call/quotas.js";
export * from "./errors.js";
export { collectGarbage } from "./hibernate/collect-garbage.js";
export type { ImageKeys } from "./hibernate/image.js";
export { fileImageStore, memoryImageStore, type ImageStore } from "./hibernate/image-store.js";
export { defaultLimits, type Limits } from "./limits.js";
export { decodeGuestFile, type GuestFile } from "./load/guest-file.js";
export { partHost } from "./host/part-host.js";
export {
  SandboxHost,
  type GuestDeclaration,
  type GuestStatus,
  type SandboxHostOptions,
} from "./host/sandbox-host.js";
export type { FixedIdle, Hibernation, LearnedIdle } from "./host/sleep-rule.js";
export * from "./policy/index.js";
export { withSandbox, type SandboxedReconciler, type SandboxOptions } from "./host/with-sandbox.js";
export { classEngine } from "./turn/class.js";
export { embeddedEngine } from "./turn/embedded.js";
export { wasmerEngine, type WasmerOptions } from "./turn/wasmer.js";
export { poolEngine, type PoolOptions } from "./turn/pool.js";
export type {
  Engine,
  EngineName,
  GuestInstance,
  MemoryImage,
  Program,
  Turn,
} from "./turn/engine.js";
