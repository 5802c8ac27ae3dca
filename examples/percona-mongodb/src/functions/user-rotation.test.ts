// SPDX-License-Identifier: Apache-2.0
// F2, rotation: MongoDB first, the copy second; a crash in between is made good.
import { describe, expect, it } from "@jest/globals";
import { Buffer } from "node:buffer";
import { countingSources } from "../../test/memory-cluster.js";
import { build, clusterWith, named, names, seeing } from "../../test/primaries.js";
import type { Manifest } from "../json.js";
import type { MongoAdmin, MongoCredentials, MongoDriver } from "../mongo/mongo-admin.js";
import { MongoError } from "../mongo/mongo-error.js";
import { memberLabels } from "../names.js";
import type { Changes } from "./part.js";
import { usersSecrets } from "./users-secrets.js";

const encode = (text: string): string => Buffer.from(text).toString("base64");
const cluster = clusterWith();

/** A MongoDB that knows passwords and nothing else. */
class Passwords implements MongoDriver {
  readonly known = new Map<string, string>();
  readonly log: string[] = [];
  failAt: string | undefined;

  connect(_endpoint: unknown, credentials?: MongoCredentials): Promise<MongoAdmin> {
    if (credentials === undefined || this.known.get(credentials.user) !== credentials.password)
      return Promise.reject(new MongoError("AuthenticationFailed", "wrong password"));
    const admin = {
      getUser: (user: string) =>
        Promise.resolve(this.known.has(user) ? { user, roles: [] } : undefined),
      createUser: ({ user }: { user: string }, password: string) => this.#set(user, password),
      updateUserPassword: (user: string, password: string) => this.#set(user, password),
      close: () => Promise.resolve(),
    };
    return Promise.resolve(admin as unknown as MongoAdmin);
  }

  #set(user: string, password: string): Promise<void> {
    if (user === this.failAt)
      return Promise.reject(new MongoError("HostUnreachable", "the member went away"));
    this.log.push(user);
    this.known.set(user, password);
    return Promise.resolve();
  }
}

const pod: Manifest = {
  ...named("Pod", "db-rs0-0", memberLabels("db", "rs0", "mongod")),
  status: { conditions: [{ type: "ContainersReady", status: "True" }] },
};

/** Both Secrets as F2 makes them, and a MongoDB that has the same passwords. */
async function settled(): Promise<{ secrets: readonly Manifest[]; mongo: Passwords }> {
  const { create = [] } = await build(usersSecrets, cluster);
  const mongo = new Passwords();
  const users = create.find(({ metadata }) => !metadata.name.startsWith("internal-"))?.data ?? {};
  for (const [key, user] of Object.entries(users)) {
    if (!key.endsWith("_USER")) continue;
    const password = users[key.replace(/_USER$/, "_PASSWORD")] ?? "";
    mongo.known.set(
      Buffer.from(user, "base64").toString(),
      Buffer.from(password, "base64").toString(),
    );
  }
  return { secrets: create, mongo };
}

function withUsers(
  secrets: readonly Manifest[],
  data: Readonly<Record<string, string>>,
): readonly Manifest[] {
  return secrets.map((object) =>
    object.metadata.name.startsWith("internal-")
      ? object
      : { ...object, data: { ...object.data, ...data } },
  );
}

function run(objects: readonly Manifest[], mongo: MongoDriver): Promise<Changes> {
  return Promise.resolve(
    usersSecrets.build(cluster, seeing([...objects, pod]), { ...countingSources, mongo }),
  );
}

describe("usersSecrets (F2), when the user changes passwords", () => {
  const changes = {
    MONGODB_BACKUP_PASSWORD: encode("new-backup"),
    MONGODB_USER_ADMIN_PASSWORD: encode("new-admin"),
  };

  it("tells MongoDB, the administrator's own password last, and then changes the copy", async () => {
    const { secrets, mongo } = await settled();
    const { apply, waitFor } = await run(withUsers(secrets, changes), mongo);
    expect(mongo.log).toEqual(["backup", "userAdmin"]);
    expect(mongo.known.get("backup")).toBe("new-backup");
    expect(names(apply)).toEqual(["internal-db-users"]);
    expect(apply?.[0]?.data?.["MONGODB_BACKUP_PASSWORD_ESCAPED"]).toBe(encode("new-backup"));
    expect(waitFor).toBeUndefined();
  });

  it("leaves the copy alone while MongoDB cannot take them, and asks again", async () => {
    const { secrets, mongo } = await settled();
    mongo.failAt = "userAdmin";
    const first = await run(withUsers(secrets, changes), mongo);
    expect(first.apply).toEqual([]);
    expect(first.waitFor).toMatch(/MongoDB of rs0 to take new passwords/);
    expect(first.askAgainMs).toBe(5000);
  });

  it("goes on after a crash between MongoDB and the copy", async () => {
    const { secrets, mongo } = await settled();
    const changed = withUsers(secrets, changes);
    await run(changed, mongo);
    const again = await run(changed, mongo);
    expect(names(again.apply)).toEqual(["internal-db-users"]);
    expect(mongo.known.get("userAdmin")).toBe("new-admin");
  });

  it("makes a user of another name", async () => {
    const { secrets, mongo } = await settled();
    await run(withUsers(secrets, { MONGODB_BACKUP_USER: encode("saver") }), mongo);
    expect(mongo.known.has("saver")).toBe(true);
  });

  it("does not trouble MongoDB for keys that are no users", async () => {
    const { secrets, mongo } = await settled();
    const { apply } = await run(withUsers(secrets, { PMM_SERVER_TOKEN: encode("x") }), mongo);
    expect(mongo.log).toEqual([]);
    expect(names(apply)).toEqual(["internal-db-users"]);
  });
});
