// SPDX-License-Identifier: Apache-2.0
// A watch that sends the whole state first, taken like a list (stage 1: watch event).
import type { KubernetesObject } from "@haversack/core";
import type { Source } from "./list-objects.js";
import type { Snapshot } from "./snapshot.js";
import { CorruptStreamError } from "./verdict.js";
import {
  watchObjects,
  type WatchDemand,
  type WatchListener,
  type WatchOutcome,
} from "./watch-objects.js";

/**
 * Watches with `sendInitialEvents`: collects until the bookmark that ends the initial state, hands
 * the snapshot over, and goes on as a plain watch.
 *
 * **API requests:** 1 WATCH, no LIST.
 * **Guarantees:** a stream that breaks off before that bookmark leaves nothing behind.
 *
 * @see KEP-3157 (watch list).
 */
export async function streamInitialState<T extends KubernetesObject>(
  source: Source,
  demand: Omit<WatchDemand, "version">,
  listener: WatchListener,
  begin: () => Snapshot<T>,
  complete: (snapshot: Snapshot<T>, version: string) => Promise<void>,
): Promise<WatchOutcome> {
  let snapshot: Snapshot<T> | undefined = begin();
  const collecting: WatchListener = {
    onOpen: () => listener.onOpen(),
    get busy() {
      return snapshot === undefined ? listener.busy : undefined;
    },
    onEvent: (type, bytes, scan) => {
      if (snapshot === undefined) listener.onEvent(type, bytes, scan);
      else if (type === "DELETED") snapshot.remove(scan);
      else snapshot.add(bytes, scan);
    },
    onBookmark: async (version, endsInitial) => {
      if (!endsInitial || snapshot === undefined) {
        if (snapshot === undefined) await listener.onBookmark(version, endsInitial);
        return;
      }
      if (version === undefined) throw withoutVersion(source.path);
      const whole = snapshot;
      snapshot = undefined;
      await complete(whole, version);
    },
  };
  try {
    const outcome = await watchObjects(source, { ...demand, version: undefined }, collecting);
    if (snapshot !== undefined) throw cutShortError(source.path);
    return outcome;
  } finally {
    snapshot?.discard();
  }
}

function withoutVersion(path: string): CorruptStreamError {
  return new CorruptStreamError(
    `watching ${path} failed: the bookmark that ends the initial state has no resourceVersion. ` +
      "It is tried again; the server must set it.",
  );
}

function cutShortError(path: string): CorruptStreamError {
  return new CorruptStreamError(
    `watching ${path} failed: the stream ended before the initial state was complete. ` +
      "It is tried again.",
  );
}
