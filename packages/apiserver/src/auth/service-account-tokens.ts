// SPDX-License-Identifier: Apache-2.0
// Tokens of service accounts: signed by a key of the server, good for a time, and only while their
// account is there.
import { generateKeyPairSync, randomUUID, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isObject, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import { keyOf } from "../store/object-store.js";
import type { ObjectStore } from "../store/object-store.js";
import type { Identity } from "./identity.js";

/** What a token is asked for. */
export interface TokenWish {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

/** A token and the moment it ends. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresMs: number;
}

/** Who the server is in its tokens, and for whom they are when nobody says. */
export const tokenIssuer = "https://kubernetes.default.svc.cluster.local";

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const encode = (value: JsonObject): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

function decode(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "SyntaxError") return undefined;
    throw error;
  }
}

/** The name under which a service account acts. */
export const accountUser = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`;

/** Issues and checks tokens of service accounts. */
export class ServiceAccountTokens {
  readonly #store: ObjectStore;
  readonly #nowMs: () => number;
  #keys: Keys | undefined;

  constructor(store: ObjectStore, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** The key pair is made with the first token. */
  #pair(): Keys {
    this.#keys ??= generateKeyPairSync("ec", { namedCurve: "P-256" });
    return this.#keys;
  }

  /** A token for an account. */
  issue({ namespace, name, uid, audiences, expirationSeconds }: TokenWish): IssuedToken {
    const now = Math.floor(this.#nowMs() / 1000);
    const claims = {
      aud: audiences,
      exp: now + expirationSeconds,
      iat: now,
      iss: tokenIssuer,
      jti: randomUUID(),
      "kubernetes.io": { namespace, serviceaccount: { name, uid } },
      nbf: now,
      sub: accountUser(namespace, name),
    };
    const text = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`;
    const key = { key: this.#pair().privateKey, dsaEncoding: "ieee-p1363" } as const;
    const signature = sign("sha256", Buffer.from(text), key).toString("base64url");
    return { token: `${text}.${signature}`, expiresMs: claims.exp * 1000 };
  }

  /** The account of a token; undefined when it is not ours, has ended, or its account is gone. */
  identify(token: string): Identity | undefined {
    const [header = "", body = "", signature = "", ...more] = token.split(".");
    if (this.#keys === undefined || signature === "" || more.length > 0) return undefined;
    const key = { key: this.#keys.publicKey, dsaEncoding: "ieee-p1363" } as const;
    const signed = Buffer.from(`${header}.${body}`);
    if (!verify("sha256", signed, key, Buffer.from(signature, "base64url"))) return undefined;
    const claims = decode(body) ?? {};
    const isAlive = Number(own(claims, "exp")) * 1000 > this.#nowMs();
    return isAlive ? this.#account(claims) : undefined;
  }

  #account(claims: JsonObject): Identity | undefined {
    const bound = own(claims, "kubernetes.io");
    const namespace = stringAt(bound, "namespace") ?? "";
    const name = stringAt(bound, "serviceaccount", "name") ?? "";
    const uid = stringAt(bound, "serviceaccount", "uid") ?? "";
    const account = this.#store.get("serviceaccounts", keyOf(namespace, name))?.value;
    // A namesake that came later is another account.
    if (stringAt(account, "metadata", "uid") !== uid) return undefined;
    const id = stringAt(claims, "jti") ?? "";
    return {
      name: accountUser(namespace, name),
      uid,
      groups: [
        "system:serviceaccounts",
        `system:serviceaccounts:${namespace}`,
        "system:authenticated",
      ],
      extra: new Map([["authentication.kubernetes.io/credential-id", [`JTI=${id}`]]]),
    };
  }
}
