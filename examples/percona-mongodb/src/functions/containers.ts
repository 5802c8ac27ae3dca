// SPDX-License-Identifier: Apache-2.0
// The containers of a member's pod: mongod, entry scripts, backup agent, log collector (F7; stage 5: reconcile).
import { since, type Cluster, type MemberGroup, type Replset } from "../cluster.js";
import { encryptionDirectory } from "../configuration.js";
import { isJsonObject, present, type Json, type JsonObject } from "../json.js";
import { canonicalResources } from "../quantity.js";
import type { HookScriptSpec } from "../types.js";
import { mongodArgs } from "./mongod-args.js";

/** Names and places of volumes, as the images expect them. */
export const dataMount: JsonObject = { name: "mongod-data", mountPath: "/data/db" };
export const binMount: JsonObject = { name: "bin", mountPath: "/opt/percona" };
export const tmpMount: JsonObject = { name: "tmp", mountPath: "/tmp" };
export const hookScriptMount: JsonObject = {
  name: "hookscript",
  mountPath: "/opt/percona/hookscript",
};
const sslMount: JsonObject = { name: "ssl", mountPath: "/etc/mongodb-ssl", readOnly: true };
const sslInternalMount: JsonObject = {
  name: "ssl-internal",
  mountPath: "/etc/mongodb-ssl-internal",
  readOnly: true,
};

/** What containers depend on besides the custom resource: objects that exist or not. */
export interface ContainerFacts {
  readonly hasConfigFile: boolean;
  readonly hasLogConfig: boolean;
  readonly mountsKeyFile: boolean;
  /** The client Secret has all three keys, so that the backup agent can use TLS. */
  readonly hasCompleteCertificates: boolean;
}

/** All containers of a member: mongod first, then the user's, backup agent and log collector. */
export function memberContainers(
  cluster: Cluster,
  replset: Replset,
  group: MemberGroup,
  facts: ContainerFacts,
): readonly JsonObject[] {
  const main = mongodContainer(cluster, replset, group, facts);
  const all = withSidecars(main, group.pods.sidecars);
  if (group.member === "arbiter") return all;
  return [
    ...all,
    ...(cluster.backup.enabled === true ? [backupAgent(cluster, replset, facts)] : []),
    ...(isCollecting(cluster) ? logContainers(cluster, replset, facts) : []),
  ];
}

/** The main container and the user's, without one that takes the main one's name. */
export function withSidecars(
  main: JsonObject,
  sidecars: readonly JsonObject[] = [],
): readonly JsonObject[] {
  const others = sidecars.filter((sidecar) => sidecar["name"] !== main["name"]);
  return [main, ...others.map(withCanonicalResources)];
}

/** Copies the entry scripts of the operator's image where the main container runs them. */
export function initContainer(cluster: Cluster, resources: JsonObject): JsonObject {
  return present({
    name: "mongo-init",
    image: cluster.initImage,
    imagePullPolicy: cluster.imagePullPolicy,
    command: ["/init-entrypoint.sh"],
    resources: canonicalResources(resources),
    securityContext: cluster.initContainerSecurityContext,
    volumeMounts: since(cluster, "1.23.0") ? [binMount] : [dataMount, binMount],
  }) as JsonObject;
}

/** Mounts of keys and certificates, in this order everywhere. */
export function secretMounts(cluster: Cluster, mountsKeyFile: boolean): readonly JsonObject[] {
  const keyFile = {
    name: cluster.secrets.keyFile,
    mountPath: "/etc/mongodb-secrets",
    readOnly: true,
  };
  return [...(mountsKeyFile ? [keyFile] : []), sslMount, sslInternalMount];
}

/** Whether the log collector runs next to members. */
export function isCollecting(cluster: Cluster): boolean {
  return cluster.logCollector?.enabled === true && since(cluster, "1.21.0");
}

/** Whether a read-only root file system needs a place for temporary files. */
export function needsTmpVolume(cluster: Cluster, securityContext: JsonObject | undefined): boolean {
  return since(cluster, "1.23.0") && securityContext?.["readOnlyRootFilesystem"] === true;
}

function mongodContainer(
  cluster: Cluster,
  replset: Replset,
  group: MemberGroup,
  facts: ContainerFacts,
): JsonObject {
  const resources = canonicalResources(group.pods.resources);
  return {
    name: group.containerName,
    image: cluster.image,
    imagePullPolicy: cluster.imagePullPolicy,
    command: ["/opt/percona/ps-entry.sh"],
    args: mongodArgs(cluster, replset, resources, facts.hasConfigFile),
    ports: [{ name: "mongodb", containerPort: replset.port }],
    env: mongodEnv(cluster, replset),
    envFrom: [
      { secretRef: { name: cluster.secrets.internalUsers, optional: false } },
      ...(since(cluster, "1.22.0") ? replset.envFrom : []),
    ],
    workingDir: "/data/db",
    livenessProbe: group.livenessProbe,
    readinessProbe: group.readinessProbe,
    resources,
    securityContext: group.containerSecurityContext,
    volumeMounts: mongodMounts(cluster, replset, group, facts),
  };
}

function mongodEnv(cluster: Cluster, replset: Replset): readonly JsonObject[] {
  return [
    { name: "SERVICE_NAME", value: cluster.name },
    { name: "NAMESPACE", value: cluster.namespace },
    { name: "MONGODB_PORT", value: String(replset.port) },
    { name: "MONGODB_REPLSET", value: replset.replsetName },
    ...(isCollecting(cluster) ? [{ name: "LOGCOLLECTOR_ENABLED", value: "true" }] : []),
    ...(since(cluster, "1.22.0") ? replset.env : []),
  ];
}

function mongodMounts(
  cluster: Cluster,
  replset: Replset,
  group: MemberGroup,
  facts: ContainerFacts,
): readonly JsonObject[] {
  const { secrets } = cluster;
  const encryption: JsonObject =
    secrets.vault === undefined
      ? { name: secrets.encryptionKey, mountPath: encryptionDirectory, readOnly: true }
      : { name: secrets.vault, mountPath: "/etc/mongodb-vault", readOnly: true };
  return [
    dataMount,
    ...secretMounts(cluster, facts.mountsKeyFile),
    ...(facts.hasConfigFile ? [{ name: "config", mountPath: "/etc/mongodb-config" }] : []),
    binMount,
    ...(since(cluster, "1.21.0") ? [{ name: "mongosh", mountPath: "/.mongodb" }] : []),
    ...ldapMounts(cluster),
    ...(replset.isEncrypted ? [encryption] : []),
    { name: "users-secret-file", mountPath: "/etc/users-secret" },
    ...(hasHookScript(cluster, group.pods.hookScript) ? [hookScriptMount] : []),
    ...(needsTmpVolume(cluster, group.containerSecurityContext) ? [tmpMount] : []),
  ];
}

/** The directory service that users are looked up in: its certificates and its configuration. */
export function ldapMounts({ secrets }: Cluster): readonly JsonObject[] {
  if (secrets.ldap === undefined) return [];
  return [
    { name: "ldap-tls", mountPath: "/etc/openldap/certs", readOnly: true },
    { name: "ldap", mountPath: "/etc/openldap" },
  ];
}

/** Whether pods run a script of the user before they start. */
export function hasHookScript(cluster: Cluster, hook: HookScriptSpec | undefined): boolean {
  return since(cluster, "1.22.0") && Boolean(hook?.script || hook?.configMapRef?.name);
}

function backupAgent(cluster: Cluster, replset: Replset, facts: ContainerFacts): JsonObject {
  const { backup } = cluster;
  const hasProbes = since(cluster, "1.23.0");
  return present({
    name: "backup-agent",
    image: backup.image ?? "",
    imagePullPolicy: cluster.imagePullPolicy,
    command: ["/opt/percona/pbm-entry.sh"],
    args: ["pbm-agent-entrypoint"],
    env: backupEnv(cluster, replset, facts),
    livenessProbe: hasProbes ? backup.livenessProbe : undefined,
    readinessProbe: hasProbes ? backup.readinessProbe : undefined,
    resources: canonicalResources(backup.resources),
    securityContext: backup.containerSecurityContext,
    volumeMounts: [
      sslMount,
      { ...binMount, readOnly: true },
      dataMount,
      ...(backup.volumeMounts ?? []),
      ...(needsTmpVolume(cluster, backup.containerSecurityContext) ? [tmpMount] : []),
    ],
  }) as JsonObject;
}

function backupEnv(
  cluster: Cluster,
  replset: Replset,
  facts: ContainerFacts,
): readonly JsonObject[] {
  const users = cluster.secrets.internalUsers;
  return [
    fromSecret("PBM_AGENT_MONGODB_USERNAME", users, "MONGODB_BACKUP_USER_ESCAPED"),
    fromSecret("PBM_AGENT_MONGODB_PASSWORD", users, "MONGODB_BACKUP_PASSWORD_ESCAPED"),
    { name: "PBM_MONGODB_REPLSET", value: replset.replsetName },
    { name: "PBM_MONGODB_PORT", value: String(replset.port) },
    { name: "PBM_AGENT_SIDECAR", value: "true" },
    { name: "PBM_AGENT_SIDECAR_SLEEP", value: "5" },
    ...(cluster.isSharded ? [{ name: "SHARDED", value: "TRUE" }] : []),
    fromField("POD_NAME", "metadata.name"),
    { name: "PBM_MONGODB_URI", value: backupUri(cluster, facts.hasCompleteCertificates) },
    { name: "PBM_AGENT_TLS_ENABLED", value: String(cluster.tls.isOn) },
  ];
}

function backupUri({ tls }: Cluster, hasCompleteCertificates: boolean): string {
  const address =
    "mongodb://$(PBM_AGENT_MONGODB_USERNAME):$(PBM_AGENT_MONGODB_PASSWORD)@localhost:$(PBM_MONGODB_PORT)";
  if (!tls.isOn || !hasCompleteCertificates) return address;
  return `${address}/?tls=true&tlsCertificateKeyFile=/tmp/tls.pem&tlsCAFile=/etc/mongodb-ssl/ca.crt&tlsInsecure=true`;
}

function logContainers(
  cluster: Cluster,
  replset: Replset,
  facts: ContainerFacts,
): readonly JsonObject[] {
  const users = cluster.secrets.internalUsers;
  const shared = {
    image: cluster.logCollector?.image,
    imagePullPolicy: cluster.logCollector?.imagePullPolicy,
    command: ["/opt/percona/logcollector/entrypoint.sh"],
    resources: canonicalResources(cluster.logCollector?.resources),
    securityContext: cluster.logCollector?.containerSecurityContext,
  };
  const custom = {
    name: "log-collector-volume",
    mountPath: "/opt/percona/logcollector/fluentbit/custom",
  };
  const logs = present({
    ...shared,
    name: "logs",
    args: ["fluent-bit"],
    env: [
      { name: "LOG_DATA_DIR", value: "/data/db/logs" },
      fromField("POD_NAMESPACE", "metadata.namespace"),
      fromField("POD_NAME", "metadata.name"),
    ],
    volumeMounts: [dataMount, binMount, ...(facts.hasLogConfig ? [custom] : [])],
  });
  const logrotate = present({
    ...shared,
    name: "logrotate",
    args: ["logrotate"],
    env: [
      { name: "MONGODB_HOST", value: "localhost" },
      { name: "MONGODB_PORT", value: String(replset.port) },
      fromSecret("MONGODB_USER", users, "MONGODB_CLUSTER_ADMIN_USER_ESCAPED"),
      fromSecret("MONGODB_PASSWORD", users, "MONGODB_CLUSTER_ADMIN_PASSWORD_ESCAPED"),
    ],
    volumeMounts: [dataMount, binMount],
  });
  return [logs as JsonObject, logrotate as JsonObject];
}

function fromSecret(name: string, secret: string, key: string): JsonObject {
  return { name, valueFrom: { secretKeyRef: { key, name: secret, optional: false } } };
}

function fromField(name: string, fieldPath: string): JsonObject {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function withCanonicalResources(container: JsonObject): JsonObject {
  const resources: Json | undefined = container["resources"];
  return isJsonObject(resources)
    ? { ...container, resources: canonicalResources(resources) }
    : container;
}
