// SPDX-License-Identifier: Apache-2.0
// The names that the bundler replaces in every file of a guest (runs in the guest).
export { AbortController, AbortSignal } from "./abort.js";
export {
  clearInterval,
  clearTimeout,
  console,
  Date,
  Math,
  performance,
  queueMicrotask,
  setInterval,
  setTimeout,
} from "./globals.js";
export { structuredClone, TextDecoder, TextEncoder } from "./text-and-clone.js";
