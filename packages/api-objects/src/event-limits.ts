// SPDX-License-Identifier: Apache-2.0
// How many Kubernetes Events an object may have, and when messages are combined (stage 6: writes).
import type { EventNote } from "@haversack/core";

/** Events per object in a burst, and the time for one more. @see client-go's EventSourceObjectSpamFilter. */
const burstEvents = 25;
const refillMs = 300_000;
/** Different messages of one reason before they are combined. @see client-go's EventAggregator. */
const maxMessages = 10;
const combineWindowMs = 600_000;
const maxTracked = 4096;

interface Bucket {
  tokens: number;
  updatedMs: number;
}

interface Messages {
  readonly sinceMs: number;
  readonly seen: Set<string>;
}

/** Counts, per object and per reason; bounded. **API requests:** 0. */
export class EventLimits {
  readonly #buckets = new Map<string, Bucket>();
  readonly #messages = new Map<string, Messages>();

  /** Takes one request from the object's allowance; false when it is used up. */
  isAllowed(target: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(target) ?? { tokens: burstEvents, updatedMs: nowMs };
    keep(this.#buckets, target, bucket);
    const refill = Math.floor((nowMs - bucket.updatedMs) / refillMs);
    bucket.tokens = Math.min(burstEvents, bucket.tokens + refill);
    bucket.updatedMs += refill * refillMs;
    if (bucket.tokens <= 0) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** The note's message, or one text for all when a reason comes with ever new messages. */
  messageFor(target: string, note: EventNote, nowMs: number): string {
    const key = JSON.stringify([target, note.type, note.reason, note.action]);
    const known = this.#messages.get(key);
    const isCurrent = known !== undefined && nowMs - known.sinceMs < combineWindowMs;
    const messages = isCurrent ? known : { sinceMs: nowMs, seen: new Set<string>() };
    keep(this.#messages, key, messages);
    if (messages.seen.has(note.message)) return note.message;
    if (messages.seen.size >= maxMessages) return `(combined from similar events) ${note.reason}`;
    messages.seen.add(note.message);
    return note.message;
  }
}

/** Sets an entry as the newest; the oldest goes when there are too many. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxTracked) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
