// SPDX-License-Identifier: Apache-2.0
// The whole pass that both operators share: defaults, the end, sizes, functions, status (stage 5: reconcile).
import { isExpansionError } from "haversack";
import type { Cluster } from "../cluster.js";
import { defaultCluster } from "../defaults.js";
import { InvalidClusterError } from "../defaults/validation.js";
import { endingOf, finalizerOrder, finalizerReads } from "../functions/finalizers.js";
import { mergeNotes, type ConditionNote } from "../functions/notes.js";
import type { Sources } from "../functions/part.js";
import { clusterInEffect, sizeReads, sizesNow, type Sized } from "../functions/sizes/index.js";
import { clusterStatus, errorStatus, statusReads } from "../functions/status/status.js";
import type { Psmdb, PsmdbStatus } from "../types.js";
import { runFunctions, type Access, type PassOutcome } from "./run-functions.js";

/** What a pass ends with. */
export interface Reconciled {
  /** Absent when the custom resource is gone by now. */
  readonly status?: PsmdbStatus;
  readonly askAgainMs?: number;
}

/**
 * Makes one pass over a cluster.
 *
 * **API requests:** those of `access`.
 *
 * @throws what went wrong and may go well the next time; what cannot is told in the status.
 */
export async function reconcileCluster(
  primary: Psmdb,
  access: Access,
  sources: Sources,
): Promise<Reconciled> {
  try {
    return await reconcileOnce(primary, access, sources);
  } catch (error) {
    // The same wish would be refused again; the user has to change it, and is told so.
    if (!isExpansionError(error) || error.retry !== "never") throw error;
    await tell(primary, "Refused", error.message, access);
    return { status: errorStatus(primary, error.message, sources.now()) };
  }
}

async function reconcileOnce(
  primary: Psmdb,
  access: Access,
  sources: Sources,
): Promise<Reconciled> {
  const cluster = validCluster(primary);
  if (cluster instanceof InvalidClusterError) return refuse(primary, cluster, access, sources);
  const isGoing = primary.metadata.deletionTimestamp !== undefined;
  const sized = isGoing
    ? await end(primary, cluster, access, sources)
    : await size(primary, cluster, access, sources);
  if (sized === "gone") return {};
  const outcome =
    sized === undefined
      ? atRest
      : withSizes(await runFunctions(sized.cluster, access, sources), sized);
  const nowMs = sources.now();
  const { status, askAgainMs } = clusterStatus(
    primary,
    cluster,
    await access.observe(statusReads(cluster)),
    { ...outcome, nowMs },
  );
  return { status, ...soonest(outcome.askAgainMs, askAgainMs) };
}

/** The cluster that may be brought about now. */
async function size(
  primary: Psmdb,
  cluster: Cluster,
  access: Access,
  sources: Sources,
): Promise<Sized> {
  const observed = await access.observe(sizeReads(cluster));
  return sizesNow(clusterInEffect(primary, cluster, observed), observed, sources);
}

const atRest: PassOutcome = { waits: [], notes: {}, askAgainMs: undefined };

function validCluster(primary: Psmdb): Cluster | InvalidClusterError {
  try {
    return defaultCluster(primary);
  } catch (error) {
    if (error instanceof InvalidClusterError) return error;
    throw error;
  }
}

/** What runs is left as it is; only a custom resource that is to go must be able to. */
async function refuse(
  primary: Psmdb,
  { message }: InvalidClusterError,
  access: Access,
  sources: Sources,
): Promise<Reconciled> {
  const isGoing = primary.metadata.deletionTimestamp !== undefined;
  await tell(primary, "Invalid", message, access);
  const isKept = !isGoing || (await dropFinalizers(primary, finalizerOrder, access));
  return isKept ? { status: errorStatus(primary, message, sources.now()) } : {};
}

/** An Event per message that is news; the status, which is written behind it, remembers the last one. */
async function tell(
  { status }: Psmdb,
  reason: string,
  message: string,
  access: Access,
): Promise<void> {
  if (status?.state === "error" && status.message === message) return;
  await access.report({ type: "Warning", reason, message });
}

/** Does what the finalizers ask for. @returns the sizes on the way, or that there is nothing to size. */
async function end(
  primary: Psmdb,
  cluster: Cluster,
  access: Access,
  sources: Sources,
): Promise<Sized | undefined | "gone"> {
  const observed = await access.observe(finalizerReads(cluster));
  const isInError = primary.status?.state === "error";
  const finalizers = primary.metadata.finalizers ?? [];
  const inEffect = clusterInEffect(primary, cluster, observed);
  const ending = await endingOf(inEffect, finalizers, isInError, observed, sources);
  await access.change(ending.changes);
  const isKept = await dropFinalizers(primary, ending.done, access);
  return isKept ? ending.sized : "gone";
}

/** @returns whether finalizers are left, and with them the custom resource. */
async function dropFinalizers(
  { metadata }: Psmdb,
  done: readonly string[],
  access: Access,
): Promise<boolean> {
  const all = metadata.finalizers ?? [];
  const dropped = all.filter((finalizer) => done.includes(finalizer));
  if (dropped.length > 0) await access.removeFinalizers(dropped);
  return dropped.length < all.length;
}

function withSizes(outcome: PassOutcome, sized: Sized): PassOutcome {
  const { cluster, waitFor, askAgainMs } = sized;
  const waits = waitFor === undefined ? outcome.waits : [waitFor, ...outcome.waits];
  return {
    waits,
    notes: mergeNotes([outcome.notes, { conditions: [shardingCondition(cluster)] }]),
    askAgainMs: soonest(outcome.askAgainMs, askAgainMs).askAgainMs,
  };
}

/** As it is in effect: while the old shape stops, the condition is still the old one. */
function shardingCondition({ isSharded }: Cluster): ConditionNote {
  return { type: "sharding", status: isSharded ? "True" : "False" };
}

function soonest(...times: readonly (number | undefined)[]): { readonly askAgainMs?: number } {
  const due = times.filter((time) => time !== undefined);
  return due.length === 0 ? {} : { askAgainMs: Math.min(...due) };
}
