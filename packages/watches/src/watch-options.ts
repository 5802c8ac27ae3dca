// SPDX-License-Identifier: Apache-2.0
// What a reconciler may declare about its watches, its queue and its passes (stage 0: words).
import {
  ConfigurationError,
  type InformerOptions,
  type Kind,
  type KubernetesObject,
  type Relation,
} from "@haversack/core";
import type { BackoffOptions } from "./backoff.js";
import { or, type Predicate, type PredicateLike } from "./predicate.js";
import {
  annotationsChanged,
  deletionStarted,
  generationChanged,
  labelsChanged,
} from "./predicates/index.js";
import type { Debounce } from "./queue-entry.js";
import type { StageTrace } from "./stage-trace.js";
import type { WatchDeclaration } from "./watch-declaration.js";

/** Options of `withWatches`. */
export interface WatchOptions {
  /**
   * Which changes of a primary wake its reconcile. Default {@link specOrMetadataChanged}: all but
   * its status. Deletions always do.
   */
  readonly primary?: PredicateLike | undefined;
  /** Kinds whose controller reference leads to the primary. */
  readonly owns?: readonly (Kind<KubernetesObject> | WatchDeclaration)[] | undefined;
  /** Kinds that lead to the primary in another way. */
  readonly watches?:
    readonly (WatchDeclaration & { readonly by: Relation | readonly Relation[] })[] | undefined;
  /** Namespaces of primaries and secondaries. Default: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** How the informer keeps primaries: selectors, projection, bodies. */
  readonly primaryInformer?: Omit<InformerOptions, "namespaces" | "wantedBy"> | undefined;
  /** Passes at a time, each of another primary. Default 1. */
  readonly workers?: number | undefined;
  /** Longest time of a pass until it is aborted. Default 300,000 ms; `Infinity` for none. */
  readonly timeoutMs?: number | undefined;
  /** Gathers the events of a primary; predicates then see the whole range. Default: none. */
  readonly debounce?: Debounce | undefined;
  /** Delays after failures. */
  readonly backoff?: BackoffOptions | undefined;
  /** Time in which what waits gains 1 priority. Default 1,000 ms. */
  readonly agingMs?: number | undefined;
  /** How long stopping waits for passes. Default 30,000 ms. */
  readonly drainMs?: number | undefined;
  /** For logs and metrics. Default: the primary's kind, in lower case. */
  readonly name?: string | undefined;
  /** Told about every stage of every event. */
  readonly trace?: StageTrace | undefined;
}

/** {@link WatchOptions} with defaults. @internal */
export interface WatchSettings {
  readonly primary: PredicateLike;
  readonly declared: readonly (Kind<KubernetesObject> | WatchDeclaration)[];
  readonly namespaces: readonly string[] | undefined;
  readonly primaryInformer: Omit<InformerOptions, "namespaces" | "wantedBy">;
  readonly workers: number;
  readonly timeoutMs: number;
  readonly debounce: Debounce | undefined;
  readonly backoff: BackoffOptions;
  readonly agingMs: number;
  readonly drainMs: number;
  readonly name: string;
  readonly trace: StageTrace | undefined;
}

/**
 * Passes when what is wanted of an object, its labels or its annotations changed, or its deletion
 * began: everything but its status, so that a reconciler does not wake itself by writing it.
 */
export const specOrMetadataChanged: Predicate = {
  ...or(generationChanged, labelsChanged, annotationsChanged, deletionStarted),
  name: "specOrMetadataChanged",
};

/**
 * Fills options in. **API requests:** 0.
 *
 * @throws {@link ConfigurationError} for options that cannot work. Terminal.
 * @internal
 */
export function toSettings(kind: Kind<KubernetesObject>, options: WatchOptions): WatchSettings {
  const { workers = 1, timeoutMs = 300_000, drainMs = 30_000, namespaces } = options;
  const refuse = (why: string, advice: string): never => {
    throw new ConfigurationError(`cannot watch for ${kind.kind}: ${why}. ${advice}`);
  };
  if (!Number.isInteger(workers) || workers < 1)
    refuse(`workers is ${workers}`, "Give a whole number from 1 on.");
  if (!(timeoutMs > 0)) refuse(`timeoutMs is ${timeoutMs}`, "Give a time, or Infinity for none.");
  if (!(drainMs >= 0) || drainMs === Infinity) refuse(`drainMs is ${drainMs}`, "Give a time.");
  if (namespaces?.length === 0)
    refuse("namespaces is empty", "Name some, or leave it out to watch all.");
  return {
    primary: options.primary ?? specOrMetadataChanged,
    declared: [...(options.owns ?? []), ...(options.watches ?? [])],
    namespaces,
    primaryInformer: options.primaryInformer ?? {},
    workers,
    timeoutMs,
    debounce: options.debounce,
    backoff: options.backoff ?? {},
    agingMs: options.agingMs ?? 1000,
    drainMs,
    name: options.name ?? kind.kind.toLowerCase(),
    trace: options.trace,
  };
}
