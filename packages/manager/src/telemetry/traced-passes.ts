// SPDX-License-Identifier: Apache-2.0
// A span per pass and per sub-reconciler, with links to the passes that caused it (stage 5: reconcile).
import {
  isExpansionError,
  refKey,
  type PassInterceptor,
  type ReconcileRequest,
  type ResourceRef,
  type Result,
  type Tracer,
  type TraceSpan,
} from "@haversack/core";
import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestListener } from "../client/observed-client.js";
import { isWrite } from "../client/request-target.js";
import { withinPass } from "../run/pass-context.js";

/** Passes whose writes are remembered, so that what they wake can be linked to them. */
const maxRemembered = 4096;

/**
 * Makes spans. A pass that was woken by an object is linked to the pass that wrote it last.
 *
 * **Guarantees:** attributes name objects, outcomes and error codes; no object body and no text of an
 * error goes into a span. **API requests:** 0.
 */
export class PassTracing {
  readonly #tracer: Tracer;
  readonly #writers = new Map<string, unknown>();
  readonly #current = new AsyncLocalStorage<TraceSpan>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The interceptor for the passes of one reconciler. */
  around(controller: string): PassInterceptor {
    return {
      reconcile: (request, next) => this.#pass(controller, request, next),
      part: (name, _primary, next) =>
        this.#spanned(
          `sub-reconcile ${name}`,
          { attributes: { "haversack.controller": controller, "haversack.sub_reconciler": name } },
          next,
        ),
    };
  }

  #pass(
    controller: string,
    request: ReconcileRequest,
    next: (request: ReconcileRequest) => Promise<Result | void>,
  ): Promise<Result | void> {
    const { ref, attempt, reasons } = request;
    const links = reasons.flatMap((reason) => {
      const writer = reason.ref && this.#writers.get(refKey(reason.ref));
      return writer === undefined ? [] : [writer];
    });
    const attributes = {
      "haversack.controller": controller,
      "haversack.attempt": attempt,
      "haversack.reasons": [...new Set(reasons.map(({ source }) => source))].join(","),
      "k8s.object.group": ref.group,
      "k8s.object.kind": ref.kind,
      "k8s.namespace.name": ref.namespace,
      "k8s.object.name": ref.name,
      "k8s.object.uid": ref.uid,
    };
    const start = { attributes, links: [...new Set(links)] };
    return this.#spanned(`reconcile ${controller}`, start, () => next(request));
  }

  #spanned(
    name: string,
    start: Parameters<Tracer["start"]>[1],
    work: () => Promise<Result | void>,
  ): Promise<Result | void> {
    const parent = this.#current.getStore();
    const span = this.#tracer.start(name, { ...start, parent });
    return this.#current.run(span, () =>
      span.run(() =>
        withinPass(async ({ listeners }) => {
          const listener = parent === undefined ? this.#remember(span) : undefined;
          if (listener !== undefined) listeners.add(listener);
          try {
            const result = await work();
            span.set("haversack.result", result?.kind ?? "done");
            return result;
          } catch (error) {
            span.fail(isExpansionError(error) ? error.code : "error");
            throw error;
          } finally {
            if (listener !== undefined) listeners.delete(listener);
            span.end();
          }
        }),
      ),
    );
  }

  #remember({ context }: TraceSpan): RequestListener {
    return {
      answered: (request, status, answer) => {
        if (answer === undefined || status >= 300 || !isWrite(request)) return;
        const ref = refOfAnswer(answer.body);
        if (ref === undefined) return;
        const key = refKey(ref);
        this.#writers.delete(key); // Moves it to the end: the longest unwritten goes first.
        this.#writers.set(key, context);
        const [oldest] = this.#writers.size > maxRemembered ? this.#writers.keys() : [];
        if (oldest !== undefined) this.#writers.delete(oldest);
      },
    };
  }
}

interface Answered {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly namespace?: unknown; readonly name?: unknown };
}

/** Whom an answer to a write is about; only asked while traces are on. */
function refOfAnswer(body: Uint8Array): ResourceRef | undefined {
  let object: Answered;
  try {
    object = JSON.parse(new TextDecoder().decode(body)) as Answered;
  } catch {
    return undefined; // Not JSON: then nothing is linked to it.
  }
  const { apiVersion, kind, metadata } = object;
  const { namespace, name } = metadata ?? {};
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string")
    return undefined;
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return { group, kind, name, ...(typeof namespace === "string" ? { namespace } : {}) };
}
