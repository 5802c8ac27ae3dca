// SPDX-License-Identifier: Apache-2.0
// Makes a recorded pass again and compares what it sends, byte by byte (stage 5: reconcile).
import {
  ConfigurationError,
  done,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
} from "@haversack/core";
import { handMade, startCaches, type HandMade } from "../controls/caches-only.js";
import { recordError, type PassRecording } from "./pass-recording.js";
import { ReplayClient } from "./replay-client.js";

/** How a replay went. */
export interface PassReplay {
  /** Every request was the same to the byte, and so was the outcome. */
  readonly isSame: boolean;
  /** What was not, for people. */
  readonly differences: readonly string[];
  readonly outcome: PassRecording["outcome"];
}

/** See `replayPass`. @internal */
export async function makeReplay(
  reconciler: object,
  recording: PassRecording,
  logger: Logger = silentLogger,
): Promise<PassReplay> {
  const format: string = recording.format;
  if (format !== "haversack-pass/1") {
    throw new ConfigurationError(
      `cannot replay a recording of format "${format}": only haversack-pass/1 is known. Record it anew.`,
    );
  }
  const target = handMade(reconciler, "replay");
  const client = new ReplayClient(recording);
  const environment = { client, logger, clock: clockAt(recording.time), random: () => 0.5 };
  const running = await startCaches(target, environment);
  try {
    client.beginPass();
    const outcome = await pass(target, recording);
    client.endPass();
    const [before, now] = [recording.outcome, outcome].map((each) => JSON.stringify(each));
    const differences = [...client.differences];
    if (before !== now) differences.push(`the outcome is ${now}; recorded was ${before}`);
    return { isSame: differences.length === 0, differences, outcome };
  } finally {
    await running.stop();
  }
}

async function pass(
  target: HandMade,
  { request, primary }: PassRecording,
): Promise<PassRecording["outcome"]> {
  const { signal } = new AbortController();
  try {
    const found = target.watches?.primary(request.ref) ?? primary;
    const result = await target.reconcile(Object.freeze({ ...request, primary: found, signal }));
    return { result: result ?? done };
  } catch (error) {
    return { error: recordError(error) };
  }
}

/** The wall clock stands still; timers go on, or what waits would wait for ever. */
function clockAt(time: string): Clock {
  const wallMs = Date.parse(time);
  return { ...systemClock, now: () => wallMs };
}
