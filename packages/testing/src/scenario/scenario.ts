// SPDX-License-Identifier: Apache-2.0
// Given, when, expect: one story about a reconciler as data (stages 1 to 7).
import type { ApiClient, Kind, KubernetesObject, ObjectKey, Result } from "@haversack/core";
import type { RequestVerb } from "../client/request-target.js";
import type { FakeClock } from "../clock/fake-clock.js";
import type { Manifests } from "../cluster/manifest.js";
import type { ClusterOptions, TestCluster } from "../cluster/start-cluster.js";
import type { FaultRule } from "../faults/fault.js";
import type { ExpectedWrite } from "./expected-write.js";

/** What a scenario's functions are given. */
export interface ScenarioWorld<R> {
  readonly cluster: TestCluster;
  readonly clock: FakeClock;
  readonly reconciler: R;
}

/** One thing that happens. After each, everything that follows from it happens too. */
export type ScenarioStep<R> =
  /** A reconcile of this primary: called directly, or queued when the reconciler has watches. */
  | { readonly request: ObjectKey }
  /** Somebody applies objects. */
  | { readonly apply: Manifests }
  /** Somebody writes a status. */
  | { readonly status: unknown; readonly of: Kind<KubernetesObject>; readonly key: ObjectKey }
  /** Somebody deletes an object. */
  | { readonly remove: ObjectKey; readonly of: Kind<KubernetesObject> }
  /** Time passes. */
  | { readonly advanceMs: number }
  /** From now on requests meet this. */
  | { readonly fault: FaultRule }
  | ((world: ScenarioWorld<R>) => Promise<void> | void);

/** An object that must be there, with at least these fields. */
export interface ExpectedObject {
  readonly kind: Kind<KubernetesObject>;
  readonly key: ObjectKey;
  /** Absent: it must not be there. */
  readonly holds?: unknown;
}

/** What must come of it. */
export interface ScenarioExpectation<R> {
  /** Every write, each exactly once. **Default: none; an unexpected write fails the scenario.** */
  readonly writes?: readonly ExpectedWrite[];
  /** The writes must come in this order. Default false. */
  readonly inOrder?: boolean;
  /** Numbers of requests by verb; verbs left out may be any number, watches too. */
  readonly requests?: Partial<Record<RequestVerb, number>>;
  readonly objects?: readonly ExpectedObject[];
  /** The result of the last pass. */
  readonly result?: Partial<Result>;
  /** The code or class of the error that the last pass threw. Default: it threw none. */
  readonly error?: string | (abstract new (...args: never[]) => Error);
  /** Number of passes. */
  readonly passes?: number;
  /** Names of a primary's secondaries by declared kind, as the secondary index tells them. */
  readonly index?: {
    readonly of: ObjectKey;
    readonly holds: Readonly<Record<string, readonly string[]>>;
  };
  /** Anything else; it throws when something is wrong. */
  readonly verify?: (world: ScenarioWorld<R>) => Promise<void> | void;
}

/** A story about a reconciler. */
export interface Scenario<R extends object> {
  /** For the message when it fails. */
  readonly name?: string;
  /** Makes a new reconciler: one with packs, which is then started, or any object with `reconcile`. */
  readonly reconciler: (environment: {
    readonly client: ApiClient;
    readonly clock: FakeClock;
  }) => R;
  readonly given?: {
    /** Wall time at the start. */
    readonly time?: string;
    readonly objects?: Manifests;
    /** Statuses to write after the objects. */
    readonly statuses?: readonly {
      readonly of: Kind<KubernetesObject>;
      readonly key: ObjectKey;
      readonly status: unknown;
    }[];
    readonly faults?: readonly FaultRule[];
    /** The reconciler has come to rest before `when`; its writes until then are not looked at. */
    readonly isSettled?: boolean;
  };
  readonly when?: ScenarioStep<R> | readonly ScenarioStep<R>[];
  readonly expect: ScenarioExpectation<R>;
  readonly cluster?: Omit<ClusterOptions, "clock" | "backend">;
}
