// SPDX-License-Identifier: Apache-2.0
// Default probes of members and routers (F1; stage 5: reconcile).
import { present, type JsonObject } from "../json.js";
import type { ProbeSpec } from "../types.js";

/** Two hours: a member that replays its journal or copies its data is not dead. */
const memberStartupDelaySeconds = 7200;
const mongosStartupDelaySeconds = 10;
const healthcheck = "/opt/percona/mongodb-healthcheck";
const startupDelayFlag = "--startupDelaySeconds";
const tlsFlags = [
  "--ssl",
  "--sslInsecure",
  "--sslCAFile",
  "/etc/mongodb-ssl/ca.crt",
  "--sslPEMKeyFile",
  "/tmp/tls.pem",
] as const;

/** What the probes of a cluster depend on. */
export interface ProbeContext {
  readonly isTlsOn: boolean;
  /** Members' readiness checks speak TLS since crVersion 1.22; routers' always did. */
  readonly readinessSpeaksTls: boolean;
}

/** Liveness of voting members: exec of the healthcheck, delay 60, timeout 10, period 30, failures 4. */
export function memberLiveness(given: ProbeSpec | undefined, context: ProbeContext): ProbeSpec {
  const startupDelaySeconds = positive(given?.startupDelaySeconds) ?? memberStartupDelaySeconds;
  const exec = given?.exec ?? {
    command: [
      healthcheck,
      "k8s",
      "liveness",
      ...tls(context),
      startupDelayFlag,
      String(startupDelaySeconds),
    ],
  };
  return timed(
    { ...given, exec, startupDelaySeconds },
    { delay: 60, timeout: 10, period: 30, failures: 4 },
  );
}

/** Readiness of voting members; config servers are given up on earlier (3 failures instead of 8). */
export function memberReadiness(
  given: ProbeSpec | undefined,
  context: ProbeContext,
  isConfigServer: boolean,
): ProbeSpec {
  const probe = {
    ...withReadinessCheck(given, context),
    successThreshold: positive(given?.successThreshold) ?? 1,
  };
  return timed(probe, { delay: 10, timeout: 2, period: 3, failures: isConfigServer ? 3 : 8 });
}

/** Liveness of nonvoting and hidden members: their own values, else those of their replica set. */
export function inheritedLiveness(
  given: ProbeSpec | undefined,
  replset: ProbeSpec,
  context: ProbeContext,
): ProbeSpec {
  const startupDelaySeconds =
    positive(given?.startupDelaySeconds) ??
    replset.startupDelaySeconds ??
    memberStartupDelaySeconds;
  const command = given?.exec?.command ?? [healthcheck, "k8s", "liveness", ...tls(context)];
  const withFlag = command.includes(startupDelayFlag)
    ? command
    : [...command, startupDelayFlag, String(startupDelaySeconds)];
  return inherited({ ...given, exec: { command: withFlag }, startupDelaySeconds }, replset);
}

/** Readiness of nonvoting and hidden members; the success threshold is not inherited. */
export function inheritedReadiness(
  given: ProbeSpec | undefined,
  replset: ProbeSpec,
  context: ProbeContext,
): ProbeSpec {
  return inherited(withReadinessCheck(given, context), replset);
}

/** Liveness of routers. */
export function mongosLiveness(given: ProbeSpec | undefined, context: ProbeContext): ProbeSpec {
  const startupDelaySeconds = positive(given?.startupDelaySeconds) ?? mongosStartupDelaySeconds;
  const exec = given?.exec ?? {
    command: [
      ...[healthcheck, "k8s", "liveness", "--component", "mongos"],
      ...tls(context),
      ...[startupDelayFlag, String(startupDelaySeconds)],
    ],
  };
  return timed(
    { ...given, exec, startupDelaySeconds },
    { delay: 60, timeout: 10, period: 30, failures: 4 },
  );
}

/** Readiness of routers. */
export function mongosReadiness(given: ProbeSpec | undefined, context: ProbeContext): ProbeSpec {
  const exec = given?.exec ?? {
    command: [healthcheck, "k8s", "readiness", "--component", "mongos", ...tls(context)],
  };
  const probe = { ...given, exec, successThreshold: positive(given?.successThreshold) ?? 1 };
  return timed(probe, { delay: 10, timeout: 1, period: 1, failures: 3 });
}

/** The probe as Kubernetes takes it, without the field that is only the operator's. */
export function probeJson(probe: ProbeSpec): JsonObject {
  return present({ ...probe, startupDelaySeconds: undefined }) as JsonObject;
}

interface Timing {
  readonly delay: number;
  readonly timeout: number;
  readonly period: number;
  readonly failures: number;
}

function timed(probe: ProbeSpec, timing: Timing): ProbeSpec {
  return {
    ...probe,
    initialDelaySeconds: positive(probe.initialDelaySeconds) ?? timing.delay,
    timeoutSeconds: positive(probe.timeoutSeconds) ?? timing.timeout,
    periodSeconds: positive(probe.periodSeconds) ?? timing.period,
    failureThreshold: positive(probe.failureThreshold) ?? timing.failures,
  };
}

function inherited(probe: ProbeSpec, replset: ProbeSpec): ProbeSpec {
  return timed(probe, {
    delay: replset.initialDelaySeconds ?? 0,
    timeout: replset.timeoutSeconds ?? 0,
    period: replset.periodSeconds ?? 0,
    failures: replset.failureThreshold ?? 0,
  });
}

function withReadinessCheck(given: ProbeSpec | undefined, context: ProbeContext): ProbeSpec {
  if (given?.tcpSocket !== undefined || given?.exec !== undefined) return given;
  const flags = context.readinessSpeaksTls ? tls(context) : [];
  return {
    ...given,
    exec: { command: [healthcheck, "k8s", "readiness", "--component", "mongod", ...flags] },
  };
}

function tls(context: ProbeContext): readonly string[] {
  return context.isTlsOn ? tlsFlags : [];
}

/** Numbers below 1 count as not given: the custom resource's zero value is no wish. */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value >= 1 ? value : undefined;
}
