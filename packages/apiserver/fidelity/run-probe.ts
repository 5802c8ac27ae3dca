// SPDX-License-Identifier: Apache-2.0
// Runs one probe against one server and keeps what it answered, as it came.
import { isObject, type JsonObject } from "../src/json.js";
import { EventLines, type ProbeClient, type RawAnswer } from "./http-client.js";
import { expandPath } from "./probe.js";
import type { EditedBody, EventsStep, Probe, RequestStep, UntilStep, WatchStep } from "./probe.js";

/** What a step got: the answer of a request, the beginning of a watch, or events. */
export interface StepAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly text?: string;
  readonly events?: readonly unknown[];
  /** How the reading of events ended, when it did not just reach its count. */
  readonly ended?: "end" | "silence" | "broken";
}

/** Headers that are part of what a server answers; the others are of one request or connection. */
const comparedHeaders = [
  "allow",
  "cache-control",
  "content-type",
  "etag",
  "location",
  "retry-after",
  "vary",
  "warning",
  "www-authenticate",
  "x-content-type-options",
];

/** A watch that says nothing for so long is taken to be silent. */
const silenceMs = 4_000;
const untilLimitMs = 20_000;

/** Runs a probe's steps one after another. */
export class ProbeRun {
  readonly #client: ProbeClient;
  readonly #namespace: string;
  readonly #kept = new Map<string, unknown>();
  readonly #watches = new Map<string, EventLines>();

  constructor(client: ProbeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** The answers of all steps, in order. */
  async run(probe: Probe): Promise<StepAnswer[]> {
    await this.#makeNamespace();
    const answers: StepAnswer[] = [];
    try {
      for (const step of probe.steps) {
        if (step.do === "request") answers.push(await this.#request(step));
        else if (step.do === "watch") answers.push(await this.#watch(step));
        else if (step.do === "events") answers.push(await this.#events(step));
        else answers.push(await this.#until(step));
      }
    } finally {
      for (const watch of this.#watches.values()) watch.close();
    }
    return answers;
  }

  async #makeNamespace(): Promise<void> {
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: this.#namespace } };
    const answer = await this.#client.send({
      method: "POST",
      path: "/api/v1/namespaces",
      headers: this.#headers({}),
      body: JSON.stringify(object),
    });
    if (answer.status !== 201) throw new Error(`making a namespace failed: ${answer.text}`);
  }

  async #request(step: RequestStep): Promise<StepAnswer> {
    const body = this.#bodyOf(step.body);
    const headers = { ...this.#headers(step), ...lengthOf(body) };
    const { method } = step;
    const request = { method, path: this.#path(step.path), headers, body };
    const answer = await this.#client.send(request).catch(() => undefined);
    // A server that breaks the connection off has answered, too: some requests make one fall over.
    if (answer === undefined) return { ended: "broken" };
    const parsed = parsedAnswer(answer);
    if (step.as !== undefined) this.#kept.set(step.as, parsed.body);
    return step.pick === undefined ? parsed : { ...parsed, body: step.pick(parsed.body) };
  }

  async #watch(step: WatchStep): Promise<StepAnswer> {
    const headers = this.#headers(step);
    const path = this.#path(step.path);
    const response = await this.#client.open({ method: "GET", path, headers });
    this.#watches.set(step.name, new EventLines(response));
    return { status: response.statusCode ?? 0, headers: chosenHeaders(response.headers) };
  }

  async #events({ name, count }: EventsStep): Promise<StepAnswer> {
    const watch = this.#watches.get(name);
    if (watch === undefined) throw new Error(`reading events failed: no watch ${name}`);
    const events: unknown[] = [];
    while (count === "end" || events.length < count) {
      const line = await watch.next(silenceMs);
      if (typeof line !== "string") return { events, ended: line.is };
      events.push(parsedJson(line));
    }
    return { events };
  }

  async #until({ path, status, field }: UntilStep): Promise<StepAnswer> {
    const endMs = performance.now() + untilLimitMs;
    for (;;) {
      const request = { method: "GET", path: this.#path(path), headers: this.#headers({}) };
      const answer = await this.#client.send(request);
      const body = parsedAnswer(answer).body;
      if (answer.status === status && (field === undefined || holds(body, field)))
        return { status };
      if (performance.now() > endMs) return { status: answer.status, ended: "silence" };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #headers(step: { token?: string; headers?: Readonly<Record<string, string>> }): JsonHeaders {
    const token = step.token ?? this.#client.target.token;
    const given = Object.entries(step.headers ?? {}).map(([key, value]) => [
      key,
      this.#fill(value),
    ]);
    return {
      "content-type": "application/json",
      "user-agent": "probe/1.0",
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      ...(Object.fromEntries(given) as JsonHeaders),
    };
  }

  #path(path: string): string {
    return this.#fill(expandPath(path)).replaceAll(" ", "%20");
  }

  #bodyOf(body: RequestStep["body"]): string | Uint8Array | undefined {
    if (body === undefined || body instanceof Uint8Array) return body;
    if (typeof body === "string") return this.#fill(body);
    if (isEdited(body)) return JSON.stringify(this.#edit(body));
    return JSON.stringify(this.#fillAll(body));
  }

  #edit({ from, set, remove }: EditedBody): unknown {
    const copy = structuredClone(this.#kept.get(from));
    if (copy === undefined) throw new Error(`editing failed: nothing was kept as ${from}`);
    for (const [path, value] of Object.entries(set)) setAt(copy, path, this.#fillAll(value));
    for (const path of remove) setAt(copy, path, undefined);
    return copy;
  }

  #fillAll(value: unknown): unknown {
    if (typeof value === "string") return this.#fill(value);
    if (Array.isArray(value)) return value.map((item) => this.#fillAll(item));
    if (!isObject(value)) return value;
    const pairs = Object.entries(value).map(([key, item]) => [
      this.#fill(key),
      this.#fillAll(item),
    ]);
    return Object.fromEntries(pairs) as JsonObject;
  }

  /** Puts in the namespace for `{ns}` and what was kept for `{name.path}`. */
  #fill(text: string): string {
    return text.replace(/\{([a-z]\w*)((?:\.[\w-]+)*)\}/g, (whole, name: string, path: string) => {
      if (name === "ns") return this.#namespace;
      if (!this.#kept.has(name)) return whole;
      return String(valueAt(this.#kept.get(name), path.slice(1)));
    });
  }
}

type JsonHeaders = Record<string, string>;

const isEdited = (body: object): body is EditedBody => "from" in body && "remove" in body;

const lengthOf = (body: string | Uint8Array | undefined): JsonHeaders =>
  body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };

function parsedAnswer({ status, headers, text }: RawAnswer): StepAnswer {
  const isJson = /^application\/([\w.+-]+\+)?json/.test(String(headers["content-type"]));
  const start = { status, headers: chosenHeaders(headers) };
  if (text === "") return start;
  return isJson ? { ...start, body: parsedJson(text) } : { ...start, text };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { unparsed: text }; // A server that sends this is caught by the comparison.
  }
}

function chosenHeaders(headers: RawAnswer["headers"]): JsonHeaders {
  const chosen: JsonHeaders = {};
  for (const name of comparedHeaders) {
    const value = headers[name];
    if (value !== undefined) chosen[name] = [value].flat().join(", ");
  }
  return chosen;
}

const stepsOf = (path: string): string[] => (path === "" ? [] : path.split("."));

function valueAt(value: unknown, path: string): unknown {
  let at: unknown = value;
  for (const key of stepsOf(path)) at = (at as Record<string, unknown> | undefined)?.[key];
  return at;
}

function setAt(root: unknown, path: string, value: unknown): void {
  const keys = stepsOf(path);
  const last = keys.pop() ?? "";
  let at = root as Record<string, unknown>;
  for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
}

function holds(body: unknown, field: string): boolean {
  if (field.startsWith("!")) return valueAt(body, field.slice(1)) === undefined;
  return valueAt(body, field) !== undefined;
}
