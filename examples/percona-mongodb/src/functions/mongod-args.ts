// SPDX-License-Identifier: Apache-2.0
// The command line of mongod, in the original's order (F7; stage 5: reconcile).
import type { Cluster, Replset } from "../cluster.js";
import { encryptionDirectory, encryptionKeyFile } from "../configuration.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { quantityValue } from "../quantity.js";
import type { StorageSpec } from "../types.js";

const gibibyte = 1_073_741_824n;
/** MongoDB's own smallest WiredTiger cache: 256 MB. */
const smallestCacheBytes = gibibyte / 4n;
/** WiredTiger leaves this much for the rest before it takes its share. */
const reservedBytes = gibibyte;

/** Flags of one mongod, as they depend on cluster, replica set, memory limit and configuration file. */
export function mongodArgs(
  cluster: Cluster,
  replset: Replset,
  resources: JsonObject,
  hasConfigFile: boolean,
): readonly string[] {
  return [
    "--bind_ip_all",
    "--auth",
    "--dbpath=/data/db",
    `--port=${replset.port}`,
    `--replSet=${replset.replsetName}`,
    `--storageEngine=${replset.storage.engine}`,
    "--relaxPermChecks",
    ...(cluster.tls.allowsInvalidCertificates ? ["--sslAllowInvalidCertificates"] : []),
    ...clusterAuthArgs(cluster),
    ...roleArgs(replset),
    ...(replset.isEncrypted && !replset.usesVault
      ? ["--enableEncryption", `--encryptionKeyFile=${encryptionDirectory}/${encryptionKeyFile}`]
      : []),
    ...storageArgs(replset.storage, memoryLimitBytes(resources)),
    ...(hasConfigFile ? ["--config=/etc/mongodb-config/mongod.conf"] : []),
    ...(replset.isQuiet ? ["--quiet"] : []),
  ];
}

/** How members and routers authenticate to each other, and the TLS mode. */
export function clusterAuthArgs({ usesKeyFile, tls }: Cluster): readonly string[] {
  const certificates = tls.isOn ? ["--clusterAuthMode=x509"] : [];
  const auth = usesKeyFile
    ? ["--clusterAuthMode=keyFile", "--keyFile=/etc/mongodb-secrets/mongodb-key"]
    : certificates;
  return [...auth, `--tlsMode=${tls.mode}`];
}

function roleArgs({ role }: Replset): readonly string[] {
  if (role === "config") return ["--configsvr"];
  return role === "shard" ? ["--shardsvr"] : [];
}

function storageArgs(
  storage: Replset["storage"],
  limitBytes: bigint | undefined,
): readonly string[] {
  return [
    ...(storage.engine === "inMemory"
      ? inMemoryArgs(storage, limitBytes ?? 0n)
      : wiredTigerArgs(storage, limitBytes)),
    ...(storage.directoryPerDB === true ? ["--directoryperdb"] : []),
    ...(storage.syncPeriodSecs !== undefined && storage.syncPeriodSecs > 0
      ? [`--syncdelay=${storage.syncPeriodSecs}`]
      : []),
  ];
}

function wiredTigerArgs(
  { wiredTiger = {} }: StorageSpec,
  limitBytes: bigint | undefined,
): readonly string[] {
  const { collectionConfig, engineConfig, indexConfig } = wiredTiger;
  const ratio = Number(engineConfig?.cacheSizeRatio ?? 0) || 0.5;
  const hasPrefixCompression = indexConfig === undefined || indexConfig.prefixCompression === true;
  const { blockCompressor } = collectionConfig ?? {};
  const { journalCompressor, directoryForIndexes } = engineConfig ?? {};
  return [
    ...(limitBytes === undefined
      ? []
      : [`--wiredTigerCacheSizeGB=${cacheSize(limitBytes - reservedBytes, ratio)}`]),
    ...(blockCompressor ? [`--wiredTigerCollectionBlockCompressor=${blockCompressor}`] : []),
    ...(journalCompressor ? [`--wiredTigerJournalCompressor=${journalCompressor}`] : []),
    ...(directoryForIndexes === true ? ["--wiredTigerDirectoryForIndexes"] : []),
    ...(hasPrefixCompression ? ["--wiredTigerIndexPrefixCompression=true"] : []),
  ];
}

function inMemoryArgs({ inMemory }: StorageSpec, limitBytes: bigint): readonly string[] {
  const ratio = Number(inMemory?.engineConfig?.inMemorySizeRatio ?? 0) || 0.9;
  return [`--inMemorySizeGB=${cacheSize(limitBytes, ratio)}`];
}

/** A share of memory in GB with two digits, rounded half to even as Go does. */
function cacheSize(bytes: bigint, ratio: number): string {
  const share = BigInt(Math.floor(ratio * Number(bytes)));
  const size = share < smallestCacheBytes ? smallestCacheBytes : share;
  const scaled = size * 100n;
  const floor = scaled / gibibyte;
  const twiceRest = (scaled % gibibyte) * 2n;
  const isUp = twiceRest > gibibyte || (twiceRest === gibibyte && floor % 2n === 1n);
  const hundredths = isUp ? floor + 1n : floor;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")}`;
}

function memoryLimitBytes(resources: JsonObject): bigint | undefined {
  const limits = resources["limits"];
  const memory = isJsonObject(limits) ? limits["memory"] : undefined;
  if (typeof memory !== "string" && typeof memory !== "number") return undefined;
  const bytes = quantityValue(memory);
  return bytes === 0n ? undefined : bytes;
}
