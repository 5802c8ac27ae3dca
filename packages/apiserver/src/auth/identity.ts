// SPDX-License-Identifier: Apache-2.0
// Who is asking: bearer tokens, client certificates, anonymous, and impersonation.
import { StatusError } from "../status-error.js";
import type { ApiRequest } from "../http/api-request.js";

/** A user. */
export interface Identity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

/** A user with a bearer token, as options give it. */
export interface TokenUser {
  readonly token: string;
  readonly user: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
}

/** The user of requests without credentials. */
export const anonymous: Identity = {
  name: "system:anonymous",
  groups: ["system:unauthenticated"],
};

/** What requests without credentials are: 401, the anonymous user, or the administrator. */
export type AnonymousAccess = "unauthorized" | "user" | "admin";

const administrator: Identity = { name: "system:unsecured", groups: ["system:masters"] };

/** 401, the same for every failed authentication. */
export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

const authenticatedGroup = "system:authenticated";

/** Finds the user of a request. */
export class Authenticator {
  readonly #byToken = new Map<string, Identity>();
  readonly #anonymous: AnonymousAccess;

  constructor(tokens: readonly TokenUser[], access: AnonymousAccess) {
    this.#anonymous = access;
    for (const { token, user, uid, groups = [] } of tokens) {
      const identity = { name: user, groups: [...groups, authenticatedGroup] };
      this.#byToken.set(token, uid === undefined ? identity : { ...identity, uid });
    }
  }

  /** The user of a bearer token. */
  byToken(token: string): Identity | undefined {
    return this.#byToken.get(token);
  }

  /** The user of a request. @throws {@link StatusError} 401 for a wrong token. */
  authenticate(request: ApiRequest): Identity {
    const { certificate } = request;
    if (certificate !== undefined) {
      return { name: certificate.user, groups: [...certificate.groups, authenticatedGroup] };
    }
    const header = request.header("authorization");
    if (header === undefined || header === "") {
      if (this.#anonymous === "unauthorized") throw unauthorized();
      return this.#anonymous === "admin" ? administrator : anonymous;
    }
    const [scheme = "", token = ""] = header.split(" ");
    const identity = scheme.toLowerCase() === "bearer" ? this.byToken(token.trim()) : undefined;
    if (identity === undefined) throw unauthorized();
    return identity;
  }
}
