// SPDX-License-Identifier: Apache-2.0
// An ApiClient that answers from a script and remembers what it was asked (tests of stage 6).
import {
  errorFromStatus,
  TimeoutError,
  type ApiClient,
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
} from "@haversack/core";

/** One answer of the script, or how to work it out. */
export type Reply =
  | { readonly status: number; readonly body: unknown }
  | { readonly lost: true }
  | ((request: ApiRequest) => Reply);

/** A request as it was sent. */
export interface SentRequest extends ApiRequest {
  /** The body, parsed. */
  readonly json: unknown;
  /** `PATCH /api/v1/… dryRun` — what tests compare. */
  readonly line: string;
}

/** Answers each request with the next reply of its script; one too many fails the test. */
export class ScriptedClient implements ApiClient {
  readonly server = "http://scripted";
  readonly sent: SentRequest[] = [];
  readonly #replies: Reply[];

  constructor(...replies: Reply[]) {
    this.#replies = replies;
  }

  /** Adds replies to the end of the script. */
  extend(...replies: Reply[]): void {
    this.#replies.push(...replies);
  }

  /** Method and path of every request, `?dryRun` marked. */
  get lines(): readonly string[] {
    return this.sent.map((request) => request.line);
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const text = typeof request.body === "string" ? request.body : undefined;
    const dry = request.query?.dryRun === undefined ? "" : " dryRun";
    const line = `${request.method} ${request.path}${dry}`;
    this.sent.push({ ...request, line, json: text === undefined ? undefined : JSON.parse(text) });
    await Promise.resolve();
    let reply = this.#replies.shift();
    while (typeof reply === "function") reply = reply(request);
    if (reply === undefined) throw new Error(`unexpected request: ${line}`);
    if ("lost" in reply) throw new TimeoutError("EXP_TIMEOUT", "the answer was lost", "backoff", 0);
    if (reply.status >= 300) {
      const attempt = `${request.method} ${request.path}`;
      throw errorFromStatus(reply.status, reply.body as never, { attempt });
    }
    const body = new TextEncoder().encode(JSON.stringify(reply.body));
    return { status: reply.status, headers: {}, body };
  }

  stream(): Promise<ApiStream> {
    return Promise.reject(new Error("no streams here"));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A 200 with an object. */
export function ok(body: unknown): Reply {
  return { status: 200, body };
}

/** A 201 with an object. */
export function created(body: unknown): Reply {
  return { status: 201, body };
}

/** An error answer. */
export function refusal(code: number, reason: string, message = reason): Reply {
  return { status: code, body: { kind: "Status", code, reason, message } };
}

/** The answer never came; the server may have acted. */
export const lost: Reply = { lost: true };
