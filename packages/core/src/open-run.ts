// SPDX-License-Identifier: Apache-2.0
// The host's side of a run that happens elsewhere: sends what it is given, answers what it asks (stage 5).
import { hasCode } from "./api-errors.js";
import { ConfigurationError, errorFromPlain } from "./errors.js";
import { defineKind, type Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import type { Result } from "./reconcile.js";
import {
  plainOf,
  type AnswerMessage,
  type CallMessage,
  type ExclusiveMessage,
  type KindMessage,
  type ListMessage,
  type OutcomeMessage,
  type RunMessage,
} from "./run-messages.js";
import type { Exclusive, SubReconciler, SubRequest } from "./sub-reconciler.js";

/** A run that happens elsewhere. */
export interface OpenRun {
  /** What it is given: plain data, ready for JSON. */
  readonly message: RunMessage;
  /** Does what it asks. Never rejects: errors are answers. */
  answer(call: CallMessage): Promise<AnswerMessage>;
}

/**
 * Opens a run for a host: what has to be sent to wherever the sub-reconciler is, and who answers it.
 *
 * The guest has no other way to act, so what it may read and write is held to its declaration on
 * this side of the border.
 *
 * **API requests:** those that the run asks for.
 *
 * @example A host over some way of sending text
 * ```ts
 * const host: SubReconcilerHost = {
 *   async run(subReconciler, phase, request) {
 *     const run = openRun(subReconciler, phase, request);
 *     return resultOf(await guest.run(run.message, (call) => run.answer(call)));
 *   },
 * };
 * ```
 */
export function openRun<P extends KubernetesObject>(
  { name }: Pick<SubReconciler<P>, "name">,
  phase: "reconcile" | "cleanup",
  request: SubRequest<P>,
): OpenRun {
  const { ref, primary, attempt, reasons, objects, waits, scheduledTime } = request;
  const secondaries = listsOf(request);
  const message: RunMessage = {
    ...{ name, phase, ref, primary, attempt, reasons, waits, fieldManager: objects.fieldManager },
    ...(scheduledTime === undefined ? {} : { scheduledTime }),
    ...(secondaries === undefined ? {} : { secondaries }),
  };
  const locks: Exclusive[] = [];
  return {
    message,
    async answer(call) {
      try {
        return { value: await perform(call, request as unknown as SubRequest, locks) };
      } catch (error) {
        return { error: plainOf(error) };
      }
    },
  };
}

/** The result of a run that happened elsewhere. @throws the error it ended with. */
export function resultOf(outcome: OutcomeMessage): Result {
  if ("error" in outcome) throw errorFromPlain(outcome.error);
  return outcome.result;
}

function listsOf<P extends KubernetesObject>(
  request: SubRequest<P>,
): Readonly<Record<string, ListMessage>> | undefined {
  const lists = snapshotOf(request);
  if (lists === undefined) return undefined;
  const messages = Object.entries(lists).map(([name, list]): [string, ListMessage] => {
    const { available, synced, staleSinceMs } = list;
    const stale = staleSinceMs === undefined ? {} : { staleSinceMs };
    return [name, { items: [...list], available, synced, ...stale }];
  });
  return Object.fromEntries(messages);
}

function snapshotOf<P extends KubernetesObject>(
  request: SubRequest<P>,
): SubRequest["secondaries"] | undefined {
  try {
    return request.secondaries;
  } catch (error) {
    if (hasCode(error, "EXP_CONFIGURATION")) return undefined; // No secondary index: nothing to send.
    throw error;
  }
}

/** The kind that a message names. */
export function kindOfMessage(message: KindMessage): Kind<KubernetesObject> {
  const { apiVersion, kind, plural, namespaced } = message;
  return defineKind(apiVersion, kind, { plural, scope: namespaced ? "Namespaced" : "Cluster" });
}

async function perform(
  message: CallMessage,
  request: SubRequest,
  locks: Exclusive[],
): Promise<unknown> {
  const { objects, signal } = request;
  switch (message.call) {
    case "setStatus":
      return request.setStatus(...message.args);
    case "setCondition":
      return request.setCondition(...message.args);
    case "waitFor":
      return request.waitFor(...message.args);
    case "exclusive": {
      const held = await request.exclusive(...message.args);
      const { isHeld, holder, result } = held;
      return { lock: locks.push(held) - 1, isHeld, holder, result } satisfies ExclusiveMessage;
    }
    case "release":
      return locks[message.args[0]]?.release();
    case "get":
    case "mustGet":
      return objects[message.call](kindOfMessage(message.args[0]), message.args[1]);
    case "list":
      return objects.list(kindOfMessage(message.args[0]), { ...message.args[1], signal });
    case "apply": {
      const [kind, desired, options] = message.args;
      return objects.apply(kindOfMessage(kind), desired, { ...options, signal });
    }
    case "applyStatus": {
      const [kind, object, status, options] = message.args;
      return objects.applyStatus(kindOfMessage(kind), object, status, { ...options, signal });
    }
    case "create": {
      const [kind, draft, options] = message.args;
      return objects.create(kindOfMessage(kind), draft, { ...options, signal });
    }
    case "mergePatch": {
      const [kind, object, patch, options] = message.args;
      return objects.mergePatch(kindOfMessage(kind), object, patch, { ...options, signal });
    }
    case "jsonPatch": {
      const [kind, object, changed, options] = message.args;
      return objects.jsonPatch(kindOfMessage(kind), object, changed, { ...options, signal });
    }
    case "delete": {
      const [kind, object, options] = message.args;
      return objects.delete(kindOfMessage(kind), object, options);
    }
    case "addFinalizer":
    case "removeFinalizer": {
      const [kind, object, finalizer] = message.args;
      return objects[message.call](kindOfMessage(kind), object, finalizer);
    }
    case "event": {
      const [kind, regarding, note] = message.args;
      return objects.event(kindOfMessage(kind), regarding, note);
    }
    default:
      throw new ConfigurationError(
        `cannot answer "${String((message as { call: unknown }).call)}": a run may not ask for that. ` +
          "Use the methods of its request.",
      );
  }
}
