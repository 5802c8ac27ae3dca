// SPDX-License-Identifier: Apache-2.0
// Everything the operator refuses in a custom resource, with what to change (F1; stage 5: reconcile).
import { configReplsetName } from "../names.js";
import type { Psmdb, PsmdbSpec } from "../types.js";
import { compareVersions, isVersion, operatorVersion } from "../version.js";
import { backupProblems } from "./backup-problems.js";
import { podProblems, resourceProblems } from "./pod-problems.js";
import { repeated, when } from "./problem.js";
import { configurationProblems, replsetProblems, type NamedReplset } from "./replset-problems.js";

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
 *
 * @see CheckNSetDefaults and checkConfiguration of the original, and what the API server refuses in
 * the objects that would be made: it is told before anything is written, not half-way through.
 */
export function problemsOf(primary: Psmdb): readonly string[] {
  const { spec } = primary;
  return [
    ...versionProblems(spec),
    ...when((spec.image ?? "") === "", "spec.image is empty. Give the image of MongoDB"),
    ...when(
      !(spec.replsets?.length > 0),
      "spec.replsets is empty. Describe at least one replica set",
    ),
    ...replsetNameProblems(spec),
    ...shardingProblems(spec),
    ...tlsProblems(spec),
    ...backupProblems(spec),
    ...resourceProblems(spec.logcollector?.resources, "spec.logcollector.resources"),
    ...replsetsOf(spec).flatMap((replset) => replsetProblems(primary, replset)),
  ];
}

/** The replica sets with their names, the config server last. */
export function replsetsOf(spec: PsmdbSpec): readonly NamedReplset[] {
  const named = (spec.replsets ?? []).map((replset, index) => ({
    ...replset,
    name: replset.name || `rs${index}`,
  }));
  const config = spec.sharding?.enabled === true ? spec.sharding.configsvrReplSet : undefined;
  return config === undefined ? named : [...named, { ...config, name: configReplsetName }];
}

function replsetNameProblems(spec: PsmdbSpec): readonly string[] {
  return repeated(replsetsOf(spec).map(({ name }) => name)).map((name) =>
    name === configReplsetName && spec.sharding?.enabled === true
      ? `spec.replsets has one named ${name}, which is the config server's name. Name it otherwise`
      : `spec.replsets has ${name} more than once. Give every replica set a name of its own`,
  );
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
    ...(mongos === undefined
      ? []
      : [
          ...podProblems(spec, mongos, "sharding.mongos"),
          ...configurationProblems(mongos.configuration, "sharding.mongos"),
        ]),
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
