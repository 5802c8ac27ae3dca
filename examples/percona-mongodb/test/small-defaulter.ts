// SPDX-License-Identifier: Apache-2.0
// The few defaults of the API server that the expected files show, for tests without a server.
import { isJsonObject, type Json, type JsonObject, type Manifest } from "../src/json.js";

type Open = { [key: string]: Json | undefined };

/** A copy with the defaults that the API server fills in for StatefulSets and Services. */
export function withServerDefaults(object: Manifest): Manifest {
  const copy = structuredClone(object) as unknown as { kind: string; spec?: Open };
  if (copy.spec !== undefined && copy.kind === "StatefulSet") statefulSet(copy.spec);
  if (copy.spec !== undefined && copy.kind === "Service") service(copy.spec);
  return copy as unknown as Manifest;
}

function statefulSet(spec: Open): void {
  spec["podManagementPolicy"] ??= "OrderedReady";
  spec["revisionHistoryLimit"] ??= 10;
  pod((spec["template"] as unknown as { spec: Open }).spec);
  for (const claim of list(spec["volumeClaimTemplates"])) {
    const claimSpec = claim["spec"] as Open;
    claimSpec["volumeMode"] ??= "Filesystem";
    claim["status"] ??= { phase: "Pending" };
  }
}

function pod(spec: Open): void {
  spec["dnsPolicy"] ??= "ClusterFirst";
  spec["schedulerName"] ??= "default-scheduler";
  spec["securityContext"] ??= {};
  if (spec["serviceAccountName"] !== undefined)
    spec["serviceAccount"] ??= spec["serviceAccountName"];
  for (const one of [...list(spec["containers"]), ...list(spec["initContainers"])]) container(one);
  for (const volume of list(spec["volumes"])) {
    for (const source of ["secret", "configMap", "projected"]) {
      if (isJsonObject(volume[source])) (volume[source] as Open)["defaultMode"] ??= 420;
    }
    if (isJsonObject(volume["hostPath"])) (volume["hostPath"] as Open)["type"] ??= "";
  }
}

function container(one: Open): void {
  one["terminationMessagePath"] ??= "/dev/termination-log";
  one["terminationMessagePolicy"] ??= "File";
  one["resources"] ??= {};
  const image = typeof one["image"] === "string" ? one["image"] : "";
  const tag = image.split("/").at(-1)?.split(":")[1];
  one["imagePullPolicy"] ??= tag === undefined || tag === "latest" ? "Always" : "IfNotPresent";
  for (const port of list(one["ports"])) port["protocol"] ??= "TCP";
  for (const probe of [one["livenessProbe"], one["readinessProbe"]]) {
    if (!isJsonObject(probe)) continue;
    const open = probe as Open;
    open["timeoutSeconds"] ??= 1;
    open["periodSeconds"] ??= 10;
    open["successThreshold"] ??= 1;
    open["failureThreshold"] ??= 3;
  }
  for (const variable of list(one["env"])) {
    const source = variable["valueFrom"] as JsonObject | undefined;
    if (isJsonObject(source?.["fieldRef"])) (source["fieldRef"] as Open)["apiVersion"] ??= "v1";
  }
}

function service(spec: Open): void {
  spec["sessionAffinity"] ??= "None";
  spec["type"] ??= "ClusterIP";
  spec["internalTrafficPolicy"] ??= "Cluster";
  for (const port of list(spec["ports"])) port["protocol"] ??= "TCP";
}

function list(value: Json | undefined): Open[] {
  return Array.isArray(value) ? (value as Open[]) : [];
}
