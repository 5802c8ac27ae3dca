// SPDX-License-Identifier: Apache-2.0
// Users and roles of a simulated replica set, and who may do what (under every stage of a test).
import type { MongoCall, MongoCredentials, MongoRole, MongoUser } from "./mongo-admin.js";
import { MongoError } from "./mongo-error.js";

interface StoredUser extends MongoUser {
  readonly password: string;
}

const administrators: readonly string[] = ["clusterAdmin", "root"];
const userAdministrators: readonly string[] = ["userAdminAnyDatabase", "root"];

/** Built-in roles that allow a call; calls that are not named need no user. */
const allowedRoles: Readonly<Partial<Record<MongoCall, readonly string[]>>> = {
  initiate: administrators,
  getConfig: [...administrators, "clusterMonitor"],
  reconfig: administrators,
  status: [...administrators, "clusterMonitor"],
  stepDown: administrators,
  freeze: administrators,
  setDefaultRWConcern: administrators,
  listShards: [...administrators, "clusterMonitor"],
  addShard: administrators,
  removeShard: administrators,
  isBalancerOn: [...administrators, "clusterMonitor"],
  startBalancer: administrators,
  stopBalancer: administrators,
  getRole: userAdministrators,
  createRole: userAdministrators,
  updateRole: userAdministrators,
  getUser: userAdministrators,
  createUser: userAdministrators,
  updateUserPassword: userAdministrators,
  updateUserRoles: userAdministrators,
};

const builtInRoles: ReadonlySet<string> = new Set([
  "backup",
  "clusterAdmin",
  "clusterMonitor",
  "dbAdminAnyDatabase",
  "readAnyDatabase",
  "readWriteAnyDatabase",
  "restore",
  "root",
  "userAdminAnyDatabase",
]);

/** The users of one replica set. */
export class SimulatedUsers {
  readonly #users = new Map<string, StoredUser>();
  readonly #roles = new Map<string, MongoRole>();

  /** Nobody can prove to be anybody yet: the localhost exception holds. */
  get isEmpty(): boolean {
    return this.#users.size === 0;
  }

  get names(): readonly string[] {
    return [...this.#users.keys()];
  }

  /** @throws {@link MongoError} AuthenticationFailed. */
  authenticate({ user, password }: MongoCredentials): void {
    if (this.#users.get(user)?.password !== password)
      throw new MongoError("AuthenticationFailed", `user ${user} and password do not match`);
  }

  /** @throws {@link MongoError} Unauthorized. */
  authorize(call: MongoCall, user: string | undefined): void {
    const wanted = allowedRoles[call];
    if (wanted === undefined) return;
    const roles = user === undefined ? [] : this.#rolesOf(user);
    if (!roles.some((role) => wanted.includes(role))) {
      const who = user === undefined ? "nobody is logged in" : `user ${user} may not`;
      throw new MongoError("Unauthorized", `${call} is not allowed: ${who}`);
    }
  }

  get(name: string): MongoUser | undefined {
    const found = this.#users.get(name);
    return found === undefined ? undefined : { user: found.user, roles: found.roles };
  }

  create({ user, roles }: MongoUser, password: string): void {
    if (this.#users.has(user)) throw new MongoError("UserAlreadyExists", `user ${user} exists`);
    this.#checkRoles(roles);
    this.#users.set(user, { user, roles: [...roles], password });
  }

  changePassword(user: string, password: string): void {
    this.#users.set(user, { ...this.#must(user), password });
  }

  changeRoles(user: string, roles: readonly string[]): void {
    this.#checkRoles(roles);
    this.#users.set(user, { ...this.#must(user), roles: [...roles] });
  }

  getRole(role: string): MongoRole | undefined {
    return this.#roles.get(role);
  }

  createRole(role: MongoRole): void {
    if (this.#roles.has(role.role))
      throw new MongoError("RoleAlreadyExists", `role ${role.role} exists`);
    this.#checkRoles(role.roles);
    this.#roles.set(role.role, structuredClone(role));
  }

  updateRole(role: MongoRole): void {
    if (!this.#roles.has(role.role)) throw new MongoError("RoleNotFound", `no role ${role.role}`);
    this.#checkRoles(role.roles);
    this.#roles.set(role.role, structuredClone(role));
  }

  #must(user: string): StoredUser {
    const found = this.#users.get(user);
    if (found === undefined) throw new MongoError("UserNotFound", `no user ${user}`);
    return found;
  }

  #checkRoles(roles: readonly string[]): void {
    for (const role of roles) {
      if (!builtInRoles.has(role) && !this.#roles.has(role))
        throw new MongoError("RoleNotFound", `no role ${role}`);
    }
  }

  #rolesOf(user: string): readonly string[] {
    const roles = this.#users.get(user)?.roles ?? [];
    return [...roles, ...roles.flatMap((role) => this.#roles.get(role)?.roles ?? [])];
  }
}
