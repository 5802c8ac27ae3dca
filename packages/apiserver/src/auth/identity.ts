// SPDX-License-Identifier: Apache-2.0
// Who is asking: bearer tokens, client certificates, anonymous, and impersonation.
import { StatusError } from "../status-error.js";
import type { ServiceAccountTokens } from "./service-account-tokens.js";
import type { ApiRequest } from "../http/api-request.js";

/** A user. */
export interface Identity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  /** More that is known of the user, by its keys. */
  readonly extra?: ReadonlyMap<string, readonly string[]>;
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

/** The group of everybody who is known. */
export const authenticatedGroup = "system:authenticated";

/** Finds the user of a request. */
export class Authenticator {
  readonly #byToken = new Map<string, Identity>();
  readonly #anonymous: AnonymousAccess;

  /** Tokens of service accounts. */
  readonly accounts: ServiceAccountTokens;

  constructor(
    tokens: readonly TokenUser[],
    access: AnonymousAccess,
    accounts: ServiceAccountTokens,
  ) {
    this.#anonymous = access;
    this.accounts = accounts;
    for (const { token, user, uid, groups = [] } of tokens) {
      const identity = { name: user, groups: [...groups, authenticatedGroup] };
      this.#byToken.set(token, uid === undefined ? identity : { ...identity, uid });
    }
  }

  /** The user of a bearer token. */
  byToken(token: string): Identity | undefined {
    return this.#byToken.get(token) ?? this.accounts.identify(token);
  }

  /** The user of a request. @throws {@link StatusError} 401 for a wrong token. */
  authenticate(request: ApiRequest): Identity {
    const { certificate } = request;
    if (certificate !== undefined) {
      return { name: certificate.user, groups: [...certificate.groups, authenticatedGroup] };
    }
    const [scheme = "", token = ""] = (request.header("authorization") ?? "").split(" ");
    // Only a bearer token is a credential here; anything else is as good as none.
    if (scheme.toLowerCase() !== "bearer" || token.trim() === "") {
      if (this.#anonymous === "unauthorized" || request.hasBadCertificate === true) {
        throw unauthorized();
      }
      return this.#anonymous === "admin" ? administrator : anonymous;
    }
    const identity = this.byToken(token.trim());
    if (identity === undefined) throw unauthorized();
    return identity;
  }
}
