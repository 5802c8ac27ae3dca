// SPDX-License-Identifier: Apache-2.0
// Which pass the code that runs now belongs to, across awaits (stage 5: reconcile).
import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestListener } from "../client/observed-client.js";
import type { Fence } from "../leader/term.js";

/** What hangs on a pass while it runs. */
export interface PassContext {
  /** The right under which it was begun; it may outlive its run, and its right may not. */
  fence: Fence | undefined;
  /** Told of the requests that the pass sends. */
  readonly listeners: Set<RequestListener>;
}

const storage = new AsyncLocalStorage<PassContext>();

/** The pass that this code belongs to; `undefined` outside of passes. */
export function currentPass(): PassContext | undefined {
  return storage.getStore();
}

/** Runs something as a pass, or within the one it belongs to already. */
export function withinPass<T>(work: (context: PassContext) => T): T {
  const current = storage.getStore();
  if (current !== undefined) return work(current);
  const context: PassContext = { fence: undefined, listeners: new Set() };
  return storage.run(context, () => work(context));
}

/** Tells all listeners of the pass that this code belongs to. */
export const passListener: RequestListener = {
  answered(request, status, answer, error) {
    for (const each of storage.getStore()?.listeners ?? [])
      each.answered(request, status, answer, error);
  },
};
