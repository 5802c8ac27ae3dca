// SPDX-License-Identifier: Apache-2.0
// F7 and F8: shapes of StatefulSets that the given files do not show, and when none is made.
import { describe, expect, it } from "@jest/globals";
import {
  at,
  build,
  certificates,
  clusterWith,
  named,
  names,
  plainReplset,
  shardedWith,
} from "../../test/primaries.js";
import type { Cluster } from "../cluster.js";
import { defaultCluster } from "../defaults.js";
import type { Manifest } from "../json.js";
import { clusterLabels, memberLabels } from "../names.js";
import type { PsmdbSpec, ReplsetSpec } from "../types.js";
import { disruptionBudgets } from "./disruption-budgets.js";
import { mongosRouters } from "./mongos.js";
import { statefulSets } from "./stateful-sets.js";

const withReplset = (more: Partial<ReplsetSpec>): Partial<PsmdbSpec> => ({
  replsets: [{ ...plainReplset, ...more }],
});

async function setOf(
  spec: Partial<PsmdbSpec>,
  others: readonly Manifest[] = [],
  index = 0,
): Promise<Manifest> {
  const cluster = clusterWith(spec);
  const { apply = [] } = await build(statefulSets, cluster, [...certificates(cluster), ...others]);
  const found = apply[index];
  if (found === undefined) throw new Error("no StatefulSet was made");
  return found;
}

const podSpec = (set: Manifest): unknown => at(set, "spec", "template", "spec");
const args = (set: Manifest): readonly string[] =>
  at(podSpec(set), "containers", 0, "args") as readonly string[];
const volumeNames = (set: Manifest): readonly unknown[] =>
  (at(podSpec(set), "volumes") as readonly { name: string }[]).map(({ name }) => name);
const mountNames = (set: Manifest): readonly unknown[] =>
  (at(podSpec(set), "containers", 0, "volumeMounts") as readonly { name: string }[]).map(
    ({ name }) => name,
  );

describe("statefulSets (F7)", () => {
  it("waits for certificates and says for which", async () => {
    const changes = await build(statefulSets, clusterWith());
    expect(changes).toMatchObject({ waitFor: "TLS Secret db-ssl" });
    expect(changes.apply).toBeUndefined();
  });

  it("waits for the second certificate too, unless the user made the first", async () => {
    const cluster = clusterWith();
    const [ssl] = certificates(cluster);
    expect((await build(statefulSets, cluster, [ssl as Manifest])).waitFor).toBe(
      "TLS Secret db-ssl-internal",
    );
    expect(
      (await build(statefulSets, cluster, [named("Secret", "db-ssl")])).waitFor,
    ).toBeUndefined();
  });

  it("needs no certificates where TLS may be off", async () => {
    const cluster = clusterWith({ tls: { mode: "disabled" }, unsafeFlags: { tls: true } });
    expect(names((await build(statefulSets, cluster)).apply)).toEqual(["db-rs0"]);
  });

  it("waits for a ConfigMap that its pods hash", async () => {
    const cluster = clusterWith(withReplset({ configuration: "net: {}\n" }));
    expect((await build(statefulSets, cluster, certificates(cluster))).waitFor).toBe(
      "ConfigMap db-rs0-mongod",
    );
  });

  it("removes StatefulSets that nothing asks for, but not the routers' and not foreign ones", async () => {
    const cluster = clusterWith();
    const set = (name: string, uid: string): Manifest => ({
      ...named("StatefulSet", name),
      metadata: {
        name,
        labels: clusterLabels("db"),
        ownerReferences: [{ apiVersion: "v1", kind: "X", name: "db", uid, controller: true }],
      },
    });
    const existing = ["db-rs0", "db-rs0-hidden", "db-rs1", "db-mongos"].map((name) =>
      set(name, "cluster-uid"),
    );
    const { remove } = await build(statefulSets, cluster, [...existing, set("theirs", "other")]);
    expect(remove?.map(({ name }) => name)).toEqual(["db-rs0-hidden", "db-rs1"]);
  });

  it.each([
    ["3.25Gi", "1.12"],
    ["4Gi", "1.50"],
    ["1G", "0.25"],
    ["100Mi", "0.25"],
    ["64Gi", "31.50"],
  ])("gives WiredTiger its share of %s: %s GB, rounded as Go does", async (memory, size) => {
    expect(args(await setOf(withReplset({ resources: { limits: { memory } } })))).toContain(
      `--wiredTigerCacheSizeGB=${size}`,
    );
  });

  it("passes the options of storage engines", async () => {
    const inMemory = await setOf(
      withReplset({ storage: { engine: "inMemory" }, resources: { limits: { memory: "2Gi" } } }),
    );
    expect(args(inMemory)).toContain("--inMemorySizeGB=1.80");
    expect(args(inMemory)).not.toContain("--enableEncryption");
    const tuned = await setOf(
      withReplset({
        storage: {
          directoryPerDB: true,
          syncPeriodSecs: 30,
          wiredTiger: {
            collectionConfig: { blockCompressor: "zlib" },
            engineConfig: {
              journalCompressor: "none",
              directoryForIndexes: true,
              cacheSizeRatio: "0.25",
            },
            indexConfig: { prefixCompression: false },
          },
        },
        resources: { limits: { memory: "5Gi" } },
      }),
    );
    expect(args(tuned).slice(-8)).toEqual([
      "--encryptionKeyFile=/etc/mongodb-encryption/encryption-key",
      "--wiredTigerCacheSizeGB=1.00",
      "--wiredTigerCollectionBlockCompressor=zlib",
      "--wiredTigerJournalCompressor=none",
      "--wiredTigerDirectoryForIndexes",
      "--directoryperdb",
      "--syncdelay=30",
      "--quiet",
    ]);
  });

  it("takes the key from a vault", async () => {
    const config = named("ConfigMap", "db-rs0-mongod");
    const set = await setOf(
      {
        secrets: { vault: "my-vault" },
        ...withReplset({ configuration: "security:\n  vault:\n    port: 1\n" }),
      },
      [{ ...config, data: { "mongod.conf": "x" } }],
    );
    expect(volumeNames(set)).toContain("my-vault");
    expect(args(set)).not.toContain("--enableEncryption");
  });

  it("mounts a key file since 1.23 only where it is used or exists", async () => {
    expect(volumeNames(await setOf({}))).not.toContain("db-mongodb-keyfile");
    expect(volumeNames(await setOf({}, [named("Secret", "db-mongodb-keyfile")]))).toContain(
      "db-mongodb-keyfile",
    );
    const used = await setOf({ tls: { mode: "allowTLS" } });
    expect(volumeNames(used)[0]).toBe("db-mongodb-keyfile");
    expect(args(used)).toContain("--clusterAuthMode=keyFile");
  });

  it("holds data on the host or in an empty directory without a claim", async () => {
    const host = await setOf(
      withReplset({ volumeSpec: { hostPath: { path: "/data", type: "Directory" } } }),
    );
    expect((at(podSpec(host), "volumes") as unknown[]).at(-1)).toEqual({
      name: "mongod-data",
      hostPath: { path: "/data", type: "Directory" },
    });
    expect(at(host, "spec", "volumeClaimTemplates")).toBeUndefined();
  });

  it("skips a container and a volume of the user that take a name of its own", async () => {
    const set = await setOf(
      withReplset({
        sidecars: [{ name: "mongod" }, { name: "mine", resources: { limits: { memory: "0.5G" } } }],
        sidecarVolumes: [{ name: "bin" }, { name: "extra", emptyDir: {} }],
      }),
    );
    const containers = at(podSpec(set), "containers") as readonly { name: string }[];
    expect(containers.map(({ name }) => name)).toEqual(["mongod", "mine"]);
    expect(at(containers[1], "resources", "limits", "memory")).toBe("500M");
    expect(volumeNames(set).filter((name) => name === "bin")).toHaveLength(1);
    expect(volumeNames(set)).toContain("extra");
  });

  it("leaves restarts to Kubernetes only when asked", async () => {
    expect(at(await setOf({}), "spec", "updateStrategy")).toEqual({ type: "OnDelete" });
    expect(at(await setOf({ updateStrategy: "RollingUpdate" }), "spec", "updateStrategy")).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { partition: 0 },
    });
  });

  it("runs the user's script and has a place for temporary files where the root is read-only", async () => {
    const set = await setOf(
      withReplset({
        hookScript: { script: "echo hi" },
        containerSecurityContext: { readOnlyRootFilesystem: true },
      }),
    );
    expect(mountNames(set)).toEqual(expect.arrayContaining(["hookscript", "tmp"]));
    expect(volumeNames(set)).toEqual(expect.arrayContaining(["hookscript", "tmp"]));
    const old = await setOf({
      crVersion: "1.21.2",
      ...withReplset({
        hookScript: { script: "echo hi" },
        containerSecurityContext: { readOnlyRootFilesystem: true },
      }),
    });
    expect(mountNames(old)).not.toEqual(expect.arrayContaining(["hookscript"]));
  });

  it("runs the script of a ConfigMap of the user's, and each kind of members its own", async () => {
    const set = await setOf(withReplset({ hookScript: { configMapRef: { name: "mine" } } }));
    expect(at(podSpec(set), "volumes")).toContainEqual({
      name: "hookscript",
      configMap: { name: "mine", optional: true },
    });
    const cluster = clusterWith(
      withReplset({
        hookScript: { script: "echo hi" },
        hidden: { enabled: true, size: 1 },
      }),
    );
    const { apply = [] } = await build(statefulSets, cluster, certificates(cluster));
    const hidden = apply.find(({ metadata }) => metadata.name === "db-rs0-hidden");
    expect(hidden === undefined ? [] : volumeNames(hidden)).not.toContain("hookscript");
  });

  it("spreads pods by their own labels unless the user selects others", async () => {
    const set = await setOf(
      withReplset({
        topologySpreadConstraints: [{}, { labelSelector: { matchLabels: { a: "b" } } }],
      }),
    );
    const spread = at(podSpec(set), "topologySpreadConstraints");
    expect(at(spread, 0)).toMatchObject({
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
    });
    expect(at(spread, 0, "labelSelector", "matchLabels")).toMatchObject(
      memberLabels("db", "rs0", "mongod"),
    );
    expect(at(spread, 1, "labelSelector", "matchLabels")).toEqual({ a: "b" });
  });

  it("tells the backup agent nothing of TLS while a key of the certificate is missing", async () => {
    const cluster = clusterWith({ backup: { enabled: true, image: "b" } });
    const ssl = { ...named("Secret", "db-ssl"), data: { "ca.crt": "Yw==" } };
    const { apply = [] } = await build(statefulSets, cluster, [ssl]);
    const env = at(podSpec(apply[0] as Manifest), "containers", 1, "env") as readonly {
      name: string;
      value?: string;
    }[];
    expect(env.find(({ name }) => name === "PBM_MONGODB_URI")?.value).not.toContain("tls=true");
  });

  it("changes the template when a certificate changes, and only then", async () => {
    const cluster = clusterWith();
    const annotations = async (objects: readonly Manifest[]): Promise<unknown> =>
      at(
        (await build(statefulSets, cluster, objects)).apply?.[0],
        "spec",
        "template",
        "metadata",
        "annotations",
      );
    const [ssl, internal] = certificates(cluster) as [Manifest, Manifest];
    const before = await annotations([ssl, internal]);
    expect(await annotations([ssl, internal])).toEqual(before);
    expect(
      await annotations([{ ...ssl, data: { ...ssl.data, "tls.crt": "bmV3" } }, internal]),
    ).not.toEqual(before);
  });
});

describe("disruptionBudgets (F7)", () => {
  const existing = (name: string): Manifest => ({
    ...named("StatefulSet", name),
    metadata: { name, uid: `uid of ${name}` },
  });

  it("belong to the StatefulSet whose pods they protect", async () => {
    const { apply } = await build(disruptionBudgets, clusterWith(), [existing("db-rs0")]);
    expect(names(apply)).toEqual(["db-mongod-rs0"]);
    expect(at(apply?.[0], "metadata", "ownerReferences", 0)).toMatchObject({
      kind: "StatefulSet",
      uid: "uid of db-rs0",
    });
    expect(apply?.[0]?.spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: memberLabels("db", "rs0", "mongod") },
    });
  });

  it("wait for their StatefulSet, because an owner needs a uid", async () => {
    expect((await build(disruptionBudgets, clusterWith())).apply).toEqual([]);
  });

  it("of routers end in a dash", async () => {
    const { apply } = await build(disruptionBudgets, defaultCluster(shardedWith()), [
      existing("db-mongos"),
      existing("db-cfg"),
    ]);
    expect(names(apply)).toEqual(["db-cfg-cfg", "db-mongos-"]);
  });
});

describe("mongosRouters (F8)", () => {
  const sharded = (): Cluster => defaultCluster(shardedWith());
  const configPod = (index: number): Manifest =>
    named("Pod", `db-cfg-${index}`, memberLabels("db", "cfg", "cfg"));

  it("wait until every pod of the config server exists", async () => {
    const cluster = sharded();
    const { waitFor } = await build(mongosRouters, cluster, [
      ...certificates(cluster),
      configPod(0),
    ]);
    expect(waitFor).toBe("pods of the config server (1 of 3)");
  });

  it("name the config server's pods in sorted order", async () => {
    const cluster = sharded();
    const { apply } = await build(mongosRouters, cluster, [
      ...certificates(cluster),
      configPod(2),
      configPod(0),
      configPod(1),
    ]);
    const line = args(apply?.[0] as Manifest).find((argument) => argument.startsWith("cfg/"));
    expect(line?.split(",").map((address) => address.split(".")[0])).toEqual([
      "cfg/db-cfg-0",
      "db-cfg-1",
      "db-cfg-2",
    ]);
  });

  it("go, with the config server's Service, when sharding is switched off", async () => {
    const owned = (object: Manifest): Manifest => ({
      ...object,
      metadata: {
        ...object.metadata,
        ownerReferences: [{ apiVersion: "v1", kind: "X", name: "db", uid: "cluster-uid" }],
      },
    });
    const { remove } = await build(mongosRouters, clusterWith(), [
      owned(named("StatefulSet", "db-mongos")),
      owned(named("Service", "db-cfg")),
    ]);
    expect(remove).toEqual([
      { kind: "StatefulSet", name: "db-mongos" },
      { kind: "Service", name: "db-cfg" },
    ]);
  });
});
