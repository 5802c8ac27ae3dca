// SPDX-License-Identifier: Apache-2.0
// Server-side apply behind the diff ladder (stage 6: writes).
import {
  hasCode,
  type Kind,
  type KubernetesObject,
  type WriteOptions,
  type WriteResult,
} from "@haversack/core";
import { ApiCall } from "./api-call.js";
import type { Mismatch } from "./compare.js";
import { desiredOf, isSecret, slotOf, type Desired } from "./desired.js";
import {
  climb,
  isOwnedAsDeclared,
  mismatchesOf,
  remember,
  sendApply,
  type Verdict,
} from "./diff-ladder.js";
import { canonicalText } from "./json-value.js";
import { liveObject, recordStored, type Live } from "./live-object.js";
import { isLostAnswer, readAfterLostAnswer } from "./lost-answer.js";
import { otherManagers } from "./managed-fields.js";
import type { ObjectsContext } from "./objects-context.js";
import { ensureOwner, refuseForeignController } from "./owner.js";
import { FieldFightError } from "./write-loops.js";

/**
 * Makes the live object what is declared; sends nothing when it is already.
 *
 * **API requests:** 0 when nothing changes and a cache covers the kind, 1 GET without a cache or for
 * the first look after a restart; else 1 PATCH, now and then 2 (dry run).
 */
export async function applyObject<T extends KubernetesObject>(
  context: ObjectsContext,
  kind: Kind<T>,
  object: T,
  options: WriteOptions,
): Promise<WriteResult<T>> {
  const { owner } = options;
  const { ownerKind } = context;
  const declared = owner === undefined ? object : ensureOwner(kind, object, owner, { ownerKind });
  const desired = desiredOf<T>(kind, declared);
  const call = new ApiCall<T>(context, {
    kind,
    ref: desired.ref,
    attempt: "apply",
    signal: options.signal,
    confidential: isSecret(kind) ? [object] : [],
  });
  const live = await liveObject(context, call);
  refuseForeignController(declared, live.object, desired.ref);
  return settle(context, call, desired, live, options);
}

/** Climbs the ladder and writes if it says so. **API requests:** as {@link applyObject}. */
export async function settle<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  live: Live<T>,
  options: WriteOptions,
): Promise<WriteResult<T>> {
  const force = options.force ?? context.force;
  const verdict = await climb(context, call, desired, live, force);
  context.runtime().metrics.count("haversack_apply_total", {
    kind: desired.kind.kind,
    rung: verdict.rung,
  });
  if (!verdict.isWriteNeeded && verdict.live !== undefined) {
    return { object: verdict.live, outcome: "unchanged", requests: call.requests };
  }
  if (verdict.rung === "drift") await holdBackFight(context, call, desired, verdict.mismatches);
  if (verdict.rung === "changed") warnOfLoop(context, desired, verdict);
  return write(context, call, desired, verdict, options, force);
}

async function write<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  { live }: Verdict<T>,
  { resourceVersion }: WriteOptions,
  force: boolean,
): Promise<WriteResult<T>> {
  try {
    const body =
      resourceVersion === undefined ? desired.text : textWithVersion(desired, resourceVersion);
    const answer = await sendApply(context, call, desired, { force, body });
    const isCreated = answer.status === 201;
    const isSameVersion =
      live?.metadata.resourceVersion !== undefined &&
      live.metadata.resourceVersion === answer.body.metadata.resourceVersion;
    const outcome = isCreated ? "created" : isSameVersion ? "unchanged" : "updated";
    return finish(context, call, desired, answer.body, outcome);
  } catch (error) {
    return recover(context, call, desired, live, error);
  }
}

/** What a failed write turns into: success after all, a clearer error, or the error itself. */
async function recover<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  before: T | undefined,
  error: unknown,
): Promise<WriteResult<T>> {
  if (isLostAnswer(error)) {
    context.memory.delete(slotOf(desired));
    const live = await readAfterLostAnswer(context, call, error);
    if (live === undefined || !isApplied(context, desired, live)) throw error;
    return finish(context, call, desired, live, before === undefined ? "created" : "updated");
  }
  if (hasCode(error, "EXP_INVALID") && desired.subresource === undefined) {
    // The cache may not know yet that another controller has the object.
    const declared = desired.body as unknown as KubernetesObject;
    const isControlled = declared.metadata.ownerReferences?.some(
      (each) => each.controller === true,
    );
    if (isControlled === true) refuseForeignController(declared, await call.read(), desired.ref);
  }
  throw error;
}

function finish<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  answer: T,
  outcome: WriteResult<T>["outcome"],
): WriteResult<T> {
  remember(context, desired, answer);
  const object = recordStored(context, desired.kind, answer);
  return { object, outcome, requests: call.requests };
}

function isApplied<T extends KubernetesObject>(
  context: ObjectsContext,
  desired: Desired<T>,
  live: T,
): boolean {
  return mismatchesOf(desired, live).length === 0 && isOwnedAsDeclared(context, desired, live);
}

/**
 * Two writers that undo each other would go on for ever at full speed.
 *
 * **API requests:** 0; 1 GET when it begins, to name the other one.
 */
async function holdBackFight<T extends KubernetesObject>(
  context: ObjectsContext,
  call: ApiCall<T>,
  desired: Desired<T>,
  mismatches: readonly Mismatch[],
): Promise<void> {
  const { clock, logger, metrics } = context.runtime();
  const loop = context.loops.note(`repair ${slotOf(desired)}`, clock.monotonicMs());
  if (loop === "fine") return;
  const paths = mismatches.map((each) => each.path);
  const live = loop === "looping-first" ? await call.read() : undefined;
  const managers = paths.flatMap((path) =>
    live === undefined ? [] : otherManagers(live, context.fieldManager, path),
  );
  const error = new FieldFightError(desired.ref, paths, [...new Set(managers)]);
  metrics.count("haversack_field_fights_total", { kind: desired.kind.kind });
  if (loop === "looping-first") logger.warn(error.message, { paths: paths.join(" ") });
  throw error;
}

/** A declaration that holds the time of each pass is never the same and writes for ever. */
function warnOfLoop<T extends KubernetesObject>(
  context: ObjectsContext,
  desired: Desired<T>,
  { live }: Verdict<T>,
): void {
  const { clock, logger, metrics } = context.runtime();
  const loop = context.loops.note(`change ${slotOf(desired)}`, clock.monotonicMs());
  if (loop === "fine" || live === undefined) return;
  const { kind, namespace, name } = desired.ref;
  metrics.count("haversack_write_loops_total", { kind });
  if (loop === "looping") return;
  const paths = mismatchesOf(desired, live).map((each) => each.path);
  logger.warn(
    "an object is declared differently again and again: it probably holds something that differs each pass, such as a time",
    { kind, namespace, name, paths: paths.slice(0, 5).join(" ") },
  );
}

function textWithVersion(desired: Desired, resourceVersion: string): string {
  const { metadata } = desired.body as unknown as KubernetesObject;
  const body = { ...desired.body, metadata: { ...metadata, resourceVersion } };
  return canonicalText(body as unknown as Desired["body"], desired.ref);
}
