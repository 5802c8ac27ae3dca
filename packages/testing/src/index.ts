// SPDX-License-Identifier: Apache-2.0
/**
 * envtest for Node: clusters, a clock, faults, scenarios and a contract, for testing reconcilers.
 *
 * This package is responsible for a cluster that behaves like a real one, for time that passes only
 * when a test says so, and for making things go wrong on purpose. You are responsible for what your
 * reconciler should do. It is no test runner and no assertion library: it throws, any runner reports.
 *
 * @example
 * ```ts
 * const clock = new FakeClock();
 * const cluster = await startCluster({ clock });
 * const running = startReconciler(new DatabaseReconciler(), { client: cluster.client, clock });
 * await cluster.apply(databaseYaml);
 * await cluster.settle();
 * await cluster.get(configMaps, { namespace: "prod", name: "db-config" });
 * await expectQuiet(cluster, 600_000);
 * ```
 * @packageDocumentation
 */
export { activeRequests, settleEventLoop } from "./clock/event-loop.js";
export type { IdleProbe, SettleOptions } from "./clock/event-loop.js";
export { FakeClock } from "./clock/fake-clock.js";
export type { FakeClockOptions, PendingTimer } from "./clock/fake-clock.js";
export * from "./client/fetch-client.js";
export * from "./client/http-client.js";
export * from "./client/request-log.js";
export * from "./client/request-target.js";
export * from "./client/with-request-log.js";
export type { ApplyOptions, ListFilter } from "./cluster/administration.js";
export type { Discovery, ServedKind } from "./cluster/discovery.js";
export type { Manifest, Manifests } from "./cluster/manifest.js";
export * from "./cluster/start-cluster.js";
export * from "./faults/crash-error.js";
export * from "./faults/fault.js";
export * from "./faults/fault-script.js";
export * from "./faults/with-faults.js";
export * from "./random.js";
export { apiServerContract } from "./contract/contract-suite.js";
export type {
  ContractAbilities,
  ContractRunner,
  ContractTarget,
} from "./contract/contract-target.js";
export { applied, created, deleted, patched, updated } from "./scenario/expected-write.js";
export type { ExpectedWrite, WriteShorthand } from "./scenario/expected-write.js";
export type { PassRecord } from "./scenario/pass-record.js";
export { scenario, type ScenarioOutcome } from "./scenario/run-scenario.js";
export type * from "./scenario/scenario.js";
export * from "./world/crash-at-every-write.js";
export * from "./world/history.js";
export * from "./world/matchers.js";
export * from "./world/quiescence.js";
export * from "./world/world-state.js";
