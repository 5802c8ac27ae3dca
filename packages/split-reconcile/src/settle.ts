// SPDX-License-Identifier: Apache-2.0
// What a pass ends with: what nobody wants any more is deleted, and the status is written (stage 6: writes).
import { formatRef, hasCode, refOf, type KubernetesObject } from "@haversack/core";
import type { PrimaryState, SplitContext } from "./primary-state.js";
import { wholeStatus } from "./whole-status.js";

/** The longest pause after failures, as that of a work queue. */
const maxPauseMs = 1_000_000;

/**
 * Prunes and writes the status. Its failures are its own: no part is run again for them.
 *
 * **API requests:** those of pruning; 1 PATCH for a status that changed.
 *
 * @internal
 */
export async function settle<P extends KubernetesObject>(
  context: SplitContext<P>,
  state: PrimaryState<P>,
): Promise<void> {
  const { clock, logger, writesStatus, primaryKind } = context;
  const nowMs = clock.monotonicMs();
  if (state.settleUntilMs > nowMs) return;
  try {
    await state.inventory.prune([...state.lanes.values()]);
    if (writesStatus) await writeStatus(context, state);
    state.settleFailures = 0;
    state.settleUntilMs = -Infinity;
  } catch (error) {
    const ref = formatRef(refOf(primaryKind, state.primary));
    if (hasCode(error, "EXP_NOT_FOUND") && state.settleFailures === 0)
      logger.debug(`status of ${ref} has no object any more`);
    else if (!hasCode(error, "EXP_CONFLICT"))
      logger.error(`status of ${ref} was not written: ${String(error)}`);
    state.settleUntilMs = nowMs + Math.min(maxPauseMs, 5 * 2 ** state.settleFailures);
    state.settleFailures += 1;
  }
}

async function writeStatus<P extends KubernetesObject>(
  { objects, primaryKind }: SplitContext<P>,
  state: PrimaryState<P>,
): Promise<void> {
  const status = wholeStatus(state);
  if (Object.keys(status).length === 0) return;
  const { object } = await objects.applyStatus(primaryKind, state.primary, status);
  state.primary = object;
}
