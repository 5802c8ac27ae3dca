// SPDX-License-Identifier: Apache-2.0
// A text as a guest is given it: with the time, and after a start or wake with a seed (stage: turn).
import { randomBytes } from "node:crypto";
import type { Outgoing } from "./open-runs.js";

/** Puts a text together; with the same time and seed a guest does the same. */
export function renderText({ routing, lines }: Outgoing, nowMs: number, isSeeded: boolean): string {
  const seed = isSeeded ? { seed: seedWords() } : {};
  return [JSON.stringify({ ...routing, now: nowMs, ...seed }), ...lines].join("\n");
}

/** Four words that differ with every start and wake. */
function seedWords(): readonly number[] {
  const bytes = randomBytes(16);
  return [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at));
}
