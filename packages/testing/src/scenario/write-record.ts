// SPDX-License-Identifier: Apache-2.0
// Records the writes of code under test with their bodies (stage 6: writes).
import type { ApiClient, ApiRequest, ApiResponse, ApiStream } from "@haversack/core";
import { isWrite, targetOf, type RequestTarget } from "../client/request-target.js";

/** A write as it was sent, and what came of it. */
export interface WriteRecord {
  readonly target: RequestTarget;
  /** The parsed body; `undefined` when there was none, or none that is JSON. */
  readonly body: unknown;
  /** HTTP status, or the code of the error. */
  readonly outcome: number | string;
}

/** A client whose requests are written down. */
export interface RecordedClient extends ApiClient {
  /** Every request with its outcome, in the order of sending. */
  readonly records: readonly WriteRecord[];
  /** Writes alone, dry runs left out. */
  readonly writes: readonly WriteRecord[];
  forget(): void;
}

/** Writes down what goes through a client. **API requests:** those of the caller. */
export function recordWrites(client: ApiClient): RecordedClient {
  const records: { target: RequestTarget; body: unknown; outcome: number | string }[] = [];
  const send = async <T extends ApiResponse | ApiStream>(
    request: ApiRequest,
    answer: () => Promise<T>,
  ): Promise<T> => {
    const record = { target: targetOf(request), body: parse(request.body), outcome: "pending" };
    records.push(record);
    const set = (outcome: number | string): void => void Object.assign(record, { outcome });
    try {
      const response = await answer();
      set(response.status);
      return response;
    } catch (error) {
      set(String((error as { code?: unknown }).code ?? error));
      throw error;
    }
  };
  return {
    server: client.server,
    request: (request) => send(request, () => client.request(request)),
    stream: (request) => send(request, () => client.stream(request)),
    close: () => client.close(),
    get records() {
      return records;
    },
    get writes() {
      return records.filter(({ target }) => isWrite(target));
    },
    forget: () => void records.splice(0),
  };
}

function parse(body: string | Uint8Array | undefined): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) as unknown;
  } catch {
    return undefined; // The server will say what is wrong with it; the scenario shows the outcome.
  }
}
