// SPDX-License-Identifier: Apache-2.0
// The guest's side of a run: makes a request out of messages, and a message out of what came of it (stage 5).
import type { ObjectsApi, SecondaryKinds, SecondarySnapshot } from "./capabilities.js";
import { ConfigurationError, errorFromPlain } from "./errors.js";
import type { Kind } from "./kind.js";
import type { KubernetesObject } from "./kubernetes-object.js";
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
import { done } from "./reconcile.js";
import type { ObjectKey } from "./resource-ref.js";
import type { Exclusive, ExclusiveOptions, SubReconciler, SubRequest } from "./sub-reconciler.js";
import { decideWait } from "./wait-for.js";

/** Sends a call to the host and resolves with its answer. */
export type SendCall = (call: CallMessage) => Promise<AnswerMessage>;

/**
 * Runs the sub-reconciler that a message names.
 *
 * **API requests:** 0 by itself; every call of the request goes to the host.
 * **Guarantees:** never rejects; what the run did not wait for has been answered when it resolves.
 *
 * @param signal Aborted when the host says so.
 * @example In a guest
 * ```ts
 * const outcome = await runMessage([config, workload], message, send);
 * ```
 */
export async function runMessage<P extends KubernetesObject>(
  subReconcilers: readonly SubReconciler<P>[],
  message: RunMessage,
  send: SendCall,
  signal: AbortSignal = new AbortController().signal,
): Promise<OutcomeMessage> {
  const guest = new GuestRun(message, send, signal);
  try {
    const found = subReconcilers.find(({ name }) => name === message.name);
    if (found === undefined)
      throw new ConfigurationError(
        `cannot run "${message.name}": this guest does not have it. Build the guest from the same list.`,
      );
    const request = guest.request as unknown as SubRequest<P>;
    const run = message.phase === "reconcile" ? found.reconcile(request) : found.cleanup?.(request);
    return { result: (await guest.settled(run)) ?? done };
  } catch (error) {
    return { error: plainOf(error) };
  }
}

class GuestRun {
  readonly request: SubRequest;
  readonly #send: SendCall;
  /** What was said and not waited for; its refusal is an error of the run. */
  readonly #said: Promise<unknown>[] = [];

  constructor(message: RunMessage, send: SendCall, signal: AbortSignal) {
    this.#send = send;
    const { name, ref, primary, attempt, reasons, waits, scheduledTime } = message;
    const call = <T>(each: CallMessage): Promise<T> => this.#call<T>(each);
    const say = (each: CallMessage): void => {
      const said = this.#call(each);
      said.catch(() => undefined); // Told by `settled`.
      this.#said.push(said);
    };
    const secondaries = message.secondaries && snapshotOf(message.secondaries, name, primary);
    this.request = Object.freeze({
      ...{ name, ref, primary, attempt, reasons, waits, signal, scheduledTime },
      objects: objectsOf(message.fieldManager, call),
      get secondaries(): SecondarySnapshot<SecondaryKinds> {
        if (secondaries !== undefined) return secondaries;
        throw new ConfigurationError(
          `"${name}" has no secondaries: the reconciler has no secondary index. ` +
            "Apply withSecondaryIndex(…) to it.",
        );
      },
      setStatus: (status: object) => say({ call: "setStatus", args: [status] }),
      setCondition: (condition: Parameters<SubRequest["setCondition"]>[0]) =>
        say({ call: "setCondition", args: [condition] }),
      waitFor: (wait: Parameters<SubRequest["waitFor"]>[0]) => {
        say({ call: "waitFor", args: [wait] });
        return decideWait(wait, waits).wait;
      },
      exclusive: async (lock: string, options: ExclusiveOptions = {}): Promise<Exclusive> => {
        const held = await call<ExclusiveMessage>({ call: "exclusive", args: [lock, options] });
        const release = (): Promise<void> => call({ call: "release", args: [held.lock] });
        return { isHeld: held.isHeld, holder: held.holder, result: held.result, release };
      },
    });
  }

  /** Resolves when a run is over and everything it said was taken in. @throws its error, or the first refusal. */
  async settled<T>(run: Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await run;
    } finally {
      await Promise.allSettled(this.#said);
      await Promise.all(this.#said);
    }
  }

  async #call<T>(message: CallMessage): Promise<T> {
    const answer = await this.#send(message);
    if ("error" in answer) throw errorFromPlain(answer.error);
    return answer.value as T;
  }
}

function objectsOf(fieldManager: string, call: <T>(each: CallMessage) => Promise<T>): ObjectsApi {
  const plain = <O extends object>(options: O | undefined): Omit<O, "signal"> => {
    const { signal: _own, ...rest } = { signal: undefined, ...options } as O & { signal?: unknown };
    return rest as Omit<O, "signal">;
  };
  const objects: ObjectsApi = {
    fieldManager,
    as(other) {
      if (other === fieldManager) return objects;
      throw new ConfigurationError(
        `cannot write as ${other}: a sub-reconciler has one field manager. Set fieldManager in its declaration.`,
      );
    },
    get: (kind, key) => call({ call: "get", args: [toMessage(kind), keyOf(key)] }),
    mustGet: (kind, key) => call({ call: "mustGet", args: [toMessage(kind), keyOf(key)] }),
    list: (kind, options) => call({ call: "list", args: [toMessage(kind), plain(options)] }),
    apply: (kind, desired, options) =>
      call({ call: "apply", args: [toMessage(kind), desired, plain(options)] }),
    applyStatus: (kind, object, status, options) =>
      call({ call: "applyStatus", args: [toMessage(kind), object, status, plain(options)] }),
    create: (kind, draft, options) =>
      call({ call: "create", args: [toMessage(kind), draft, plain(options)] }),
    mergePatch: (kind, object, patch, options) =>
      call({ call: "mergePatch", args: [toMessage(kind), object, patch, plain(options)] }),
    jsonPatch: (kind, object, changed, options) =>
      call({ call: "jsonPatch", args: [toMessage(kind), object, changed, plain(options)] }),
    delete: (kind, object, options = {}) =>
      call({ call: "delete", args: [toMessage(kind), object, options] }),
    addFinalizer: (kind, object, finalizer) =>
      call({ call: "addFinalizer", args: [toMessage(kind), object, finalizer] }),
    removeFinalizer: (kind, object, finalizer) =>
      call({ call: "removeFinalizer", args: [toMessage(kind), object, finalizer] }),
    event: (kind, regarding, note) =>
      call({ call: "event", args: [toMessage(kind), regarding, note] }),
  };
  return objects;
}

function keyOf({ name, namespace }: ObjectKey): ObjectKey {
  return namespace === undefined ? { name } : { name, namespace };
}

function toMessage<T extends KubernetesObject>(kind: Kind<T>): KindMessage {
  const { apiVersion, plural, namespaced } = kind;
  return { apiVersion, kind: kind.kind, plural, namespaced };
}

/** Lists that were not sent were not declared: asking for one is an error here, too. */
function snapshotOf(
  lists: Readonly<Record<string, ListMessage>>,
  name: string,
  { metadata }: KubernetesObject,
): SecondarySnapshot<SecondaryKinds> {
  const made = new Map(
    Object.entries(lists).map(([key, list]) => [key, listOf(list, metadata.namespace)]),
  );
  return new Proxy(Object.fromEntries(made), {
    get(target, key): unknown {
      if (typeof key === "symbol" || Object.hasOwn(target, key)) return Reflect.get(target, key);
      throw new ConfigurationError(
        `"${name}" may not read ${key}: it is not among its reads. Declare it in reads, or leave it.`,
      );
    },
  }) as SecondarySnapshot<SecondaryKinds>;
}

function listOf(
  { items, available, synced, staleSinceMs }: ListMessage,
  own: string | undefined,
): SecondarySnapshot<SecondaryKinds>[string] {
  const named = (name: string, namespace = own): KubernetesObject | undefined =>
    items.find(
      ({ metadata }) =>
        metadata.name === name && (namespace === undefined || metadata.namespace === namespace),
    );
  return Object.freeze(Object.assign([...items], { named, available, synced, staleSinceMs }));
}
