// SPDX-License-Identifier: Apache-2.0
// What MongoDB refuses, with its own codes, so that code reads the same with a driver (stage 5: reconcile).

/** Codes of MongoDB's `error_codes.yml`, as far as the operator meets them. */
export const mongoCodes = {
  HostUnreachable: 6,
  UserNotFound: 11,
  Unauthorized: 13,
  AuthenticationFailed: 18,
  AlreadyInitialized: 23,
  RoleNotFound: 31,
  ShardNotFound: 70,
  NodeNotFound: 74,
  NetworkTimeout: 89,
  InvalidReplicaSetConfig: 93,
  NotYetInitialized: 94,
  NotSecondary: 95,
  NewReplicaSetConfigurationIncompatible: 103,
  FailedToSatisfyReadPreference: 133,
  ExceededTimeLimit: 262,
  IllegalOperation: 20,
  NotWritablePrimary: 10107,
  UserAlreadyExists: 51003,
  RoleAlreadyExists: 51002,
} as const;

/** The name of a code. */
export type MongoCodeName = keyof typeof mongoCodes;

/** MongoDB refused, or could not be reached. */
export class MongoError extends Error {
  readonly code: number;
  readonly codeName: MongoCodeName;
  constructor(codeName: MongoCodeName, message: string) {
    super(`${codeName}: ${message}`);
    this.name = "MongoError";
    this.codeName = codeName;
    this.code = mongoCodes[codeName];
  }
}

/** Whether an error is one of these refusals. */
export function isMongoError(
  error: unknown,
  ...codeNames: readonly MongoCodeName[]
): error is MongoError {
  if (!(error instanceof MongoError)) return false;
  return codeNames.length === 0 || codeNames.includes(error.codeName);
}
