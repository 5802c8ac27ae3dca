// SPDX-License-Identifier: Apache-2.0
// Everything the operator refuses in a custom resource, with what to change (F1; stage 5: reconcile).
import { configurationSections, configuredTlsMode, isEncryptionOn } from "../configuration.js";
import { isJsonObject } from "../json.js";
import { configReplsetName } from "../names.js";
import type {
  MemberSpec,
  PodOptions,
  Psmdb,
  PsmdbSpec,
  ReplsetSpec,
  VolumeSpec,
} from "../types.js";
import { compareVersions, isVersion, operatorVersion } from "../version.js";

/** Cluster and replica-set name together: pod names behind them must fit a DNS label. */
const longestName = 50;
const smallestSafeGracePeriodSeconds = 30;
const smallestSafeSizeWithArbiter = 4;

/** The custom resource cannot be acted on; nothing is retried until it changes. */
export class InvalidClusterError extends Error {
  readonly code = "PSMDB_INVALID";
  readonly retry = "never";
  readonly problems: readonly string[];
  constructor(name: string, problems: readonly string[]) {
    super(`cannot reconcile PerconaServerMongoDB ${name}: ${problems.join("; ")}`);
    this.name = "InvalidClusterError";
    this.problems = problems;
  }
}

/**
 * All problems of a custom resource; none means that it can be reconciled.
 *
 * **API requests:** 0.
 */
export function problemsOf(primary: Psmdb): readonly string[] {
  const { spec } = primary;
  const replsets = replsetsOf(spec);
  return [
    ...versionProblems(spec),
    ...when((spec.image ?? "") === "", "spec.image is empty. Give the image of MongoDB"),
    ...when(
      !(spec.replsets?.length > 0),
      "spec.replsets is empty. Describe at least one replica set",
    ),
    ...shardingProblems(spec),
    ...tlsProblems(spec),
    ...backupProblems(spec),
    ...replsets.flatMap((replset) => replsetProblems(primary, replset)),
  ];
}

/** The replica sets with their names, the config server last. */
export function replsetsOf(spec: PsmdbSpec): readonly (ReplsetSpec & { readonly name: string })[] {
  const named = (spec.replsets ?? []).map((replset, index) => ({
    ...replset,
    name: replset.name || `rs${index}`,
  }));
  const config = spec.sharding?.enabled === true ? spec.sharding.configsvrReplSet : undefined;
  return config === undefined ? named : [...named, { ...config, name: configReplsetName }];
}

function when(isProblem: boolean, text: string): readonly string[] {
  return isProblem ? [text] : [];
}

function versionProblems({ crVersion }: PsmdbSpec): readonly string[] {
  if (crVersion === undefined || crVersion === "") return [];
  if (!isVersion(crVersion)) {
    return [
      `spec.crVersion "${crVersion}" is no version. Write it as ${operatorVersion}, or leave it out`,
    ];
  }
  return when(
    compareVersions(crVersion, operatorVersion) > 0,
    `spec.crVersion ${crVersion} is newer than the operator (${operatorVersion}). Upgrade the operator first`,
  );
}

function shardingProblems(spec: PsmdbSpec): readonly string[] {
  if (spec.sharding?.enabled !== true) {
    return when(
      spec.replsets?.length > 1,
      "spec.replsets has several replica sets without sharding. Set spec.sharding.enabled, or keep one",
    );
  }
  const { configsvrReplSet: config, mongos } = spec.sharding;
  const engine = config?.storage?.engine ?? "wiredTiger";
  return [
    ...when(
      config === undefined,
      "spec.sharding.configsvrReplSet is missing. Describe the config server",
    ),
    ...when(mongos === undefined, "spec.sharding.mongos is missing. Describe the routers"),
    ...when(
      engine !== "wiredTiger",
      `the config server cannot use storage engine ${engine}. Use wiredTiger`,
    ),
    ...(mongos === undefined ? [] : graceProblems(spec, mongos, "sharding.mongos")),
  ];
}

function tlsProblems({ tls, unsafeFlags }: PsmdbSpec): readonly string[] {
  const { kind = "Issuer", name } = tls?.issuerConf ?? {};
  return [
    ...when(
      tls?.mode === "disabled" && unsafeFlags?.tls !== true,
      "spec.tls.mode is disabled. Set spec.unsafeFlags.tls to true to run without TLS",
    ),
    ...when(
      kind !== "Issuer" && kind !== "ClusterIssuer" && !name,
      `spec.tls.issuerConf has the kind ${kind} and no name. Name the issuer`,
    ),
  ];
}

function backupProblems({ backup }: PsmdbSpec): readonly string[] {
  if (backup?.enabled !== true) return [];
  const storages = Object.values(backup.storages ?? {});
  const mainCount = storages.filter((storage) => storage.main === true).length;
  const unnamed = (backup.tasks ?? []).findIndex((task) => !task.name);
  return [
    ...when(
      storages.length > 1 && mainCount === 0,
      "none of spec.backup.storages is main. Set main on one",
    ),
    ...when(mainCount > 1, "several of spec.backup.storages are main. Set main on one"),
    ...when(unnamed >= 0, `spec.backup.tasks[${unnamed}] has no name. Name it`),
  ];
}

function replsetProblems(
  primary: Psmdb,
  replset: ReplsetSpec & { readonly name: string },
): readonly string[] {
  const { spec } = primary;
  const { name } = replset;
  return [
    ...when(
      primary.metadata.name.length + name.length > longestName,
      `the names "${primary.metadata.name}" and "${name}" have more than ${longestName} characters together. Shorten one`,
    ),
    ...volumeProblems(replset.volumeSpec, name),
    ...configurationProblems(replset, name),
    ...memberProblems(spec, replset),
    ...when(
      replset.storage?.engine === "mmapv1",
      `replica set ${name} uses storage engine mmapv1, which is gone. Use wiredTiger`,
    ),
    ...(spec.pause === true || primary.metadata.deletionTimestamp !== undefined
      ? []
      : sizeProblems(spec, replset, name)),
  ];
}

function volumeProblems(volumeSpec: VolumeSpec | undefined, name: string): readonly string[] {
  if (volumeSpec === undefined)
    return [`replica set ${name} has no volumeSpec. Say where its data lives`];
  const { persistentVolumeClaim: claim, emptyDir, hostPath } = volumeSpec;
  if (claim === undefined) {
    return when(
      emptyDir === undefined && hostPath === undefined,
      `replica set ${name} has an empty volumeSpec. Give persistentVolumeClaim, hostPath or emptyDir`,
    );
  }
  const requests = isJsonObject(claim["resources"]) ? claim["resources"]["requests"] : undefined;
  return when(
    !isJsonObject(requests) || requests["storage"] === undefined,
    `replica set ${name} asks for no storage. Set volumeSpec.persistentVolumeClaim.resources.requests.storage`,
  );
}

function configurationProblems(replset: ReplsetSpec, name: string): readonly string[] {
  try {
    const sections = configurationSections(replset.configuration);
    const security = sections["security"];
    const engine = replset.storage?.engine ?? "wiredTiger";
    return [
      ...when(
        security !== undefined && !isJsonObject(security),
        `the configuration of replica set ${name} has a security section that is no mapping. Indent its keys below it`,
      ),
      ...when(
        configuredTlsMode(replset.configuration) !== undefined,
        `the configuration of replica set ${name} sets net.tls.mode. Use spec.tls.mode`,
      ),
      ...when(
        engine === "inMemory" && isEncryptionOn(replset.configuration, engine),
        `replica set ${name} encrypts data that is only in memory. Set security.enableEncryption to false`,
      ),
    ];
  } catch (error) {
    if (error instanceof SyntaxError)
      return [`replica set ${name}: ${error.message.replace(/\.$/, "")}`];
    throw error;
  }
}

function memberProblems(
  spec: PsmdbSpec,
  replset: ReplsetSpec & { readonly name: string },
): readonly string[] {
  const groups: readonly [string, MemberSpec | undefined][] = [
    ["arbiter", replset.arbiter],
    ["nonvoting", replset.nonvoting],
    ["hidden", replset.hidden],
  ];
  return [
    ...graceProblems(spec, replset, `replica set ${replset.name}`),
    ...groups
      .filter(([, group]) => group?.enabled === true)
      .flatMap(([kind, group]) =>
        graceProblems(spec, group ?? {}, `${kind} of replica set ${replset.name}`),
      ),
  ];
}

function graceProblems(spec: PsmdbSpec, pods: PodOptions, where: string): readonly string[] {
  const seconds = pods.terminationGracePeriodSeconds;
  return when(
    seconds !== undefined &&
      seconds < smallestSafeGracePeriodSeconds &&
      spec.unsafeFlags?.terminationGracePeriod !== true,
    `${where} gives pods ${seconds} s to end. Give at least ${smallestSafeGracePeriodSeconds}, or set spec.unsafeFlags.terminationGracePeriod`,
  );
}

function sizeProblems(spec: PsmdbSpec, replset: ReplsetSpec, name: string): readonly string[] {
  if (spec.unsafeFlags?.replsetSize === true) return [];
  const size = replset.size ?? 0;
  const escape = "or set spec.unsafeFlags.replsetSize";
  if (replset.arbiter?.enabled === true && name !== configReplsetName) {
    return [
      ...when(
        replset.arbiter.size !== 1,
        `replica set ${name} has ${replset.arbiter.size ?? 0} arbiters. Use 1, ${escape}`,
      ),
      ...when(
        size < smallestSafeSizeWithArbiter || size % 2 !== 0,
        `replica set ${name} has ${size} members and an arbiter. Use an even size of at least ${smallestSafeSizeWithArbiter}, ${escape}`,
      ),
    ];
  }
  return when(
    size < 2 || size % 2 === 0,
    `replica set ${name} has ${size} members. Use an odd size of at least 3, ${escape}`,
  );
}
