// SPDX-License-Identifier: Apache-2.0
// One run of an instance: the cluster in effect, its functions in order, what they found out (stage 5: reconcile).
import {
  done,
  halt,
  isExpansionError,
  requeueAfter,
  type Result,
  type SubRequest,
} from "haversack";
import type { Cluster } from "../../cluster.js";
import { defaultCluster } from "../../defaults.js";
import { InvalidClusterError } from "../../defaults/validation.js";
import { mergeNotes, type Notes } from "../../functions/notes.js";
import type { Observed, Part, Sources } from "../../functions/part.js";
import type { Manifest } from "../../json.js";
import { clusterInEffect, type Sized } from "../../functions/sizes/index.js";
import { resized, votingSet } from "../../functions/sizes/sized.js";
import { wantedReplicas } from "../../functions/pods.js";
import type { Psmdb } from "../../types.js";
import { readinessOf, refusalOf, type InstanceName } from "./conditions.js";
import { makeChanges } from "./make-changes.js";
import { RunView } from "./run-view.js";

/** What instances are made with. */
export interface InstanceOptions {
  readonly sources: Sources;
  /** Told every wish before it is compared with what exists. */
  onWish?(wish: Manifest): void;
}

/** An instance as its run needs it. */
export interface Runnable {
  readonly name: InstanceName;
  readonly parts: readonly Part[];
  /** The cluster that its functions are to bring about now. Default: as large as it is meant to be now. */
  size?(primary: Psmdb, cluster: Cluster, view: Observed, sources: Sources): Promise<Sized>;
  /** What has to come before any of its functions decides. */
  obstacle?(cluster: Cluster, view: Observed): string | undefined;
  /** Says in the status what its functions found out. */
  tell?(request: SubRequest<Psmdb>, cluster: Cluster, notes: Notes): void;
  /** Whether it is ready although nothing is waited for, or the other way round. */
  isReady?(cluster: Cluster, notes: Notes): boolean;
}

/** The custom resource with defaults, or why that cannot be. */
export function validCluster(primary: Psmdb): Cluster | InvalidClusterError {
  try {
    return defaultCluster(primary);
  } catch (error) {
    if (error instanceof InvalidClusterError) return error;
    throw error;
  }
}

/** What a run sees of the index. */
export function viewOf({ primary, secondaries }: SubRequest<Psmdb>): RunView {
  return new RunView(secondaries as never, primary.metadata.namespace);
}

/**
 * Runs the functions of an instance.
 *
 * **API requests:** 1 per object that differs.
 *
 * @throws what went wrong; what will go wrong again is told in the condition of the instance as well.
 */
export async function runInstance(
  instance: Runnable,
  request: SubRequest<Psmdb>,
  options: InstanceOptions,
): Promise<Result> {
  try {
    return await runFunctions(instance, request, options);
  } catch (error) {
    if (isExpansionError(error) && error.retry === "never")
      request.setCondition(refusalOf(instance.name, error.message));
    throw error;
  }
}

async function runFunctions(
  { name, parts, size, obstacle, tell, isReady }: Runnable,
  request: SubRequest<Psmdb>,
  options: InstanceOptions,
): Promise<Result> {
  const { primary, objects } = request;
  const { sources, onWish } = options;
  const valid = validCluster(primary);
  if (valid instanceof InvalidClusterError) return halt(valid.message);
  const view = viewOf(request);
  const sized = await (size ?? asLargeAsMeant)(primary, valid, view, sources);
  const missing = obstacle?.(sized.cluster, view);
  if (missing !== undefined) {
    request.setCondition(readinessOf(name, [missing]));
    return done;
  }
  const waits = sized.waitFor === undefined ? [] : [sized.waitFor];
  const again = sized.askAgainMs === undefined ? [] : [sized.askAgainMs];
  const found: (Notes | undefined)[] = [];
  const making = { primary, objects, view, ...(onWish === undefined ? {} : { onWish }) };
  for (const part of parts) {
    const changes = await part.build(sized.cluster, view, sources);
    await makeChanges(changes, making);
    found.push(changes.notes);
    if (changes.waitFor !== undefined) waits.push(changes.waitFor);
    if (changes.askAgainMs !== undefined) again.push(changes.askAgainMs);
  }
  const notes = mergeNotes(found);
  tell?.(request, sized.cluster, notes);
  request.setCondition(readinessOf(name, waits, isReady?.(sized.cluster, notes)));
  return again.length === 0 ? done : requeueAfter(Math.min(...again));
}

/**
 * The cluster as it is meant to be now, for all but the one instance that moves its size: a replica
 * set that shrinks is as large as it still is.
 */
function asLargeAsMeant(primary: Psmdb, cluster: Cluster, view: Observed): Promise<Sized> {
  const inEffect = clusterInEffect(primary, cluster, view);
  if (inEffect.isPaused) return Promise.resolve({ cluster: inEffect });
  const replsets = inEffect.replsets.map((replset) => {
    const found = votingSet(replset, view);
    const live = found === undefined ? 0 : wantedReplicas(found.set);
    return found !== undefined && live > found.group.size ? resized(replset, live) : replset;
  });
  return Promise.resolve({ cluster: { ...inEffect, replsets } });
}
