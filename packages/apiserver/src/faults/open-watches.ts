// SPDX-License-Identifier: Apache-2.0
// Lets a new fault rule strike watches that are open already.
import type { ServerCore } from "../core.js";
import { StatusError } from "../status-error.js";
import { FaultRules } from "./fault-rules.js";

/** Applies watch faults to open watches as their rules come. Returns the way to stop that. */
export function freezeOpenWatches(core: ServerCore): () => void {
  return core.faults.onAdd((rule) => {
    const { fault } = rule;
    // A script and a chance are for requests to come.
    if (!("type" in fault) || rule.probability !== undefined) return;
    for (const { stream, subject } of core.watches) {
      if (!FaultRules.covers(rule, subject)) continue;
      if (fault.type === "freezeWatches") stream.frozen = true;
      else if (fault.type === "eof") stream.limit(fault.afterEvents, fault.afterBytes);
      else if (fault.type === "reset") stream.destroy();
      else if (fault.type === "expired") {
        const message = `too old resource version: ${core.store.log.revision}`;
        stream.fail(new StatusError(410, "Expired", message).toStatus());
      }
    }
  });
}
