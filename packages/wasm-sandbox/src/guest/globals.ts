// SPDX-License-Identifier: Apache-2.0
// What Node has and QuickJS lacks, and what must not differ between engines: the bundler puts these
// in the place of the global names, in every engine (runs in the guest).
import { forget, hostTime, randomNumber, send, startCall } from "./port.js";

const NativeDate = globalThis.Date;

/** `Date` that knows the host's time; it stands still during a turn. */
class GuestDate extends NativeDate {
  constructor(...parts: unknown[]) {
    if (parts.length === 0) super(hostTime.nowMs);
    else super(...(parts as [number]));
  }

  static override now(): number {
    return hostTime.nowMs;
  }
}

export const Date: DateConstructor = new Proxy(GuestDate, {
  apply: () => new NativeDate(hostTime.nowMs).toString(),
}) as unknown as DateConstructor;

export const performance: { now(): number; readonly timeOrigin: number } = {
  now: () => hostTime.nowMs,
  timeOrigin: 0,
};

/** `Math` with a generator that the host seeds, so that clones of one template differ. */
export const Math: typeof globalThis.Math = Object.create(globalThis.Math, {
  random: { value: randomNumber, enumerable: false },
}) as typeof globalThis.Math;

type Callback = (...parameters: unknown[]) => void;

/** Timers live in the host, as absolute times: a guest on disk is woken by them. */
export function setTimeout(callback: Callback, delayMs = 0, ...parameters: unknown[]): number {
  const { id, answer } = startCall("timer", { dueTimeMs: hostTime.nowMs + delayMs });
  answer.then(() => callback(...parameters), reportRejection);
  return id;
}

export function clearTimeout(id: number | undefined): void {
  if (id !== undefined) forget(id);
}

const intervals = new Map<number, number>();

export function setInterval(callback: Callback, delayMs = 0, ...parameters: unknown[]): number {
  const again = (): number =>
    setTimeout(
      () => {
        intervals.set(first, again());
        callback(...parameters);
      },
      globalThis.Math.max(delayMs, 1),
    );
  const first = again();
  intervals.set(first, first);
  return first;
}

export function clearInterval(id: number | undefined): void {
  if (id === undefined) return;
  clearTimeout(intervals.get(id));
  intervals.delete(id);
}

export function queueMicrotask(callback: () => void): void {
  void Promise.resolve().then(callback).catch(reportRejection);
}

function reportRejection(error: unknown): void {
  log("error", [error]);
}

type Level = "debug" | "info" | "warn" | "error";

function log(level: Level, parts: readonly unknown[]): void {
  send({ t: "log", level }, { message: parts.map(format).join(" ") });
}

function format(part: unknown): string {
  if (typeof part === "string") return part;
  if (part instanceof Error) return part.stack ? `${part.message}\n${part.stack}` : part.message;
  try {
    return JSON.stringify(part) ?? String(part);
  } catch {
    return String(part); // A cycle: its kind is all that can be said.
  }
}

export const console: Record<"log" | Level, (...parts: unknown[]) => void> = {
  log: (...parts) => log("info", parts),
  debug: (...parts) => log("debug", parts),
  info: (...parts) => log("info", parts),
  warn: (...parts) => log("warn", parts),
  error: (...parts) => log("error", parts),
};
