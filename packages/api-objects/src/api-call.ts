// SPDX-License-Identifier: Apache-2.0
// One operation's requests to the API server: counted, parsed, and with errors that name the object (stage 6: writes).
import {
  errorFromStatus,
  formatRef,
  hasCode,
  isExpansionError,
  objectPath,
  ServerError,
  type ApiError,
  type ApiRequest,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ResourceRef,
  type StatusBody,
} from "@haversack/core";
import type { ObjectsContext } from "./objects-context.js";
import { redact } from "./redact.js";

/** What an operation is about. */
export interface CallTarget<T extends KubernetesObject> {
  readonly kind: Kind<T>;
  readonly ref: ResourceRef;
  /** For messages: `apply`, `delete` … */
  readonly attempt: string;
  readonly signal?: AbortSignal | undefined;
  /** Secrets, or parts of them, whose values may not show up in messages. */
  readonly confidential?: readonly unknown[];
}

/** An answer with its parsed body. */
export interface Answer<B> {
  readonly status: number;
  readonly body: B;
}

/** Sends the requests of one operation on one object. */
export class ApiCall<T extends KubernetesObject> {
  /** Requests sent so far, for {@link WriteResult.requests}. */
  requests = 0;
  readonly target: CallTarget<T>;
  readonly #context: ObjectsContext;

  constructor(context: ObjectsContext, target: CallTarget<T>) {
    this.#context = context;
    this.target = target;
  }

  /** **API requests:** 1. @throws the typed error of the answer, with this operation's `ref`. */
  async send<B>(request: Omit<ApiRequest, "signal" | "timeoutMs">): Promise<Answer<B>> {
    const { signal } = this.target;
    const { client } = this.#context.runtime();
    this.requests += 1;
    try {
      const { status, body } = await client.request({
        ...request,
        timeoutMs: this.#context.timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      return { status, body: this.#parsed<B>(status, body) };
    } catch (error) {
      throw this.#described(error);
    }
  }

  /** The newest state of the target. **API requests:** 1 GET. @returns `undefined` when absent. */
  async read(): Promise<T | undefined> {
    const { kind, ref } = this.target;
    const key: ObjectKey = { namespace: ref.namespace, name: ref.name };
    try {
      return (await this.send<T>({ method: "GET", path: objectPath(kind, key) })).body;
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  /** A parser's error would quote the body, which may be a Secret's. */
  #parsed<B>(status: number, bytes: Uint8Array): B {
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as B;
    } catch {
      const { attempt, ref } = this.target;
      throw new ServerError(
        "EXP_SERVER",
        `${attempt} failed for ${formatRef(ref)}: the answer (HTTP ${status}) is no JSON. ` +
          "A proxy may stand in between; it is tried again.",
        "backoff",
        0,
        undefined,
        { ref },
      );
    }
  }

  /** The same answer, as an error that names the operation and the object. */
  #described(error: unknown): unknown {
    const { ref, attempt, confidential = [] } = this.target;
    if (!isAnswer(error)) return error;
    const body = redact<StatusBody | undefined>(error.body, confidential);
    const { retry } = error;
    return errorFromStatus(error.status, body, {
      attempt,
      ref,
      retryAfterMs: typeof retry === "object" ? retry.afterMs : undefined,
      // The cause carries the server's words; they may quote what must not be shown.
      ...(confidential.length === 0 ? { cause: error } : {}),
    });
  }
}

function isAnswer(error: unknown): error is ApiError {
  if (!isExpansionError(error)) return false;
  const { status } = error as { status?: unknown };
  return typeof status === "number" && status > 0;
}
