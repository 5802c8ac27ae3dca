// SPDX-License-Identifier: Apache-2.0
/**
 * Runs reconcilers in production, so that an operator is a `main.ts` of ten lines.
 *
 * This package is responsible for starting and ending in order, for acting only while it may (leader
 * election, sharding), for telling how it goes (health, metrics, logs, traces), and for rights,
 * pauses, plans and recordings. You are responsible for reconcilers that pass `request.signal` on,
 * for the Deployment, and for the Role, which it prints. It is no pack: it works with any.
 *
 * @example
 * ```ts
 * await new Manager({ name: "database-operator", leaderElection: true, http: true, metrics: true })
 *   .add(new DatabaseReconciler())
 *   .start();
 * ```
 * @packageDocumentation
 */
export { MissingAccessError, UndeclaredAccessError } from "./access/access-errors.js";
export { guardAccess } from "./access/access-guard.js";
export type { AccessRule } from "./access/access-rules.js";
export { deriveRules, type DeriveRulesOptions } from "./access/derive-rules.js";
export { formatRoles, type RoleOptions } from "./access/role-manifests.js";
export { debugAnnotation, pauseAnnotation } from "./controls/control-annotations.js";
export type { EndpointOptions } from "./health/endpoints.js";
export type { PassPlan, PlanOptions } from "./controls/plan.js";
export { planPass } from "./controls/plan-pass.js";
export type { PlannedWrite } from "./controls/planning-client.js";
export type { HealthCheck, HealthLimits } from "./health/health.js";
export type { ElectionOptions } from "./leader/election-options.js";
export { LeadershipLostError } from "./leader/leadership-errors.js";
export { Manager } from "./manager.js";
export type * from "./manager-options.js";
export type { PassRecording, RecordedExchange, RecordedKind } from "./replay/pass-recording.js";
export type { PassReplay } from "./replay/replay.js";
export { replayPass } from "./replay/replay-pass.js";
export type { SignalSource } from "./run/process-signals.js";
export type { ShardingOptions } from "./sharding/sharding-options.js";
export { otelTracer, pinoLogger, promMetrics } from "./telemetry/adapters.js";
export type { PinoLike, PinoLoggerOptions } from "./telemetry/pino-logger.js";
export type { PromMetricsOptions, RegistryLike, ScrapedMetrics } from "./telemetry/prom-metrics.js";
