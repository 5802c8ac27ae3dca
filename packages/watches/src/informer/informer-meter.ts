// SPDX-License-Identifier: Apache-2.0
// The metrics of one informer, by name (stage 1: watch event).
import { kindKey, type Kind, type KubernetesObject, type Metrics } from "@haversack/core";

/** What can be counted about an informer. */
export type InformerCount =
  | "lists"
  | "watches"
  /** Events that reached the cache. */
  | "events"
  /** Events older than, or equal to, what the cache holds. */
  | "stale_events"
  /** Lines and lists that could not be read. */
  | "malformed"
  /** Objects that were set aside. */
  | "quarantined"
  /** Watches replaced because nothing was heard from them. */
  | "stalls"
  /** Lists refused because they were older than what had been seen. */
  | "stale_lists"
  | "errors"
  | "handler_errors";

/** Counts under `haversack_informer_<name>_total` with the label `kind`. */
export class InformerMeter {
  readonly #metrics: Metrics;
  readonly #labels: Readonly<Record<string, string>>;

  constructor(metrics: Metrics, kind: Kind<KubernetesObject>) {
    this.#metrics = metrics;
    this.#labels = { kind: kindKey(kind) };
  }

  count(name: InformerCount, increment = 1): void {
    if (increment > 0) {
      this.#metrics.count(`haversack_informer_${name}_total`, this.#labels, increment);
    }
  }

  /** The number of cached objects, as `haversack_informer_objects`. */
  objects(size: number): void {
    this.#metrics.gauge("haversack_informer_objects", size, this.#labels);
  }
}
