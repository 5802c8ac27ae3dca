// SPDX-License-Identifier: Apache-2.0
// A plain HTTP(S) client for probes: the path goes out as written, the answer comes back whole.
import { once } from "node:events";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** Where a server is, and as whom it is asked. */
export interface ProbeTarget {
  readonly url: string;
  readonly token: string;
  /** PEM certificate of the server's CA, when it serves TLS. */
  readonly ca?: string | undefined;
}

/** A request as it is sent. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** No probe waits longer than this for an answer; a real server takes 3 s for the slowest. */
const answerLimitMs = 20_000;

/** Sends requests to one server over kept connections. */
export class ProbeClient {
  readonly target: ProbeTarget;
  readonly #agent: HttpAgent;

  constructor(target: ProbeTarget) {
    this.target = target;
    this.#agent = target.url.startsWith("https:")
      ? new HttpsAgent({ keepAlive: true, ca: target.ca })
      : new HttpAgent({ keepAlive: true });
  }

  /** Sends a request; the answer's body is not read yet. */
  async open({ method, path, headers, body }: RawRequest): Promise<IncomingMessage> {
    const { protocol, hostname, port } = new URL(this.target.url);
    const start = protocol === "https:" ? httpsRequest : httpRequest;
    const request = start({ protocol, hostname, port, method, path, headers, agent: this.#agent });
    request.setTimeout(answerLimitMs, () =>
      request.destroy(new Error(`${method} ${path} got no answer within ${answerLimitMs} ms`)),
    );
    request.on("error", () => undefined); // Told by the wait below, or by the end of the answer.
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return response;
  }

  /** Sends a request and reads the answer. */
  async send(request: RawRequest): Promise<RawAnswer> {
    const response = await this.open(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const { statusCode = 0, headers } = response;
    return { status: statusCode, headers, text: Buffer.concat(chunks).toString("utf8") };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A watch that is read line by line. */
export class EventLines {
  readonly #response: IncomingMessage;
  readonly #lines: string[] = [];
  #rest = "";
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding("utf8");
    response.on("data", (text: string) => {
      const parts = (this.#rest + text).split("\n");
      this.#rest = parts.pop() ?? "";
      this.#lines.push(...parts.filter((line) => line !== ""));
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    response.on("end", end);
    response.on("error", end);
    response.on("close", end);
  }

  /** The next line; `end` when there is none any more, `silence` when none came in time. */
  async next(limitMs: number): Promise<string | { readonly is: "end" | "silence" }> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#ended) return { is: "end" };
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return { is: "silence" };
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#response.destroy();
  }
}
