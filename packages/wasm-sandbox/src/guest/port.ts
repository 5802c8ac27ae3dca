// SPDX-License-Identifier: Apache-2.0
// The guest's end of the border: text out, text in, and calls that the host answers (runs in the guest).
import { errorFromPlain, isExpansionError, type PlainError } from "@haversack/core";

/** Given by every engine to the bundle as a free name: one text to the host. */
declare const $send: (text: string) => void;
/** Given by every engine to the bundle as a free name: who takes the host's texts. */
declare const $bind: (receive: (text: string) => void) => void;

/** The first line of a text from the host; what follows in further lines depends on `t`. */
export interface Incoming {
  readonly t: string;
  readonly now: number;
  /** Four 32-bit words; given after every start and every wake. */
  readonly seed?: readonly number[];
  readonly id?: number;
  readonly ok?: boolean;
}

/** Takes one text from the host: its first line, and the others as they are. */
export type Receiver = (incoming: Incoming, lines: readonly string[]) => void;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const waiting = new Map<number, Waiting>();
const receivers = new Map<string, Receiver>();
let lastCall = 0;

/** What the host last said the time is. Time stands still while the guest runs. */
export const hostTime: { nowMs: number } = { nowMs: 0 };

/** Four words of a small fast generator (sfc32), seeded by the host after every start and wake. */
const words = new Uint32Array([1, 2, 3, 4]);

/** The next number of the guest's own generator, 0 ≤ n < 1; for jitter, never for secrets. */
export function randomNumber(): number {
  const [a = 0, b = 0, c = 0, counter = 0] = words;
  const sum = (a + b + counter) | 0;
  words[3] = counter + 1;
  words[0] = b ^ (b >>> 9);
  words[1] = (c + (c << 3)) | 0;
  words[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
  return (sum >>> 0) / 2 ** 32;
}

/** Says who takes texts of one sort. */
export function receive(sort: string, receiver: Receiver): void {
  receivers.set(sort, receiver);
}

/** Sends one text: a line of routing, and a line of JSON if there is a body. */
export function send(routing: object, body?: unknown): void {
  const text = body === undefined ? "" : `\n${JSON.stringify(body)}`;
  $send(`${JSON.stringify(routing)}${text}`);
}

/** A call and its number, by which it can be cancelled. */
export interface Call<T> {
  readonly id: number;
  readonly answer: Promise<T>;
}

/** Asks the host; `run` 0 is the guest itself, outside any run. */
export function startCall<T>(op: string, body: unknown, run = 0): Call<T> {
  lastCall += 1;
  const id = lastCall;
  const answer = new Promise<T>((resolve, reject) => {
    waiting.set(id, { resolve: (value) => resolve(value as T), reject });
  });
  send({ t: "call", id, run, op }, body);
  return { id, answer };
}

/** Asks the host and waits for its answer. */
export function call<T>(op: string, body: unknown, run?: number): Promise<T> {
  return startCall<T>(op, body, run).answer;
}

/** Tells the host; there is no answer. */
export function tell(op: string, body: unknown, run = 0): void {
  send({ t: "tell", run, op }, body);
}

/** Stops waiting for a call; its promise stays pending for ever. */
export function forget(id: number): void {
  if (waiting.delete(id)) tell("cancel", { id });
}

/** Any thrown value as the plain error that crosses the border. */
export function plainError(thrown: unknown): PlainError {
  if (isExpansionError(thrown)) return thrown.toJSON();
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const trace = typeof error.stack === "string" ? `\n${error.stack}` : "";
  return {
    name: error.name,
    code: "EXP_GUEST",
    message: `${error.message}${trace}`,
    retry: "backoff",
  };
}

function settle(incoming: Incoming, [body = "null"]: readonly string[]): void {
  const { id = 0, ok = false } = incoming;
  const waiter = waiting.get(id);
  if (waiter === undefined) return; // Cancelled meanwhile.
  waiting.delete(id);
  const value: unknown = JSON.parse(body);
  if (ok) waiter.resolve(value);
  else waiter.reject(errorFromPlain(value as PlainError));
}

receive("settle", settle);
receive("wake", () => undefined);

$bind((text) => {
  const [routing = "", ...lines] = text.split("\n");
  const incoming = JSON.parse(routing) as Incoming;
  hostTime.nowMs = incoming.now;
  if (incoming.seed !== undefined) words.set(incoming.seed);
  const receiver = receivers.get(incoming.t);
  if (receiver === undefined) throw new Error(`the host sent "${incoming.t}", which is unknown`);
  receiver(incoming, lines);
});
