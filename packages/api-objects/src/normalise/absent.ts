// SPDX-License-Identifier: Apache-2.0
// Empty values that the API server does not store, and defaults inside what is replaced whole (stage 6: writes).
import { isJsonObject, type Json } from "../json-value.js";

/** Maps that mean the same empty and absent. A structure such as a selector does not. */
const omittedMaps: ReadonlySet<string> = new Set([
  "labels",
  "annotations",
  "data",
  "binaryData",
  "nodeSelector",
  "matchLabels",
  "limits",
  "requests",
]);

/**
 * Fields whose zero value is not stored. Only fields that are no pointers in the Go types stand
 * here: `automountServiceAccountToken: false` and `storageClassName: ""` mean something.
 *
 * @see k8s.io/api, fields with `omitempty` of a plain type.
 */
const omittedZeros: ReadonlySet<string> = new Set([
  "hostNetwork",
  "hostPID",
  "hostIPC",
  "hostPort",
  "readOnly",
  "stdin",
  "stdinOnce",
  "tty",
  "paused",
  "publishNotReadyAddresses",
  "minReadySeconds",
  "initialDelaySeconds",
  "nodePort",
  "subPath",
  "subPathExpr",
  "nodeName",
  "priorityClassName",
  "hostname",
  "subdomain",
  "workingDir",
]);

/** Whether a declared value is one that the API server leaves out of what it stores. */
export function isDroppedWhenEmpty(trail: readonly string[], desired: Json): boolean {
  const field = trail[trail.length - 1] ?? "";
  if (Array.isArray(desired)) return desired.length === 0;
  if (isJsonObject(desired)) return Object.keys(desired).length === 0 && omittedMaps.has(field);
  if (desired !== "" && desired !== 0 && desired !== false) return false;
  if (isFreeMap(trail[trail.length - 2])) return false;
  return omittedZeros.has(field) || isEnvironmentValue(trail, desired);
}

/** Whether a live value inside an atomic part is a default nobody declares. */
export function isServerDefault(trail: readonly string[], live: Json | undefined): boolean {
  const [owner, field] = trail.slice(-2);
  if (owner === "fieldRef" && field === "apiVersion") return live === "v1";
  if (field === "protocol") return live === "TCP";
  if (owner === "serviceAccountToken" && field === "expirationSeconds") return live === 3600;
  if (owner === "resourceFieldRef" && field === "divisor") return live === "0" || live === 0;
  if (!trail.includes("volumeClaimTemplates")) return false;
  if (field === "status") return isJsonObject(live) && isOnlyPending(live);
  if (field === "volumeMode") return live === "Filesystem";
  return (
    (field === "apiVersion" && live === "v1") ||
    (field === "kind" && live === "PersistentVolumeClaim")
  );
}

function isFreeMap(field: string | undefined): boolean {
  return field !== undefined && (omittedMaps.has(field) || field === "parameters");
}

/** `env: [{ name: A, value: "" }]` is stored as `[{ name: A }]`. */
function isEnvironmentValue(trail: readonly string[], desired: Json): boolean {
  return desired === "" && trail.slice(-3).join("/") === "env/*/value";
}

function isOnlyPending(status: { readonly [key: string]: Json }): boolean {
  return Object.entries(status).every(([field, value]) => field === "phase" && value === "Pending");
}
