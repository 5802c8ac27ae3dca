// SPDX-License-Identifier: Apache-2.0
// An API server that is a recording: it lists what was cached and answers as it did (stages 1 and 6).
import {
  errorFromStatus,
  type ApiClient,
  type ApiRequest,
  type ApiResponse,
  type ApiStream,
  type StatusBody,
} from "@haversack/core";
import { targetOf } from "../client/request-target.js";
import { recordQuery, type PassRecording, type RecordedExchange } from "./pass-recording.js";

/**
 * Serves one recorded pass. **API requests:** 0.
 *
 * **Guarantees:** a request that was not recorded, or whose body differs by a byte, is noted.
 */
export class ReplayClient implements ApiClient {
  readonly server = "a recording";
  readonly differences: string[] = [];
  readonly #recording: PassRecording;
  readonly #left: RecordedExchange[];
  #isInPass = false;

  constructor(recording: PassRecording) {
    this.#recording = recording;
    this.#left = [...recording.exchanges];
  }

  /** From now on requests belong to the pass. */
  beginPass(): void {
    this.#isInPass = true;
  }

  /** Notes what was recorded and is missing now. */
  endPass(): void {
    this.#isInPass = false;
    for (const { method, path } of this.#left)
      this.differences.push(`${method} ${path} was recorded and is not sent`);
  }

  request(request: ApiRequest): Promise<ApiResponse> {
    if (!this.#isInPass) return Promise.resolve(this.#list(request));
    try {
      return Promise.resolve(this.#answer(request));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  stream(request: ApiRequest): Promise<ApiStream> {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    request.signal?.addEventListener("abort", end, { once: true });
    const isList = targetOf(request).verb === "list";
    const list = isList ? this.#list(request).body : undefined;
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      if (list === undefined)
        await ended; // A watch: nothing happens any more.
      else yield list;
    };
    return Promise.resolve({ status: 200, headers: {}, chunks: chunks(), close: end });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #list({ path }: ApiRequest): ApiResponse {
    const { objects, primary, primaryKind } = this.#recording;
    const all = [{ kind: primaryKind, object: primary }, ...objects];
    const items = all
      .filter(({ kind, object: { metadata } }) => {
        const root = kind.group === "" ? "/api/v1" : `/apis/${kind.group}/${kind.version}`;
        const { namespace } = metadata;
        return (
          path === `${root}/${kind.plural}` ||
          (namespace !== undefined && path === `${root}/namespaces/${namespace}/${kind.plural}`)
        );
      })
      .map(({ kind, object }) => ({ apiVersion: kind.apiVersion, kind: kind.kind, ...object }));
    const resourceVersion = newestVersion(all.map(({ object }) => object.metadata.resourceVersion));
    return answerOf(200, { kind: "List", apiVersion: "v1", metadata: { resourceVersion }, items });
  }

  #answer(request: ApiRequest): ApiResponse {
    const { method, path } = request;
    const query = JSON.stringify(recordQuery(request.query));
    const isMeant = (each: RecordedExchange): boolean =>
      each.method === method && each.path === path && JSON.stringify(each.query) === query;
    const body = bodyOf(request);
    const same = this.#left.findIndex((each) => isMeant(each) && textOf(each.body) === body);
    const place = same >= 0 ? same : this.#left.findIndex(isMeant);
    const [exchange] = place < 0 ? [] : this.#left.splice(place, 1);
    if (exchange === undefined) {
      this.differences.push(`${method} ${path} is sent and was not recorded`);
      throw errorFromStatus(
        503,
        { message: "it was not recorded" },
        { attempt: `${method} ${path}` },
      );
    }
    if (same < 0)
      this.differences.push(
        `${method} ${path} sends ${body}; recorded was ${textOf(exchange.body)}`,
      );
    if (exchange.status >= 200 && exchange.status < 300)
      return answerOf(exchange.status, exchange.answer);
    const status = (exchange.answer ?? undefined) as StatusBody | undefined;
    throw errorFromStatus(exchange.status, status, { attempt: `${method} ${path}` });
  }
}

function bodyOf({ body }: ApiRequest): string {
  if (body === undefined) return textOf(null);
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

function textOf(body: unknown): string {
  return body === null ? "" : typeof body === "string" ? body : JSON.stringify(body);
}

function newestVersion(versions: readonly (string | undefined)[]): string {
  const known = versions.flatMap((version) => (version === undefined ? [] : [version]));
  known.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return known.at(-1) ?? "1";
}

function answerOf(status: number, body: unknown): ApiResponse {
  return { status, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) };
}
