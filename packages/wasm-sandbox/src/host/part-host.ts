// SPDX-License-Identifier: Apache-2.0
// Runs parts of a split reconcile in guests: a matter of configuration (stage 5: split reconcile, elsewhere).
import type { KubernetesObject, SubReconcilerHost } from "@haversack/core";
import { homesOf } from "../call/host-calls.js";
import type { SandboxHost } from "./sandbox-host.js";

/**
 * A place for parts of a split reconcile: a guest that offers them under their names.
 *
 * **API requests:** 0 by itself; what the parts ask for.
 *
 * @param guest Name of a guest of the host.
 * @example
 * ```ts
 * withSplitReconcile([config, workload], { hosts: { workload: partHost(sandboxes, "db-workload") } });
 * ```
 */
export function partHost<P extends KubernetesObject>(
  sandboxes: SandboxHost,
  guest: string,
): SubReconcilerHost<P> {
  return {
    run(part, phase, request) {
      const { name } = part;
      const { ref, primary, signal, attempt, reasons, objects, scheduledTime, waits } = request;
      return sandboxes.guest(guest).run({
        ...{ name, phase, ref, primary, signal, attempt, reasons, scheduledTime, waits },
        fieldManager: objects.fieldManager,
        secondaries: secondariesOf(request),
        target: { objects, request, homes: homesOf(ref) },
      });
    },
  };
}

/** A pass has one snapshot; without an index asking for it throws, and nothing is sent. */
function secondariesOf<S>(request: { readonly secondaries: S }): (() => S) | undefined {
  try {
    const { secondaries } = request;
    return () => secondaries;
  } catch {
    return undefined; // The guest says the same when the part asks for it.
  }
}
