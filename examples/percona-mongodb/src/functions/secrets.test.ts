// SPDX-License-Identifier: Apache-2.0
// F2 and F5: what is random is made once; what the user wrote is never touched.
import { describe, expect, it } from "@jest/globals";
import { Buffer } from "node:buffer";
import { at, build, clusterWith, named, names } from "../../test/primaries.js";
import type { Manifest } from "../json.js";
import { securityKeys } from "./security-keys.js";
import { usersSecrets } from "./users-secrets.js";

const decode = (text: string | undefined): string => Buffer.from(text ?? "", "base64").toString();
const secret = (name: string, data: Readonly<Record<string, string>>): Manifest => ({
  ...named("Secret", name),
  data,
});

describe("usersSecrets (F2)", () => {
  const cluster = clusterWith({ secrets: { users: "my-users" } });

  it("creates the users Secret and its copy, both without an owner", async () => {
    const { create = [], apply } = await build(usersSecrets, cluster);
    expect(new Set(names(create))).toEqual(new Set(["my-users", "internal-db-users"]));
    expect(create.every(({ metadata }) => metadata.ownerReferences === undefined)).toBe(true);
    expect(apply).toEqual([]);
  });

  it("makes five users with passwords of 16 to 19 letters and digits", async () => {
    const { create = [] } = await build(usersSecrets, cluster);
    const data = create.find(({ metadata }) => metadata.name === "my-users")?.data ?? {};
    expect(Object.keys(data)).toHaveLength(10);
    expect(decode(data["MONGODB_BACKUP_USER"])).toBe("backup");
    expect(decode(data["MONGODB_BACKUP_PASSWORD"])).toMatch(/^[A-Za-z0-9]{16,19}$/);
  });

  it("fills only the keys that are missing and keeps the others, odd names included", async () => {
    const given = JSON.parse('{"MONGODB_BACKUP_USER":"bWluZQ==","__proto__":"eA=="}') as Record<
      string,
      string
    >;
    const { apply = [] } = await build(usersSecrets, cluster, [secret("my-users", given)]);
    const data = apply[0]?.data ?? {};
    expect(decode(data["MONGODB_BACKUP_USER"])).toBe("mine");
    expect(Object.keys(data)).toContain("__proto__");
    expect(Object.keys(data)).toHaveLength(11);
  });

  it("does nothing when both are complete", async () => {
    const { create = [] } = await build(usersSecrets, cluster);
    const changes = await build(usersSecrets, cluster, create);
    expect([...(changes.apply ?? []), ...(changes.create ?? [])]).toEqual([]);
  });

  it("escapes users and passwords for connection strings in the copy", async () => {
    const users = secret("my-users", {
      MONGODB_BACKUP_USER: Buffer.from("a b@(c)").toString("base64"),
    });
    const { create = [] } = await build(usersSecrets, cluster, [users]);
    const copy = create.find(({ metadata }) => metadata.name === "internal-db-users")?.data ?? {};
    expect(decode(copy["MONGODB_BACKUP_USER_ESCAPED"])).toBe("a+b%40%28c%29");
  });
});

describe("securityKeys (F5)", () => {
  it("creates an encryption key without an owner, so that it outlives the cluster", async () => {
    const { create = [] } = await build(securityKeys, clusterWith());
    expect(names(create)).toEqual(["db-mongodb-encryption-key"]);
    expect(create[0]?.metadata.ownerReferences).toBeUndefined();
    expect(Buffer.from(decode(create[0]?.data?.["encryption-key"]), "base64")).toHaveLength(32);
  });

  it("creates an owned key file where it is used, and always before 1.23", async () => {
    const old = await build(securityKeys, clusterWith({ crVersion: "1.22.0" }));
    expect(names(old.create)).toContain("db-mongodb-keyfile");
    expect(at(old.create?.[0], "metadata", "ownerReferences", 0, "uid")).toBe("cluster-uid");
    const used = await build(securityKeys, clusterWith({ tls: { mode: "allowTLS" } }));
    expect(names(used.create)).toContain("db-mongodb-keyfile");
  });

  it("makes no encryption key where a vault holds it", async () => {
    const { create } = await build(securityKeys, clusterWith({ secrets: { vault: "my-vault" } }));
    expect(names(create)).toEqual([]);
  });

  it("never makes a key anew", async () => {
    const { create } = await build(securityKeys, clusterWith(), [
      named("Secret", "db-mongodb-encryption-key"),
    ]);
    expect(names(create)).toEqual([]);
  });
});
