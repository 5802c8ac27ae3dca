// SPDX-License-Identifier: Apache-2.0
// Records one pass while it is made (stage 5: reconcile).
import {
  done,
  objectKey,
  type ApiRequest,
  type Clock,
  type HasPrimary,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type PassInterceptor,
  type ReconcileRequest,
  type Result,
  type SecondaryKinds,
  type SecondaryIndexed,
} from "@haversack/core";
import type { RequestListener } from "../client/observed-client.js";
import type { KeptInformers } from "../run/kept-informers.js";
import { currentPass, withinPass } from "../run/pass-context.js";
import {
  recordError,
  recordKind,
  recordQuery,
  statusOf,
  type PassRecording,
  type RecordedExchange,
} from "./pass-recording.js";
import { redactRecording } from "./redact-recording.js";

type Recorded = object &
  Partial<HasPrimary> &
  Partial<SecondaryIndexed<KubernetesObject, SecondaryKinds>> & {
    readonly objects?: { forget?(): void };
  };

type Waiting = (recording: PassRecording) => void;

/**
 * Records single passes on demand.
 *
 * **Guarantees:** values of Secrets leave it as words that stand for them. **API requests:** 0 of its
 * own; the pass that is recorded remembers nothing of earlier ones, so that its replay needs nothing
 * else, and may send more requests than it would have.
 */
export class Recorder {
  readonly #clock: Clock;
  readonly #informers: KeptInformers;
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(clock: Clock, informers: KeptInformers) {
    this.#clock = clock;
    this.#informers = informers;
  }

  /** Resolves with the recording of the next pass of a primary. */
  next(controller: string, key: ObjectKey): Promise<PassRecording> {
    const id = `${controller} ${objectKey(key)}`;
    return new Promise((resolve) => {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
    });
  }

  /** The interceptor for the passes of one reconciler. */
  around(controller: string, target: Recorded): PassInterceptor {
    return {
      reconcile: (request, next) => {
        const id = `${controller} ${objectKey(request.ref)}`;
        const waiting = this.#waiting.get(id);
        if (waiting === undefined || target.primaryKind === undefined) return next(request);
        this.#waiting.delete(id);
        const { primaryKind } = target;
        return this.#record({ controller, target, primaryKind, request, waiting }, next);
      },
    };
  }

  #record(
    { controller, target, primaryKind, request, waiting }: Recording,
    next: (request: ReconcileRequest) => Promise<Result | void>,
  ): Promise<Result | void> {
    target.objects?.forget?.();
    const objects = new Map<string, PassRecording["objects"][number]>();
    const note = (kind: Kind<KubernetesObject>, object: KubernetesObject): void => {
      const id = `${kind.apiVersion} ${kind.kind} ${objectKey(object.metadata)}`;
      objects.set(id, { kind: recordKind(kind), object });
    };
    const exchanges: RecordedExchange[] = [];
    const time = new Date(this.#clock.now()).toISOString();
    this.#noteSecondaries(target, request.primary, note);
    return withinPass(async (context) => {
      const listener = listen(exchanges);
      context.listeners.add(listener);
      this.#informers.reads = {
        read: (kind, _key, object) => {
          if (object !== undefined && currentPass() === context) note(kind, object);
        },
      };
      let outcome: PassRecording["outcome"] = { result: done };
      try {
        const result = await next(request);
        outcome = { result: result ?? done };
        return result;
      } catch (error) {
        outcome = { error: recordError(error) };
        throw error;
      } finally {
        context.listeners.delete(listener);
        this.#informers.reads = undefined;
        const { ref, attempt, reasons, primary } = request;
        const recording: PassRecording = {
          ...{ format: "haversack-pass/1", controller, time, outcome, exchanges, primary },
          ...{ request: { ref, attempt, reasons }, primaryKind: recordKind(primaryKind) },
          objects: [...objects.values()],
        };
        const redacted = redactRecording(JSON.parse(JSON.stringify(recording)) as PassRecording);
        for (const tell of waiting) tell(redacted);
      }
    });
  }

  #noteSecondaries(
    { secondaries }: Recorded,
    primary: KubernetesObject,
    note: (kind: Kind<KubernetesObject>, object: KubernetesObject) => void,
  ): void {
    const { kinds } = (secondaries ?? {}) as { readonly kinds?: SecondaryKinds };
    if (secondaries === undefined || kinds === undefined) return;
    for (const [name, list] of Object.entries(secondaries.of(primary))) {
      const kind = kinds[name];
      if (kind !== undefined) for (const object of list) note(kind, object);
    }
  }
}

interface Recording {
  readonly controller: string;
  readonly target: Recorded;
  readonly primaryKind: Kind<KubernetesObject>;
  readonly request: ReconcileRequest;
  readonly waiting: readonly Waiting[];
}

function listen(exchanges: RecordedExchange[]): RequestListener {
  return {
    answered({ method, path, query, body }, status, answer, error) {
      exchanges.push({
        ...{ method, path, query: recordQuery(query), body: parse(body), status },
        answer: answer === undefined ? (statusOf(error) ?? null) : parse(answer.body),
      });
    },
  };
}

function parse(body: ApiRequest["body"]): unknown {
  if (body === undefined || body.length === 0) return null;
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
