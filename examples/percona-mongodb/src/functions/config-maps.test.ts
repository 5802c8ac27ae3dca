// SPDX-License-Identifier: Apache-2.0
// F3: a ConfigMap per configured kind of members; away with it when the configuration is.
import { describe, expect, it } from "@jest/globals";
import {
  build,
  clusterWith,
  named,
  names,
  plainReplset,
  shardedWith,
} from "../../test/primaries.js";
import { defaultCluster } from "../defaults.js";
import type { Manifest } from "../json.js";
import { configMaps } from "./config-maps.js";

const owned = (name: string, uid: string): Manifest => ({
  ...named("ConfigMap", name),
  metadata: {
    name,
    ownerReferences: [{ apiVersion: "v1", kind: "X", name: "db", uid, controller: true }],
  },
});

describe("configMaps (F3)", () => {
  it("makes none without a configuration", async () => {
    expect(names((await build(configMaps, clusterWith())).apply)).toEqual([]);
  });

  it("makes one for each kind of members, for routers and for the log collector", async () => {
    const cluster = defaultCluster(
      shardedWith(
        { configuration: "net: {}\n" },
        {
          replsets: [
            {
              ...plainReplset,
              configuration: "net: {}\n",
              nonvoting: { enabled: true, size: 1, configuration: "net: {}\n" },
              hidden: { enabled: true, size: 1, configuration: "net: {}\n" },
            },
          ],
          logcollector: { enabled: true, configuration: "x" },
        },
      ),
    );
    const { apply } = await build(configMaps, cluster);
    expect(new Set(names(apply))).toEqual(
      new Set([
        "db-rs0-mongod",
        "db-rs0-nv",
        "db-rs0-hidden",
        "db-mongos",
        "db-log-collector-config",
      ]),
    );
  });

  it("stores the configuration of arbiters with the one they share", async () => {
    const cluster = clusterWith({
      replsets: [
        {
          ...plainReplset,
          size: 4,
          configuration: "net: {}\n",
          arbiter: { enabled: true, size: 1 },
        },
      ],
    });
    expect(names((await build(configMaps, cluster)).apply)).toEqual(["db-rs0-mongod"]);
  });

  it("removes one that is no longer configured, but only its own", async () => {
    const mine = await build(configMaps, clusterWith(), [owned("db-rs0-mongod", "cluster-uid")]);
    expect(mine.remove).toEqual([{ kind: "ConfigMap", name: "db-rs0-mongod" }]);
    const foreign = await build(configMaps, clusterWith(), [owned("db-rs0-mongod", "other")]);
    expect(foreign.remove).toEqual([]);
    const users = await build(configMaps, clusterWith(), [named("ConfigMap", "db-rs0-mongod")]);
    expect(users.remove).toEqual([]);
  });

  it("stores scripts for every component since 1.22", async () => {
    const replsets = [{ ...plainReplset, hookScript: { script: "echo hi" } }];
    expect(names((await build(configMaps, clusterWith({ replsets }))).apply)).toEqual([
      "db-rs0-mongod-hookscript",
    ]);
    expect(
      names((await build(configMaps, clusterWith({ replsets, crVersion: "1.21.2" }))).apply),
    ).toEqual([]);
    const named = [{ ...plainReplset, hookScript: { configMapRef: { name: "mine" } } }];
    expect(names((await build(configMaps, clusterWith({ replsets: named }))).apply)).toEqual([]);
  });
});
