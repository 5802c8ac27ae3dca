// SPDX-License-Identifier: Apache-2.0
// Every way in which a custom resource can be wrong, and what the message about it has to name.
import type { PsmdbSpec, ReplsetSpec } from "../src/types.js";
import { plainReplset } from "./primaries.js";

/** One wrong custom resource. */
export interface BadCustomResource {
  /** Ends the sentence "a custom resource is refused …". */
  readonly because: string;
  readonly spec: Partial<PsmdbSpec>;
  /** What to change, as the message has to say it. */
  readonly message: RegExp;
  /** The definition's schema refuses it before the operator sees it. */
  readonly byServer?: boolean;
}

const replset = (more: Partial<ReplsetSpec>): Partial<PsmdbSpec> => ({
  replsets: [{ ...plainReplset, ...more }],
});
const withConfiguration = (configuration: string): Partial<PsmdbSpec> => replset({ configuration });
const sharded = (more: Partial<NonNullable<PsmdbSpec["sharding"]>>): Partial<PsmdbSpec> => ({
  sharding: { enabled: true, configsvrReplSet: plainReplset, mongos: { size: 2 }, ...more },
});
const backups = (more: Partial<NonNullable<PsmdbSpec["backup"]>>): Partial<PsmdbSpec> => ({
  backup: { enabled: true, ...more },
});

const ofTheWhole: readonly BadCustomResource[] = [
  { because: "without an image", spec: { image: "" }, message: /spec\.image/ },
  { because: "without replica sets", spec: { replsets: [] }, message: /at least one replica set/ },
  {
    because: "with several replica sets and no sharding",
    spec: { replsets: [plainReplset, { ...plainReplset, name: "rs1" }] },
    message: /sharding\.enabled/,
  },
  {
    because: "with a version from the future",
    spec: { crVersion: "9.0.0" },
    message: /Upgrade the operator/,
  },
  { because: "with a version that is none", spec: { crVersion: "main" }, message: /no version/ },
  {
    because: "with TLS off by accident",
    spec: { tls: { mode: "disabled" } },
    message: /unsafeFlags\.tls/,
  },
  {
    because: "with an issuer of another kind and no name",
    spec: { tls: { issuerConf: { kind: "AWSPCAIssuer" } } },
    message: /Name the issuer/,
  },
  {
    because: "with a log collector's quantity that is none",
    spec: { logcollector: { enabled: true, resources: { requests: { cpu: "some" } } } },
    message: /spec\.logcollector\.resources\.requests\.cpu/,
  },
];

const ofNamesAndVolumes: readonly BadCustomResource[] = [
  {
    because: "with too long a name",
    spec: replset({ name: "r".repeat(60) }),
    message: /50 characters/,
  },
  {
    because: "with a name that no object can have",
    spec: replset({ name: "RS_0" }),
    message: /small letters/,
  },
  {
    because: "with one name for two replica sets",
    spec: { replsets: [plainReplset, plainReplset], ...sharded({}) },
    message: /a name of its own/,
  },
  {
    because: "with the config server's name for a shard",
    spec: { replsets: [{ ...plainReplset, name: "cfg" }], ...sharded({}) },
    message: /Name it otherwise/,
  },
  {
    because: "without a volumeSpec",
    spec: { replsets: [{ name: "rs0", size: 3 }] },
    message: /no volumeSpec/,
    byServer: true,
  },
  {
    because: "with an empty volumeSpec",
    spec: replset({ volumeSpec: {} }),
    message: /persistentVolumeClaim, hostPath or emptyDir/,
  },
  {
    because: "with a claim that asks for nothing",
    spec: replset({ volumeSpec: { persistentVolumeClaim: {} } }),
    message: /requests\.storage/,
  },
  {
    because: "with a claim that asks for no quantity",
    spec: replset({
      volumeSpec: { persistentVolumeClaim: { resources: { requests: { storage: "a lot" } } } },
    }),
    message: /requests\.storage is "a lot"/,
  },
  {
    because: "with a nonvoting member's claim that asks for nothing",
    spec: replset({
      nonvoting: { enabled: true, size: 1, volumeSpec: { persistentVolumeClaim: {} } },
    }),
    message: /nonvoting of replica set rs0 asks for no storage/,
  },
];

const ofConfigurations: readonly BadCustomResource[] = [
  {
    because: "with a configuration that is no YAML",
    spec: withConfiguration("a: ["),
    message: /YAML/,
  },
  {
    because: "with a configuration that is no mapping",
    spec: withConfiguration("- a\n"),
    message: /no YAML mapping/,
  },
  {
    because: "with a security section that is no mapping",
    spec: withConfiguration("security: on\n"),
    message: /security section/,
  },
  {
    because: "with a TLS section that is no mapping",
    spec: withConfiguration("net:\n  tls: requireTLS\n"),
    message: /net\.tls section/,
  },
  {
    because: "with a TLS mode in the wrong place",
    spec: withConfiguration("net:\n  tls:\n    mode: requireTLS\n"),
    message: /Use spec\.tls\.mode/,
  },
  {
    because: "with a hidden member's configuration that is no YAML",
    spec: replset({ hidden: { enabled: true, size: 1, configuration: "a: [" } }),
    message: /hidden of replica set rs0/,
  },
  {
    because: "with the routers' configuration that is no YAML",
    spec: sharded({ mongos: { size: 2, configuration: "a: [" } }),
    message: /sharding\.mongos: cannot read configuration/,
  },
  {
    because: "with a dead storage engine",
    spec: replset({ storage: { engine: "mmapv1" } }),
    message: /Use wiredTiger/,
  },
  {
    because: "with data encrypted in memory",
    spec: replset({
      storage: { engine: "inMemory" },
      configuration: "security:\n  enableEncryption: true\n",
    }),
    message: /enableEncryption to false/,
  },
];

const ofSizes: readonly BadCustomResource[] = [
  { because: "with an even size", spec: replset({ size: 2 }), message: /odd size/ },
  { because: "with one member", spec: replset({ size: 1 }), message: /unsafeFlags\.replsetSize/ },
  { because: "with no member", spec: replset({ size: 0 }), message: /has 0 members/ },
  {
    because: "with an arbiter and an odd size",
    spec: replset({ size: 5, arbiter: { enabled: true, size: 1 } }),
    message: /even size/,
  },
  {
    because: "with an arbiter and two members",
    spec: replset({ size: 2, arbiter: { enabled: true, size: 1 } }),
    message: /at least 4/,
  },
  {
    because: "with two arbiters",
    spec: replset({ size: 4, arbiter: { enabled: true, size: 2 } }),
    message: /2 arbiters/,
  },
  {
    because: "with an arbiter of no size",
    spec: replset({ size: 4, arbiter: { enabled: true } }),
    message: /0 arbiters/,
  },
  {
    because: "with an even config server",
    spec: sharded({ configsvrReplSet: { ...plainReplset, size: 4 } }),
    message: /replica set cfg has 4 members/,
  },
];

const ofPods: readonly BadCustomResource[] = [
  {
    because: "with a limit that is no quantity",
    spec: replset({ resources: { limits: { cpu: "many" } } }),
    message: /resources\.limits\.cpu is "many"/,
  },
  {
    because: "with requests that are no mapping",
    spec: replset({ resources: { requests: "little" } }),
    message: /resources\.requests is no mapping/,
  },
  {
    because: "with an arbiter's limit that is no quantity",
    spec: replset({
      size: 4,
      arbiter: { enabled: true, size: 1, resources: { limits: { memory: "1 GB" } } },
    }),
    message: /arbiter of replica set rs0: resources\.limits\.memory/,
  },
  {
    because: "with the routers' limit that is no quantity",
    spec: sharded({ mongos: { size: 2, resources: { limits: { cpu: "half" } } } }),
    message: /sharding\.mongos: resources\.limits\.cpu/,
  },
  {
    because: "with a sidecar's request that is no quantity",
    spec: replset({ sidecars: [{ name: "side", resources: { requests: { cpu: "x" } } }] }),
    message: /sidecars\[0\]\.resources\.requests\.cpu/,
  },
  {
    because: "with a sidecar without a name",
    spec: replset({ sidecars: [{ image: "busybox" }] }),
    message: /Name the container/,
  },
  {
    because: "with too little time to end",
    spec: replset({ terminationGracePeriodSeconds: 5 }),
    message: /at least 30/,
  },
  {
    because: "with too little time for hidden members to end",
    spec: replset({ hidden: { enabled: true, size: 1, terminationGracePeriodSeconds: 5 } }),
    message: /hidden of replica set rs0 gives pods 5 s/,
  },
  {
    because: "with too little time for routers to end",
    spec: sharded({ mongos: { size: 2, terminationGracePeriodSeconds: 29 } }),
    message: /sharding\.mongos gives pods 29 s/,
  },
  {
    because: "with a budget that says two things",
    spec: replset({ podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } }),
    message: /Keep one of them/,
    byServer: true,
  },
];

const ofShardsAndBackups: readonly BadCustomResource[] = [
  {
    because: "with sharding and no config server",
    spec: { sharding: { enabled: true, mongos: {} } },
    message: /configsvrReplSet/,
  },
  {
    because: "with sharding and no routers",
    spec: { sharding: { enabled: true, configsvrReplSet: plainReplset } },
    message: /Describe the routers/,
  },
  {
    because: "with a config server that holds its data in memory",
    spec: sharded({ configsvrReplSet: { ...plainReplset, storage: { engine: "inMemory" } } }),
    message: /the config server cannot use storage engine inMemory/,
  },
  {
    because: "with two storages and none that is main",
    spec: backups({ storages: { a: {}, b: {} } }),
    message: /Set main on one/,
  },
  {
    because: "with two main storages",
    spec: backups({ storages: { a: { main: true }, b: { main: true } } }),
    message: /several of spec\.backup\.storages are main/,
  },
  {
    because: "with a storage that is encrypted twice",
    spec: backups({
      storages: {
        a: {
          type: "s3",
          s3: { serverSideEncryption: { sseAlgorithm: "aws:kms", sseCustomerAlgorithm: "AES256" } },
        } as object,
      },
    }),
    message: /two ways of encryption/,
  },
  {
    because: "with a nameless backup task",
    spec: backups({ tasks: [{ name: "", schedule: "0 0 * * *" }] }),
    message: /tasks\[0\] has no name/,
  },
  {
    because: "with one name for two backup tasks",
    spec: backups({ tasks: [{ name: "daily" }, { name: "daily" }] }),
    message: /Give every task a name of its own/,
  },
  {
    because: "with a schedule that is none",
    spec: backups({ tasks: [{ name: "daily", enabled: true, schedule: "every day" }] }),
    message: /as in crontab/,
  },
  {
    because: "with a schedule whose time never comes",
    spec: backups({ tasks: [{ name: "leap", enabled: true, schedule: "0 0 31 2 *" }] }),
    message: /never comes/,
  },
  {
    because: "with a backup agent's quantity that is none",
    spec: backups({ resources: { limits: { memory: "much" } } }),
    message: /spec\.backup\.resources\.limits\.memory/,
  },
];

/** All of them. */
export const badCustomResources: readonly BadCustomResource[] = [
  ...ofTheWhole,
  ...ofNamesAndVolumes,
  ...ofConfigurations,
  ...ofSizes,
  ...ofPods,
  ...ofShardsAndBackups,
];
