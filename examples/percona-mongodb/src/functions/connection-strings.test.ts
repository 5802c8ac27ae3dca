// SPDX-License-Identifier: Apache-2.0
// F2, connection strings: every address a client may use, with the password that MongoDB knows.
import { describe, expect, it } from "@jest/globals";
import { Buffer } from "node:buffer";
import {
  build,
  clusterWith,
  named,
  names,
  plainReplset,
  shardedWith,
} from "../../test/primaries.js";
import { defaultCluster } from "../defaults.js";
import type { JsonObject, Manifest } from "../json.js";
import { connectionStrings } from "./connection-strings.js";

const encode = (text: string): string => Buffer.from(text).toString("base64");
const users: Manifest = {
  ...named("Secret", "percona-server-mongodb-users"),
  metadata: { name: "percona-server-mongodb-users", uid: "users-uid" },
};
const accepted: Manifest = {
  ...named("Secret", "internal-db-users"),
  data: {
    MONGODB_DATABASE_ADMIN_USER: encode("databaseAdmin"),
    MONGODB_DATABASE_ADMIN_PASSWORD: encode("p@ss/1"),
  },
};

function decoded(secret: Manifest | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secret?.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString(),
    ]),
  );
}

function service(name: string, spec: JsonObject, status: JsonObject = {}): Manifest {
  return { ...named("Service", name), spec, status };
}

describe("connectionStrings (F2)", () => {
  const host = (index: number): string => `db-rs0-${index}.db-rs0.prod.svc.cluster.local:27017`;
  const login = "databaseAdmin:p%40ss%2F1@";

  it("gives a replica set's addresses, owned by the users Secret", async () => {
    const { apply } = await build(connectionStrings, clusterWith(), [users, accepted]);
    expect(names(apply)).toEqual(["db-databaseadmin-conn-str"]);
    expect(apply?.[0]?.metadata.ownerReferences).toEqual([
      { apiVersion: "v1", kind: "Secret", name: users.metadata.name, uid: "users-uid" },
    ]);
    expect(decoded(apply?.[0])).toEqual({
      databaseAdmin_rs0_connectionString: `mongodb://${login}${[0, 1, 2].map(host).join(",")}/?authSource=admin&replicaSet=rs0&tls=true`,
      databaseAdmin_rs0_connectionStringSrv: `mongodb+srv://${login}db-rs0.prod.svc.cluster.local/?authSource=admin&replicaSet=rs0`,
    });
  });

  it("adds addresses from outside once all of them are known", async () => {
    const cluster = clusterWith({
      replsets: [{ ...plainReplset, size: 3, expose: { enabled: true, type: "LoadBalancer" } }],
    });
    const balanced = [0, 1, 2].map((index) =>
      service(
        `db-rs0-${index}`,
        { ports: [{ port: 27017 }] },
        { loadBalancer: { ingress: [{ ip: `203.0.113.${index}` }] } },
      ),
    );
    const some = await build(connectionStrings, cluster, [users, accepted, ...balanced.slice(1)]);
    expect(Object.keys(decoded(some.apply?.[0]))).toHaveLength(2);
    const all = await build(connectionStrings, cluster, [users, accepted, ...balanced]);
    expect(decoded(all.apply?.[0])["databaseAdmin_rs0_connectionStringExposed"]).toContain(
      "@203.0.113.0:27017,203.0.113.1:27017,203.0.113.2:27017/",
    );
  });

  it("leads through the routers of a sharded cluster", async () => {
    const cluster = defaultCluster(shardedWith());
    const { apply } = await build(connectionStrings, cluster, [users, accepted]);
    expect(Object.keys(decoded(apply?.[0])).sort()).toEqual([
      "databaseAdmin_cfg_connectionString",
      "databaseAdmin_cfg_connectionStringSrv",
      "databaseAdmin_mongos_connectionString",
      "databaseAdmin_rs0_connectionString",
      "databaseAdmin_rs0_connectionStringSrv",
    ]);
    expect(decoded(apply?.[0])["databaseAdmin_mongos_connectionString"]).toBe(
      `mongodb://${login}db-mongos.prod.svc.cluster.local:27017/?authSource=admin&tls=true`,
    );
  });

  it("waits for passwords, and does not exist before 1.23", async () => {
    expect(await build(connectionStrings, clusterWith(), [users])).toEqual({});
    const old = clusterWith({ crVersion: "1.22.0" });
    expect(await build(connectionStrings, old, [users, accepted])).toEqual({});
  });
});
