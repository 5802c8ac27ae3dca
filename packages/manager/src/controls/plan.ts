// SPDX-License-Identifier: Apache-2.0
// One pass that writes nothing, and what it would have written (stage 5: reconcile).
import {
  NotFoundError,
  formatRef,
  objectKey,
  refOf,
  silentLogger,
  type ApiClient,
  type Clock,
  type Logger,
  type ObjectKey,
  type Result,
} from "@haversack/core";
import { handMade, startCaches, type HandMade } from "./caches-only.js";
import { diffObjects, formatDifference } from "./diff-objects.js";
import { PlanningClient, type PlannedWrite } from "./planning-client.js";

/** Options of `planPass`. */
export interface PlanOptions {
  readonly client: ApiClient;
  /** The primary. */
  readonly key: ObjectKey;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** What a pass would do. */
export interface PassPlan {
  /** In the order in which they would be made. */
  readonly writes: readonly PlannedWrite[];
  /** What it would return; `undefined` when it failed. */
  readonly result: Result | undefined;
  /** What it would fail with. */
  readonly error: unknown;
  /** All of it for people: one block per write, values of Secrets left out. */
  readonly text: string;
}

/** See `planPass`. @internal */
export async function makePlan(reconciler: object, options: PlanOptions): Promise<PassPlan> {
  const { key, clock, logger = silentLogger } = options;
  const client = new PlanningClient(options.client);
  const target = handMade(reconciler, "plan");
  const environment = { client, logger, ...(clock === undefined ? {} : { clock }) };
  const running = await startCaches(target, environment);
  try {
    return await pass(target, key, client);
  } finally {
    await running.stop();
  }
}

function formatPlan({ writes, result, error }: Omit<PassPlan, "text">): string {
  const blocks = writes.map((write) => {
    const { verb, resource, namespace, name, before, after } = write;
    const where = objectKey(namespace === undefined ? { name } : { namespace, name });
    const lines = verb === "delete" ? [] : diffObjects(before, after).map(formatDifference);
    return [`${verb} ${resource} ${where}`, ...lines].join("\n");
  });
  const end = error === undefined ? `then ${describe(result)}` : `then it fails: ${String(error)}`;
  const nothing = writes.length === 0 ? ["nothing to write"] : [];
  return `${[...blocks, ...nothing, end].join("\n")}\n`;
}

async function pass(target: HandMade, key: ObjectKey, client: PlanningClient): Promise<PassPlan> {
  const primary = target.watches?.primary(key);
  const { group, kind } = target.primaryKind;
  if (primary === undefined) {
    const ref = { group, kind, ...key };
    throw new NotFoundError(
      "EXP_NOT_FOUND",
      `cannot plan for ${formatRef(ref)}: it is not in the cache. Check its name and namespace.`,
      "never",
      404,
      undefined,
      { ref },
    );
  }
  const request = Object.freeze({
    ref: refOf(target.primaryKind, primary),
    primary,
    signal: new AbortController().signal,
    attempt: 0,
    reasons: [{ source: "plan" }],
  });
  try {
    const result = (await target.reconcile(request)) ?? { kind: "done" as const };
    return withText({ writes: client.writes, result, error: undefined });
  } catch (error) {
    return withText({ writes: client.writes, result: undefined, error });
  }
}

function withText(plan: Omit<PassPlan, "text">): PassPlan {
  return { ...plan, text: formatPlan(plan) };
}

function describe(result: Result | undefined): string {
  if (result?.kind === "requeue") return `again after ${result.afterMs} ms`;
  return result?.kind === "halt" ? `it halts: ${result.because}` : "it is done";
}
