// SPDX-License-Identifier: Apache-2.0
// A client whose writes are dry runs, and that remembers what they would have done (stage 6: writes).
import {
  hasCode,
  type ApiClient,
  type ApiRequest,
  type ApiResponse,
  type KubernetesObject,
} from "@haversack/core";
import { isWrite, targetOf } from "../client/request-target.js";

/** One write that was not made. */
export interface PlannedWrite {
  readonly verb: "create" | "update" | "delete";
  /** `configmaps`, `databases.example.com/status`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly before: KubernetesObject | undefined;
  readonly after: KubernetesObject | undefined;
}

/**
 * Sends every write as a dry run and answers later reads with what it would have left behind.
 *
 * **API requests:** those of the caller, and 1 GET per write. **Guarantees:** nothing is stored.
 * **Caveats:** admission webhooks with side effects refuse dry runs; then the plan fails as they do.
 */
export class PlanningClient implements ApiClient {
  readonly server: string;
  readonly writes: PlannedWrite[] = [];
  readonly #client: ApiClient;
  /** What objects would be now, by path; `undefined` for one that would be gone. */
  readonly #after = new Map<string, KubernetesObject | undefined>();

  constructor(client: ApiClient) {
    this.#client = client;
    this.server = client.server;
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    if (!isWrite(request)) return this.#read(request);
    const { name, plural, group } = targetOf(request);
    if (plural === "events" && (group === "" || group === "events.k8s.io"))
      return answerOf(201, parse(request.body) ?? {}); // Tells of passes; this is none.
    const query = { ...request.query, dryRun: "All" };
    if (name === undefined) return this.#create({ ...request, query });
    return this.#change({ ...request, query });
  }

  stream(request: ApiRequest): ReturnType<ApiClient["stream"]> {
    return this.#client.stream(request);
  }

  close(): Promise<void> {
    return Promise.resolve(); // The client below is not ours.
  }

  #read(request: ApiRequest): Promise<ApiResponse> {
    const planned = this.#after.get(request.path);
    if (planned === undefined || request.method !== "GET") return this.#client.request(request);
    return Promise.resolve(answerOf(200, planned));
  }

  async #create(request: ApiRequest): Promise<ApiResponse> {
    const answer = await this.#client.request(request);
    const after = parse(answer.body) as KubernetesObject;
    this.#note(request, `${request.path}/${after.metadata.name}`, undefined, after);
    return answer;
  }

  async #change(request: ApiRequest): Promise<ApiResponse> {
    const { subresource } = targetOf(request);
    const path = subresource === "" ? request.path : request.path.slice(0, -subresource.length - 1);
    const before = this.#after.has(path) ? this.#after.get(path) : await this.#current(path);
    const answer = await this.#sendOrImagine(request, before);
    const isGone = request.method === "DELETE" && (before?.metadata.finalizers ?? []).length === 0;
    const after = isGone ? undefined : (parse(answer.body) as KubernetesObject);
    this.#note(request, path, before, after);
    return answer;
  }

  /** An object that only the plan has cannot be asked for: its change is taken as it stands. */
  async #sendOrImagine(
    request: ApiRequest,
    before: KubernetesObject | undefined,
  ): Promise<ApiResponse> {
    try {
      return await this.#client.request(request);
    } catch (error) {
      if (!hasCode(error, "EXP_NOT_FOUND") || before === undefined) throw error;
      const change = parse(request.body);
      const isObject = typeof change === "object" && change !== null && !Array.isArray(change);
      return answerOf(200, isObject ? { ...before, ...change, metadata: before.metadata } : before);
    }
  }

  async #current(path: string): Promise<KubernetesObject | undefined> {
    try {
      return parse((await this.#client.request({ method: "GET", path })).body) as KubernetesObject;
    } catch (error) {
      if (hasCode(error, "EXP_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  #note(
    request: ApiRequest,
    path: string,
    before: KubernetesObject | undefined,
    after: KubernetesObject | undefined,
  ): void {
    const { plural, group, subresource, namespace } = targetOf(request);
    const base = group === "" ? plural : `${plural}.${group}`;
    this.#after.set(path, after);
    this.writes.push({
      verb: before === undefined ? "create" : request.method === "DELETE" ? "delete" : "update",
      resource: subresource === "" ? base : `${base}/${subresource}`,
      namespace,
      name: (after ?? before)?.metadata.name ?? "",
      before,
      after,
    });
  }
}

function parse(body: ApiRequest["body"]): object | undefined {
  if (body === undefined) return undefined;
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  return JSON.parse(text) as object;
}

function answerOf(status: number, body: object): ApiResponse {
  return { status, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) };
}
