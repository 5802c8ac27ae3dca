// SPDX-License-Identifier: Apache-2.0
// The volumes and volume claims of a member's pod, in the original's order (F7; stage 5: reconcile).
import { since, type Cluster, type MemberGroup, type Replset } from "../cluster.js";
import { isJsonObject, present, type JsonObject } from "../json.js";
import { hookScriptName } from "../names.js";
import { canonicalResources } from "../quantity.js";
import type { HookScriptSpec } from "../types.js";
import type { CustomConfig } from "./config-hash.js";
import { hasHookScript, needsTmpVolume } from "./containers.js";

/** 0440: the owner and the group may read keys. */
const secretMode = 288;

/** What volumes depend on besides the custom resource. */
export interface VolumeFacts {
  readonly config: CustomConfig | undefined;
  readonly logConfig: CustomConfig | undefined;
  readonly mountsKeyFile: boolean;
}

/** All volumes of a member's pod. */
export function memberVolumes(
  cluster: Cluster,
  replset: Replset,
  group: MemberGroup,
  facts: VolumeFacts,
): readonly JsonObject[] {
  const { secrets } = cluster;
  const own = [
    ...(facts.mountsKeyFile ? [keyFileVolume(cluster)] : []),
    emptyDir("bin"),
    ...(since(cluster, "1.21.0") ? [emptyDir("mongosh")] : []),
    ...(facts.config === undefined ? [] : [{ name: "config", ...facts.config.volumeSource }]),
    ...(facts.logConfig === undefined
      ? []
      : [{ name: "log-collector-volume", ...facts.logConfig.volumeSource }]),
    ...(replset.isEncrypted
      ? [
          secretVolume(
            secrets.vault ?? secrets.encryptionKey,
            secrets.vault ?? secrets.encryptionKey,
            false,
          ),
        ]
      : []),
    ...certificateVolumes(cluster),
    usersVolume(cluster),
    ...ldapVolumes(cluster),
    ...hookScriptVolume(
      cluster,
      group.pods.hookScript,
      hookScriptName(cluster.name, replset.name, group.component),
    ),
    ...dataVolume(group),
    ...(hasTmp(cluster, group) ? [emptyDir("tmp")] : []),
  ];
  return withSidecarVolumes(own, group.pods.sidecarVolumes);
}

/** The claims of a member: its data, and what the user's containers need. */
export function memberClaims(cluster: Cluster, group: MemberGroup): readonly JsonObject[] {
  const claim = group.volumeSpec?.persistentVolumeClaim;
  const data = claim === undefined ? [] : [dataClaim(cluster, claim)];
  return withSidecarClaims(data, group.pods.sidecarPVCs);
}

/** The Secret members authenticate with. */
export function keyFileVolume(cluster: Cluster): JsonObject {
  return secretVolume(cluster.secrets.keyFile, cluster.secrets.keyFile, false);
}

/** Certificates for clients and between members; the second are optional. */
export function certificateVolumes({ secrets, tls }: Cluster): readonly JsonObject[] {
  return [
    secretVolume("ssl", secrets.ssl, tls.isOptional),
    secretVolume("ssl-internal", secrets.sslInternal, true),
  ];
}

/** The operator's copy of users and passwords. */
export function usersVolume({ secrets }: Cluster): JsonObject {
  return { name: "users-secret-file", secret: { secretName: secrets.internalUsers } };
}

/** Certificates of a directory service, and a place for its configuration. */
export function ldapVolumes({ secrets }: Cluster): readonly JsonObject[] {
  return secrets.ldap === undefined
    ? []
    : [secretVolume("ldap-tls", secrets.ldap, true), emptyDir("ldap")];
}

/** The user's script as a volume, when there is one: in a ConfigMap of the user's, or in ours. */
export function hookScriptVolume(
  cluster: Cluster,
  hook: HookScriptSpec | undefined,
  ownName: string,
): readonly JsonObject[] {
  if (!hasHookScript(cluster, hook)) return [];
  const name = hook?.configMapRef?.name || ownName;
  return [{ name: "hookscript", configMap: { name, optional: true } }];
}

/** An empty directory that lives as long as its pod. */
export function emptyDir(name: string): JsonObject {
  return { name, emptyDir: {} };
}

function secretVolume(name: string, secretName: string, optional: boolean): JsonObject {
  return { name, secret: { defaultMode: secretMode, optional, secretName } };
}

function dataVolume({ member, volumeSpec }: MemberGroup): readonly JsonObject[] {
  if (member === "arbiter") return [emptyDir("mongod-data")];
  if (volumeSpec === undefined || volumeSpec.persistentVolumeClaim !== undefined) return [];
  const { hostPath, emptyDir: directory } = volumeSpec;
  return [
    {
      name: "mongod-data",
      ...(hostPath === undefined ? {} : { hostPath }),
      ...(directory === undefined ? {} : { emptyDir: directory }),
    },
  ];
}

function hasTmp(cluster: Cluster, group: MemberGroup): boolean {
  const isBackedUp = cluster.backup.enabled === true && group.member !== "arbiter";
  return (
    needsTmpVolume(cluster, group.containerSecurityContext) ||
    (isBackedUp && needsTmpVolume(cluster, cluster.backup.containerSecurityContext))
  );
}

function dataClaim(cluster: Cluster, claim: JsonObject): JsonObject {
  // Labels and annotations of a claim are the operator's to patch; a template cannot be changed later.
  const { resources } = claim;
  const spec = present({ ...claim, annotations: undefined, labels: undefined }) as JsonObject;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "mongod-data", namespace: cluster.namespace },
    spec: {
      ...spec,
      resources: canonicalResources(isJsonObject(resources) ? resources : undefined),
    },
  };
}

function withSidecarVolumes(
  own: readonly JsonObject[],
  extra: readonly JsonObject[] = [],
): readonly JsonObject[] {
  const names = new Set(own.map((volume) => volume["name"]));
  return [...own, ...extra.filter((volume) => !names.has(volume["name"]))];
}

function withSidecarClaims(
  own: readonly JsonObject[],
  extra: readonly JsonObject[] = [],
): readonly JsonObject[] {
  const names = new Set(own.map(claimName));
  return [...own, ...extra.filter((claim) => !names.has(claimName(claim)))];
}

function claimName(claim: JsonObject): unknown {
  return isJsonObject(claim["metadata"]) ? claim["metadata"]["name"] : claim["name"];
}
