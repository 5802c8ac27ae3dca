// SPDX-License-Identifier: Apache-2.0
// A write whose answer was lost: forgetting what became unclear (stage 6: writes).
import { hasCode, type Kind, type KubernetesObject, type ObjectKey } from "@haversack/core";
import type { ApiCall } from "./api-call.js";
import type { ObjectsContext } from "./objects-context.js";

/** Whether the API server may have acted on a request that failed. */
export function isLostAnswer(error: unknown): boolean {
  return hasCode(error, "EXP_TIMEOUT") && (error as { outcome?: unknown }).outcome !== "not-sent";
}

/**
 * Forgets what was known of an object and reads it, so that the truth decides.
 *
 * **API requests:** 1 GET. @throws `lost` itself when the object cannot be read either.
 */
export async function readAfterLostAnswer<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  lost: unknown,
): Promise<T | undefined> {
  const { kind, ref } = call.target;
  forget(context, kind, { namespace: ref.namespace, name: ref.name });
  try {
    return await call.read();
  } catch {
    throw lost; // That the write's outcome is unknown is what the caller has to hear.
  }
}

function forget(context: ObjectsContext, kind: Kind<KubernetesObject>, key: ObjectKey): void {
  context.runtime().ownWrites.forget(kind, key);
}
