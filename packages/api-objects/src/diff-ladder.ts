// SPDX-License-Identifier: Apache-2.0
// The diff ladder: five questions, cheapest first, before anything is written (stage 6: writes).
import { hasCode, objectPath, type KubernetesObject } from "@haversack/core";
import type { ApiCall } from "./api-call.js";
import type { Verified } from "./applied-memory.js";
import { findMismatches, type Mismatch } from "./compare.js";
import { slotOf, type Desired } from "./desired.js";
import { isSameJson, without, type JsonObject } from "./json-value.js";
import {
  learnMutations,
  unexplained,
  type LearnedMutations,
  type Moment,
} from "./learned-mutations.js";
import { ownedFields, pruneToOwned } from "./managed-fields.js";
import type { ObjectsContext } from "./objects-context.js";
import type { Live } from "./live-object.js";

/** Which rung of the ladder decided; a metric label. */
export type Rung = "verified" | "compared" | "dry-run" | "absent" | "changed" | "owned" | "drift";

/** What the ladder decided. */
export interface Verdict<T extends KubernetesObject> {
  readonly isWriteNeeded: boolean;
  readonly rung: Rung;
  /** The live object the decision rests on. */
  readonly live: T | undefined;
  /** Where it differs, for messages. */
  readonly mismatches: readonly Mismatch[];
}

/**
 * Decides whether a declared object has to be written.
 *
 * 1. Same declaration and same live version as last verified: nothing to do.
 * 2. Another declaration than last applied: write, so that fields no longer declared go, too.
 * 3. Compare what is declared with what is live by the API server's rules, differences that the
 *    server is known to make left out. Without a memory, as after a restart, managedFields say what
 *    is ours: fields that we own and no longer declare, or declare and do not own, need a write.
 * 4. What is left is asked of the server once, as a dry run.
 * 5. Write.
 *
 * **API requests:** 0; 1 GET when nothing is remembered, the cache has no managedFields and nothing
 * declared is missing; 1 PATCH (dry run) for a difference not seen before.
 */
export async function climb<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  known: Live<T>,
  force: boolean,
): Promise<Verdict<T>> {
  if (known.object === undefined) return verdict<T>("absent", true, undefined);
  const memory = context.memory.get(slotOf(desired), known.object.metadata.uid);
  if (memory === undefined) return climbWithoutMemory(context, call, desired, known, force);
  if (memory.hash !== desired.hash) return verdict("changed", true, known.object);
  const { resourceVersion } = known.object.metadata;
  if (resourceVersion !== undefined && memory.resourceVersion === resourceVersion) {
    return verdict("verified", false, known.object);
  }
  const different = unexplainedIn(context, desired, known.object, memory);
  if (different.length === 0) {
    remember(context, desired, known.object, memory.learned);
    return verdict("compared", false, known.object);
  }
  return askServer(context, call, desired, known.object, different, force);
}

async function climbWithoutMemory<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  known: Live<T>,
  force: boolean,
): Promise<Verdict<T>> {
  const isTold = known.isFresh || known.object?.metadata.managedFields !== undefined;
  if (!isTold && known.object !== undefined) {
    // What is declared and not there at all is no matter of how a value is written.
    const missing = unexplainedIn(context, desired, known.object, undefined);
    if (missing.some((each) => each.live === undefined)) {
      return verdict("absent", true, known.object, missing);
    }
  }
  const live = isTold ? known.object : await call.read();
  if (live === undefined) return verdict<T>("absent", true, undefined);
  const different = unexplainedIn(context, desired, live, undefined);
  const isOwnershipWrong = !isOwnedAsDeclared(context, desired, live, different);
  // Only a real write puts ownership right, so there is nothing to ask.
  if (isOwnershipWrong) return verdict("owned", true, live, different);
  if (different.length > 0) return askServer(context, call, desired, live, different, force);
  remember(context, desired, live);
  return verdict("compared", false, live);
}

/** Rung 4. A dry run that changes nothing teaches the differences; one that fails decides nothing. */
async function askServer<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  live: T,
  different: readonly Mismatch[],
  force: boolean,
): Promise<Verdict<T>> {
  const answer = await dryRun(context, call, desired, force);
  if (answer === undefined || !isSameContent(answer, live, desired.subresource)) {
    return verdict("drift", true, live, different);
  }
  remember(context, desired, live);
  context.runtime().logger.debug("the server answers what it already holds; remembered as equal", {
    object: desired.ref.name,
    namespace: desired.ref.namespace,
    kind: desired.ref.kind,
    paths: different.map((each) => each.path).join(" "),
  });
  return verdict("dry-run", false, live);
}

/** Sends the apply for real, or as a dry run. **API requests:** 1 PATCH. */
export function sendApply<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  options: { readonly force: boolean; readonly body?: string; readonly isDryRun?: boolean },
): Promise<{ status: number; body: T }> {
  return call.send<T>({
    method: "PATCH",
    path: objectPath(desired.kind, desired.key, desired.subresource),
    contentType: "application/apply-patch+yaml",
    query: {
      fieldManager: context.fieldManager,
      force: options.force,
      dryRun: options.isDryRun === true ? "All" : undefined,
    },
    body: options.body ?? desired.text,
  });
}

/** Remembers that an object is as declared, and how it differs from the letter. **API requests:** 0. */
export function remember<T extends KubernetesObject>(
  context: ObjectsContext,
  desired: Desired<T>,
  live: T,
  learned: LearnedMutations = learnMutations(
    mismatchesOf(desired, live),
    momentOf(context, desired, live),
  ),
): void {
  const { uid, resourceVersion } = live.metadata;
  const conditionTypes = context.memory.get(slotOf(desired), uid)?.conditionTypes;
  context.memory.set(slotOf(desired), {
    uid,
    hash: desired.hash,
    resourceVersion,
    learned,
    conditionTypes,
  });
}

async function dryRun<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  force: boolean,
): Promise<T | undefined> {
  try {
    return (await sendApply(context, call, desired, { force, isDryRun: true })).body;
  } catch (error) {
    // A webhook that takes no dry runs, or an object that is refused: the real write tells.
    if (hasCode(error, "EXP_INVALID", "EXP_SERVER", "EXP_NOT_FOUND")) return undefined;
    throw error;
  }
}

function unexplainedIn<T extends KubernetesObject>(
  context: ObjectsContext,
  desired: Desired<T>,
  live: T,
  memory: Verified | undefined,
): readonly Mismatch[] {
  const moment = momentOf(context, desired, live);
  return unexplained(mismatchesOf(desired, live), memory?.learned, moment);
}

function momentOf(context: ObjectsContext, { ref }: Desired, live: KubernetesObject): Moment {
  const nowMs = context.runtime().clock.monotonicMs();
  return { generation: live.metadata.generation, nowMs, ref };
}

/** Where a live object differs from a declared one. **API requests:** 0. */
export function mismatchesOf<T extends KubernetesObject>(
  desired: Desired<T>,
  live: T,
): readonly Mismatch[] {
  return findMismatches(desired.kind, contentOf(desired), live as unknown as JsonObject);
}

/**
 * Whether we own exactly what we declare, differences of content left aside.
 *
 * **API requests:** 0.
 */
export function isOwnedAsDeclared<T extends KubernetesObject>(
  context: ObjectsContext,
  desired: Desired<T>,
  live: T,
  different: readonly Mismatch[] = [],
): boolean {
  const owned = ownedFields(live, context.fieldManager, desired.subresource);
  if (owned === undefined) return true; // A server without managedFields cannot tell; content decides.
  if (owned === "nothing") return false;
  const pruned = pruneToOwned(live as unknown as JsonObject, owned) as JsonObject;
  const content = contentOf(desired);
  const known = new Set(different.map((each) => each.path));
  return findMismatches(desired.kind, content, pruned, "reported").every((each) =>
    known.has(each.path),
  );
}

function contentOf<T extends KubernetesObject>(desired: Desired<T>): JsonObject {
  if (desired.subresource === undefined) return desired.body;
  return { status: desired.body.status ?? {} };
}

/** Whether a dry run's answer and the live object differ in nothing but bookkeeping. */
function isSameContent(
  answer: KubernetesObject,
  live: KubernetesObject,
  subresource: "status" | undefined,
): boolean {
  const [a, b] = [answer, live].map((object) => {
    const fields = object as KubernetesObject & { status?: unknown };
    if (subresource === "status") return { status: fields.status ?? {} };
    const metadata = without(object.metadata, "managedFields", "resourceVersion", "generation");
    return { ...without(fields, "status", "apiVersion", "kind"), metadata };
  });
  return isSameJson(a, b);
}

function verdict<T extends KubernetesObject>(
  rung: Rung,
  isWriteNeeded: boolean,
  live: T | undefined,
  mismatches: readonly Mismatch[] = [],
): Verdict<T> {
  return { isWriteNeeded, rung, live, mismatches };
}
