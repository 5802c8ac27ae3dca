// SPDX-License-Identifier: Apache-2.0
// The seam to MongoDB: what the operator asks of it, whoever answers, a driver or the simulator (stage 5: reconcile).

/** Where a connection leads. */
export type MongoEndpoint =
  /** From inside the pod, where the first user can be made without one. */
  | { readonly via: "localhost"; readonly namespace: string; readonly pod: string }
  /** To one member, whatever it is at the moment. */
  | { readonly via: "member"; readonly host: string }
  /** To a replica set: reads anywhere, writes on the primary. */
  | { readonly via: "replset"; readonly replset: string; readonly hosts: readonly string[] }
  /** To a sharded cluster, through its routers. */
  | { readonly via: "mongos"; readonly host: string };

/** Who asks. */
export interface MongoCredentials {
  readonly user: string;
  readonly password: string;
}

/** States of a member, by MongoDB's numbers. */
export const memberState = {
  startup: 0,
  primary: 1,
  secondary: 2,
  startup2: 5,
  arbiter: 7,
  down: 8,
} as const;

/** What a member says about itself; needs no user. */
export interface Hello {
  /** Absent while the member belongs to no replica set. */
  readonly setName?: string;
  readonly isWritablePrimary: boolean;
  readonly isArbiter: boolean;
  /** Host of the primary, as far as this member knows. */
  readonly primary?: string;
}

/** One member of a replica set's configuration. */
export interface MemberConfig {
  readonly id: number;
  readonly host: string;
  readonly votes: number;
  readonly priority: number;
  readonly arbiterOnly: boolean;
  readonly hidden: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** The configuration of a replica set. */
export interface ReplsetConfig {
  readonly name: string;
  readonly version: number;
  /** This is the config server of a sharded cluster. */
  readonly configsvr: boolean;
  readonly members: readonly MemberConfig[];
}

/** How one member fares. */
export interface MemberStatus {
  readonly id: number;
  readonly host: string;
  readonly state: number;
  readonly stateText: string;
}

/** How a replica set fares, as one of its members sees it. */
export interface MongoStatus {
  readonly set: string;
  readonly members: readonly MemberStatus[];
}

/** A role: what it may do, and the roles it includes. */
export interface MongoRole {
  readonly role: string;
  readonly privileges: readonly string[];
  readonly roles: readonly string[];
}

/** A user without the password, which is never told. */
export interface MongoUser {
  readonly user: string;
  readonly roles: readonly string[];
}

/** One shard of a sharded cluster. */
export interface MongoShard {
  readonly id: string;
  readonly hosts: readonly string[];
}

/**
 * One connection's administration commands.
 *
 * **Guarantees:** a call that is refused changes nothing. **API requests:** 0.
 */
export interface MongoAdmin {
  ping(): Promise<void>;
  hello(): Promise<Hello>;
  buildInfo(): Promise<{ readonly version: string }>;
  initiate(config: ReplsetConfig): Promise<void>;
  getConfig(): Promise<ReplsetConfig>;
  reconfig(config: ReplsetConfig): Promise<void>;
  status(): Promise<MongoStatus>;
  /** The primary gives way and stands for no election for a time. */
  stepDown(seconds: number): Promise<void>;
  /** A member that is not the primary stands for no election for a time. */
  freeze(seconds: number): Promise<void>;
  getRole(role: string): Promise<MongoRole | undefined>;
  createRole(role: MongoRole): Promise<void>;
  updateRole(role: MongoRole): Promise<void>;
  getUser(user: string): Promise<MongoUser | undefined>;
  createUser(user: MongoUser, password: string): Promise<void>;
  updateUserPassword(user: string, password: string): Promise<void>;
  updateUserRoles(user: string, roles: readonly string[]): Promise<void>;
  setDefaultRWConcern(readConcern: string, writeConcern: string): Promise<void>;
  listShards(): Promise<readonly MongoShard[]>;
  addShard(replset: string, hosts: readonly string[]): Promise<void>;
  /** Called again and again until it says `completed`. */
  removeShard(id: string): Promise<"started" | "ongoing" | "completed">;
  isBalancerOn(): Promise<boolean>;
  startBalancer(): Promise<void>;
  stopBalancer(): Promise<void>;
  close(): Promise<void>;
}

/** The name of a call, for faults and counts. */
export type MongoCall = Exclude<keyof MongoAdmin, "close">;

/** Opens connections; what stands behind it is the driver's affair. */
export interface MongoDriver {
  /** @throws {@link MongoError} when nobody answers or the password is wrong. */
  connect(endpoint: MongoEndpoint, credentials?: MongoCredentials): Promise<MongoAdmin>;
}

/** Opens a connection, uses it and closes it, whatever happens. **API requests:** 0. */
export async function withMongo<T>(
  driver: MongoDriver,
  endpoint: MongoEndpoint,
  credentials: MongoCredentials | undefined,
  use: (admin: MongoAdmin) => Promise<T>,
): Promise<T> {
  const admin = await driver.connect(endpoint, credentials);
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}
