// SPDX-License-Identifier: Apache-2.0
// Impersonation: a request that speaks for another user, when its own user may do so for each part of
// the other's identity.
import type { ApiRequest } from "../http/api-request.js";
import type { Authorizer } from "./authorizer.js";
import { authenticatedGroup } from "./identity.js";
import type { Identity } from "./identity.js";

/** A request that names parts of an identity and no user; the real server answers it with plain text. */
export class NoImpersonatedUserError extends Error {
  constructor(parts: readonly string[]) {
    super(`requested [${parts.join(" ")}] without impersonating a user`);
    this.name = "NoImpersonatedUserError";
  }
}

const extraPrefix = "impersonate-extra-";

/** Values of a header that may stand several times. */
const listOf = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** A key of extra data as it stands in the name of a header: percent-encoded, in lower case. */
function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof Error && error.name === "URIError") return text;
    throw error;
  }
}

interface Wanted {
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly uid: string | undefined;
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

function readHeaders(request: ApiRequest): Wanted {
  const extra = new Map<string, readonly string[]>();
  for (const name of request.headerNames?.() ?? []) {
    if (!name.startsWith(extraPrefix)) continue;
    extra.set(decodeKey(name.slice(extraPrefix.length)), listOf(request.header(name)));
  }
  return {
    user: request.header("impersonate-user") || undefined,
    groups: listOf(request.header("impersonate-group")),
    uid: request.header("impersonate-uid") || undefined,
    extra,
  };
}

const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The user that a request speaks for. @throws {@link StatusError} 403 for a part that may not be. */
export function impersonated(
  authorizer: Authorizer,
  request: ApiRequest,
  user: Identity,
): Identity {
  const wanted = readHeaders(request);
  if (wanted.user === undefined) {
    refuseLonelyParts(wanted);
    return user;
  }
  checkParts(authorizer, user, { ...wanted, user: wanted.user }, request.path);
  return {
    name: wanted.user,
    groups: groupsOf(wanted.user, wanted.groups),
    ...(wanted.uid === undefined ? {} : { uid: wanted.uid }),
    ...(wanted.extra.size === 0 ? {} : { extra: wanted.extra }),
  };
}

/** Go's form of a reference with a kind and a name. */
const referenceText = (kind: string, name: string, path = ""): string =>
  `{${kind}  ${name}    ${path}}`;

function refuseLonelyParts({ groups, uid, extra }: Wanted): void {
  const parts = [
    ...groups.map((name) => referenceText("Group", name)),
    ...[...extra].flatMap(([key, values]) =>
      values.map((value) => `{UserExtra  ${value}  authentication.k8s.io/v1  ${key}}`),
    ),
    ...(uid === undefined ? [] : [`{UID  ${uid}  authentication.k8s.io/v1  }`]),
  ];
  if (parts.length > 0) throw new NoImpersonatedUserError(parts);
}

function checkParts(
  authorizer: Authorizer,
  user: Identity,
  wanted: Wanted & { readonly user: string },
  path: string,
): void {
  const may = (resource: string, name: string, namespace?: string, group = ""): void =>
    authorizer.check(user, { verb: "impersonate", group, resource, namespace, name, path });
  const account = serviceAccount.exec(wanted.user);
  if (account === null) may("users", wanted.user);
  else may("serviceaccounts", account[2] as string, account[1]);
  for (const name of wanted.groups) may("groups", name);
  for (const [key, values] of wanted.extra) {
    for (const value of values) may(`userextras/${key}`, value, undefined, "authentication.k8s.io");
  }
  if (wanted.uid !== undefined) may("uids", wanted.uid, undefined, "authentication.k8s.io");
}

/** Service accounts are in the groups of service accounts, everybody in that of the known. */
function groupsOf(user: string, named: readonly string[]): readonly string[] {
  const account = serviceAccount.exec(user);
  const groups =
    account !== null && named.length === 0
      ? ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`]
      : named;
  const everybody = user === "system:anonymous" ? "system:unauthenticated" : authenticatedGroup;
  const isSaid = groups.includes(authenticatedGroup) || groups.includes("system:unauthenticated");
  return isSaid ? groups : [...groups, everybody];
}
