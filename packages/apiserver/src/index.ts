// SPDX-License-Identifier: Apache-2.0
/**
 * An embedded Kubernetes API server in one Node process, over real HTTP(S) or none at all.
 *
 * It is responsible for answering as the real server does: one global revision, watches that lose
 * nothing, server-side apply, custom resources, finalizers, garbage collection. You are responsible
 * for what runs against it, and for `settle()` where you want its controllers to have finished. It
 * runs no containers.
 *
 * ```ts
 * const server = await startApiServer();
 * const answer = await server.fetch("/api/v1/namespaces/default/configmaps", {
 *   method: "POST",
 *   headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
 *   body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }),
 * });
 * answer.status; // => 201
 * await server.close();
 * ```
 *
 * @packageDocumentation
 */
export { startApiServer } from "./server.js";
export type { ApiServer, ApiServerOptions } from "./server.js";
export { systemClock } from "./clock.js";
export type { ServerClock, Timer } from "./clock.js";
export type { ControllerName } from "./controllers/controllers.js";
export type { PodMatch, PodRule, PodRules, PodStage, PodState } from "./controllers/pod-rules.js";
export type {
  Fault,
  FaultHandle,
  FaultMatch,
  FaultRule,
  FaultRules,
  FaultScript,
} from "./faults/fault-rules.js";
export type { Fetch } from "./http/in-process.js";
export type { Json, JsonObject } from "./json.js";
export type { RequestLog, RequestRecord } from "./request-log.js";
export type { AnonymousAccess, TokenUser } from "./auth/identity.js";
export type { KeyPair } from "./tls.js";
