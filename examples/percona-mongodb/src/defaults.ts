// SPDX-License-Identifier: Apache-2.0
// F1, defaults and version: from the custom resource as the user wrote it to a complete cluster (stage 5: reconcile).
import type { Cluster, MemberGroup, Mongos, Replset, SecretNames, Tls, Told } from "./cluster.js";
import {
  configuredPort,
  configuredReplsetName,
  isEncryptionOn,
  isQuiet,
  storedConfiguration,
  usesVault,
} from "./configuration.js";
import { present, type JsonObject } from "./json.js";
import {
  componentOf,
  configReplsetName,
  containerName,
  internalUsersName,
  keyFileName,
  memberConfigName,
  statefulSetName,
  type Member,
} from "./names.js";
import {
  defaultContainerSecurityContext,
  defaultPodSecurityContext,
  exposeDefaults,
  podDefaults,
  volumeDefaults,
} from "./defaults/pods.js";
import {
  inheritedLiveness,
  inheritedReadiness,
  memberLiveness,
  memberReadiness,
  mongosLiveness,
  mongosReadiness,
  probeJson,
  type ProbeContext,
} from "./defaults/probes.js";
import { InvalidClusterError, problemsOf, replsetsOf } from "./defaults/validation.js";
import type { MemberSpec, Psmdb, PsmdbSpec, ReplsetSpec, TlsSpec } from "./types.js";
import { compareVersions, operatorImage, operatorVersion } from "./version.js";

const workloadServiceAccount = "default";

/**
 * Makes the complete cluster of a custom resource: the crVersion, every default, everything inherited.
 *
 * Nothing is written back: defaults live in memory only, as in the original, so that a new version
 * may choose others.
 *
 * **API requests:** 0.
 *
 * @throws {@link InvalidClusterError} with every problem and what to change. Terminal.
 * @example
 * ```ts
 * defaultCluster(primary).replsets[0]?.groups[0]?.setName; // => "some-name-rs0"
 * ```
 */
export function defaultCluster(given: Psmdb): Cluster {
  const primary = { ...given, spec: withOlderFlag(given.spec) };
  const problems = problemsOf(primary);
  if (problems.length > 0) throw new InvalidClusterError(primary.metadata.name, problems);
  const { spec, metadata } = primary;
  const version = spec.crVersion || operatorVersion;
  const tls = tlsDefaults(spec);
  const isSharded = spec.sharding?.enabled === true;
  const context = {
    isTlsOn: tls.isOn,
    readinessSpeaksTls: compareVersions(version, "1.22.0") >= 0,
  };
  const mongos = isSharded ? mongosDefaults(spec, context) : undefined;
  return present<Cluster>({
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    uid: metadata.uid ?? "",
    annotations: metadata.annotations ?? {},
    version,
    isPaused: spec.pause === true,
    isSharded,
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy || "Always",
    imagePullSecrets: spec.imagePullSecrets,
    initImage: spec.initImage || initImageOf(version),
    initContainerSecurityContext: spec.initContainerSecurityContext,
    schedulerName: spec.schedulerName,
    updateStrategy: spec.updateStrategy || "SmartUpdate",
    dnsSuffix: spec.clusterServiceDNSSuffix || "svc.cluster.local",
    isMultiCluster: spec.multiCluster?.enabled === true,
    multiClusterDnsSuffix: spec.multiCluster?.DNSSuffix || "svc.clusterset.local",
    ignoreLabels: spec.ignoreLabels ?? [],
    ignoreAnnotations: spec.ignoreAnnotations ?? [],
    secrets: secretNamesOf(primary),
    tls,
    usesKeyFile: usesKeyFile(spec, tls),
    isBalanced: spec.sharding?.balancer?.enabled ?? true,
    replsets: replsetsOf(spec).map((replset) => replsetDefaults(primary, replset, context)),
    mongos,
    backup: {
      ...spec.backup,
      containerSecurityContext:
        spec.backup?.containerSecurityContext ?? defaultContainerSecurityContext,
    },
    logCollector: spec.logcollector,
    told: present<Told>({
      state: primary.status?.state ?? "",
      backupTasks: primary.status?.backupTasks ?? [],
      mongoImage: primary.status?.mongoImage,
      mongoVersion: primary.status?.mongoVersion,
    }),
  });
}

/** One flag for everything unsafe came before the single ones; it switches TLS off, as in the original. */
function withOlderFlag(spec: PsmdbSpec): PsmdbSpec {
  if (spec.allowUnsafeConfigurations !== true) return spec;
  const unsafeFlags = {
    tls: true,
    replsetSize: true,
    mongosSize: true,
    terminationGracePeriod: true,
    backupIfUnhealthy: true,
  };
  return { ...spec, unsafeFlags, tls: { ...spec.tls, mode: "disabled" } };
}

/** An older crVersion keeps the entry scripts of its own release. */
function initImageOf(version: string): string {
  return version === operatorVersion
    ? operatorImage
    : `${operatorImage.split(":")[0] ?? ""}:${version}`;
}

/** Names of the Secrets a custom resource uses, given or by default. **API requests:** 0. */
export function secretNamesOf({ metadata: { name }, spec: { secrets = {} } }: Psmdb): SecretNames {
  return present<SecretNames>({
    users: secrets.users || "percona-server-mongodb-users",
    internalUsers: internalUsersName(name),
    ssl: secrets.ssl || `${name}-ssl`,
    sslInternal: secrets.sslInternal || `${name}-ssl-internal`,
    keyFile: keyFileName(name, secrets.keyFile),
    encryptionKey: secrets.encryptionKey || `${name}-mongodb-encryption-key`,
    vault: secrets.vault || undefined,
    ldap: secrets.ldapSecret || undefined,
  });
}

function tlsDefaults({ tls = {}, unsafeFlags }: PsmdbSpec): Tls {
  const mode = tls.mode || "preferTLS";
  return present<Tls>({
    mode,
    isOn: mode !== "disabled",
    allowsInvalidCertificates: tls.allowInvalidCertificates ?? true,
    isOptional: unsafeFlags?.tls === true,
    isUserProvided: tls.certManagementPolicy === "userProvidedOnly",
    certValidity: durationText(tls.certValidityDuration),
    issuer: issuerOf(tls),
  });
}

function issuerOf({ issuerConf = {} }: TlsSpec): Tls["issuer"] {
  return present<Tls["issuer"]>({
    name: issuerConf.name || undefined,
    kind: issuerConf.kind || "Issuer",
    group: issuerConf.group || "cert-manager.io",
  });
}

/** Go writes durations with all three units; 90 days are the default. */
function durationText(given: string | undefined): string {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(given ?? "");
  const seconds =
    match === null
      ? 0
      : Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
  if (seconds === 0) return "2160h0m0s";
  return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m${seconds % 60}s`;
}

function usesKeyFile({ secrets, unsafeFlags }: PsmdbSpec, tls: Tls): boolean {
  const isGiven = secrets?.keyFile !== undefined && secrets.keyFile !== "";
  return isGiven || (tls.isOn ? tls.mode === "allowTLS" : unsafeFlags?.tls === true);
}

function replsetDefaults(
  primary: Psmdb,
  given: ReplsetSpec & { readonly name: string },
  context: ProbeContext,
): Replset {
  const { spec } = primary;
  const isConfigServer = given.name === configReplsetName && spec.sharding?.enabled === true;
  const engine = given.storage?.engine || "wiredTiger";
  const shardRole = spec.sharding?.enabled === true ? "shard" : "plain";
  return present<Replset>({
    name: given.name,
    replsetName: configuredReplsetName(given.configuration) ?? given.name,
    role: isConfigServer ? "config" : shardRole,
    size: spec.pause === true ? 0 : (given.size ?? 0),
    port: configuredPort(given.configuration),
    isEncrypted: isEncryptionOn(given.configuration, engine),
    usesVault: usesVault(given.configuration),
    isQuiet: isQuiet(given.configuration),
    storage: { ...given.storage, engine },
    expose: exposeDefaults(given.expose),
    hostAliases: given.hostAliases,
    env: given.env ?? [],
    envFrom: given.envFrom ?? [],
    allowsEvenVotes: spec.unsafeFlags?.replsetSize === true && given.arbiter?.enabled === true,
    horizonNames: horizonNames(given),
    groups: groupsOf(primary, given, context, isConfigServer),
  });
}

function horizonNames({ splitHorizons }: ReplsetSpec): readonly string[] {
  const hosts = Object.values(splitHorizons ?? {}).flatMap((horizons) => Object.values(horizons));
  return [...new Set(hosts.map((host) => host.split(":")[0] ?? host))].sort();
}

function groupsOf(
  primary: Psmdb,
  given: ReplsetSpec & { readonly name: string },
  context: ProbeContext,
  isConfigServer: boolean,
): readonly MemberGroup[] {
  const liveness = memberLiveness(given.livenessProbe, context);
  const readiness = memberReadiness(given.readinessProbe, context, isConfigServer);
  const build = (member: Member, spec: MemberSpec): MemberGroup => {
    const isInherited = member === "nonVoting" || member === "hidden";
    const account = member === "arbiter" ? undefined : workloadServiceAccount;
    const volumeSpec = spec.volumeSpec ?? given.volumeSpec;
    return present<MemberGroup>({
      member,
      component: componentOf(member, isConfigServer && member === "mongod"),
      setName: statefulSetName(primary.metadata.name, given.name, member),
      containerName: containerName(member),
      configName: memberConfigName(primary.metadata.name, given.name, member),
      size: primary.spec.pause === true ? 0 : (spec.size ?? 0),
      pods: podDefaults(spec, account),
      livenessProbe: probeJson(
        isInherited ? inheritedLiveness(spec.livenessProbe, liveness, context) : liveness,
      ),
      readinessProbe: probeJson(
        isInherited ? inheritedReadiness(spec.readinessProbe, readiness, context) : readiness,
      ),
      podSecurityContext: securityContext(
        "podSecurityContext",
        isInherited,
        spec,
        given,
        defaultPodSecurityContext,
      ),
      containerSecurityContext: securityContext(
        "containerSecurityContext",
        isInherited,
        spec,
        given,
        defaultContainerSecurityContext,
      ),
      volumeSpec:
        member === "arbiter" || volumeSpec === undefined ? undefined : volumeDefaults(volumeSpec),
      configuration: storedConfiguration(
        member === "arbiter" ? given.configuration : spec.configuration,
      ),
    });
  };
  return [
    build("mongod", given),
    ...(given.arbiter?.enabled === true && !isConfigServer
      ? [build("arbiter", given.arbiter)]
      : []),
    ...(given.nonvoting?.enabled === true ? [build("nonVoting", given.nonvoting)] : []),
    ...(given.hidden?.enabled === true ? [build("hidden", given.hidden)] : []),
  ];
}

/** Nonvoting and hidden members may have their own context; arbiters have their replica set's. */
function securityContext(
  field: "podSecurityContext" | "containerSecurityContext",
  isInherited: boolean,
  member: MemberSpec,
  replset: ReplsetSpec,
  fallback: JsonObject,
): JsonObject {
  return (isInherited ? member[field] : undefined) ?? replset[field] ?? fallback;
}

function mongosDefaults(spec: PsmdbSpec, context: ProbeContext): Mongos {
  const given = spec.sharding?.mongos ?? {};
  return {
    size: spec.pause === true ? 0 : (given.size ?? 0),
    port: configuredPort(given.configuration, given.port),
    pods: podDefaults(given, workloadServiceAccount),
    livenessProbe: probeJson(mongosLiveness(given.livenessProbe, context)),
    readinessProbe: probeJson(mongosReadiness(given.readinessProbe, context)),
    podSecurityContext: given.podSecurityContext ?? defaultPodSecurityContext,
    containerSecurityContext: given.containerSecurityContext ?? defaultContainerSecurityContext,
    expose: exposeDefaults(given.expose),
    configuration: storedConfiguration(given.configuration),
    spec: given,
  };
}
