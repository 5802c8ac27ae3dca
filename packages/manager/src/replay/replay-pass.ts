// SPDX-License-Identifier: Apache-2.0
// Replaying a pass; what it takes is loaded when it is asked for (stage 5: reconcile).
import type { Logger } from "@haversack/core";
import type { PassRecording } from "./pass-recording.js";
import type { PassReplay } from "./replay.js";

/**
 * Makes a recorded pass again, without a cluster, and compares every request with the recorded one.
 *
 * The reconciler must not run; it is given the recorded caches, answers and time.
 *
 * **API requests:** 0. **Guarantees:** a request that differs by a byte is a difference.
 * **Caveats:** what is made from a Secret's value, such as a hash, differs: the recording holds a word
 * in place of the value.
 *
 * @param recording What `Manager.record` returned, or its JSON read again.
 * @throws ConfigurationError for a recording of another format. Terminal.
 * @example
 * ```ts
 * const recording = JSON.parse(await readFile("pass.json", "utf8")) as PassRecording;
 * const { isSame, differences } = await replayPass(new DatabaseReconciler(), recording);
 * ```
 */
export async function replayPass(
  reconciler: object,
  recording: PassRecording,
  options: { readonly logger?: Logger } = {},
): Promise<PassReplay> {
  const { makeReplay } = await import("./replay.js");
  return makeReplay(reconciler, recording, options.logger);
}
