// SPDX-License-Identifier: Apache-2.0
// What the operator refuses in a replica set: names, volumes, configurations, sizes (F1; stage 5: reconcile).
import { configurationProblem, configuredTlsMode, isEncryptionOn } from "../configuration.js";
import { isJsonObject } from "../json.js";
import { configReplsetName } from "../names.js";
import type { MemberSpec, Psmdb, PsmdbSpec, ReplsetSpec, VolumeSpec } from "../types.js";
import { podProblems, quantityProblems } from "./pod-problems.js";
import { when } from "./problem.js";

/** Cluster and replica-set name together: pod names behind them must fit a DNS label. */
const longestName = 50;
const smallestSafeSizeWithArbiter = 4;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A replica set that has a name, given or by its place. */
export type NamedReplset = ReplsetSpec & { readonly name: string };

/** All problems of one replica set. */
export function replsetProblems(primary: Psmdb, replset: NamedReplset): readonly string[] {
  const { spec, metadata } = primary;
  const where = `replica set ${replset.name}`;
  const isAtWork = spec.pause !== true && metadata.deletionTimestamp === undefined;
  return [
    ...nameProblems(metadata.name, replset.name),
    ...volumeProblems(replset.volumeSpec, where),
    ...podProblems(spec, replset, where),
    ...engineProblems(replset, where),
    ...groupProblems(spec, replset),
    ...(isAtWork ? [...sizeProblems(spec, replset), ...tlsModeProblems(replset, where)] : []),
  ];
}

function nameProblems(cluster: string, name: string): readonly string[] {
  return [
    ...when(
      cluster.length + name.length > longestName,
      `the names "${cluster}" and "${name}" have more than ${longestName} characters together. Shorten one`,
    ),
    ...when(
      !label.test(name),
      `replica set "${name}" cannot be part of an object's name. Use small letters, digits and dashes`,
    ),
  ];
}

function volumeProblems(volumeSpec: VolumeSpec | undefined, where: string): readonly string[] {
  if (volumeSpec === undefined) return [`${where} has no volumeSpec. Say where its data lives`];
  const { persistentVolumeClaim: claim, emptyDir, hostPath } = volumeSpec;
  if (claim === undefined) {
    return when(
      emptyDir === undefined && hostPath === undefined,
      `${where} has an empty volumeSpec. Give persistentVolumeClaim, hostPath or emptyDir`,
    );
  }
  const place = "volumeSpec.persistentVolumeClaim.resources.requests.storage";
  const requests = isJsonObject(claim["resources"]) ? claim["resources"]["requests"] : undefined;
  const storage = isJsonObject(requests) ? requests["storage"] : undefined;
  return storage === undefined
    ? [`${where} asks for no storage. Set ${place}`]
    : quantityProblems(storage, `${where}: ${place}`);
}

/** Problems of the text in `configuration`, which mongod or mongos would not start with. */
export function configurationProblems(
  configuration: string | undefined,
  where: string,
): readonly string[] {
  const problem = configurationProblem(configuration);
  return problem === undefined ? [] : [`${where}: ${problem}`];
}

function engineProblems(replset: NamedReplset, where: string): readonly string[] {
  const { engine = "wiredTiger" } = replset.storage ?? {};
  const unreadable = configurationProblems(replset.configuration, where);
  return [
    ...unreadable,
    ...when(
      engine === "mmapv1",
      `${where} uses storage engine mmapv1, which is gone. Use wiredTiger`,
    ),
    ...when(
      unreadable.length === 0 &&
        engine === "inMemory" &&
        isEncryptionOn(replset.configuration, engine),
      `${where} encrypts data that is only in memory. Set security.enableEncryption to false`,
    ),
  ];
}

/** The place for the TLS mode is the custom resource, where the certificates follow it. */
function tlsModeProblems({ configuration }: NamedReplset, where: string): readonly string[] {
  return when(
    configurationProblem(configuration) === undefined &&
      configuredTlsMode(configuration) !== undefined,
    `the configuration of ${where} sets net.tls.mode. Use spec.tls.mode`,
  );
}

function groupProblems(spec: PsmdbSpec, replset: NamedReplset): readonly string[] {
  const groups: readonly (readonly [string, MemberSpec | undefined])[] = [
    ["arbiter", replset.arbiter],
    ["nonvoting", replset.nonvoting],
    ["hidden", replset.hidden],
  ];
  return groups.flatMap(([kind, group]) => {
    if (group?.enabled !== true) return [];
    const where = `${kind} of replica set ${replset.name}`;
    const ofMembersWithData =
      kind === "arbiter"
        ? []
        : [
            ...(group.volumeSpec === undefined ? [] : volumeProblems(group.volumeSpec, where)),
            ...configurationProblems(group.configuration, where),
          ];
    return [...podProblems(spec, group, where), ...ofMembersWithData];
  });
}

function sizeProblems(spec: PsmdbSpec, replset: NamedReplset): readonly string[] {
  if (spec.unsafeFlags?.replsetSize === true) return [];
  const { name, size = 0, arbiter } = replset;
  const escape = "or set spec.unsafeFlags.replsetSize";
  if (arbiter?.enabled === true && name !== configReplsetName) {
    return [
      ...when(
        arbiter.size !== 1,
        `replica set ${name} has ${arbiter.size ?? 0} arbiters. Use 1, ${escape}`,
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
