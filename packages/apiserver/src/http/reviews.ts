// SPDX-License-Identifier: Apache-2.0
// Access, rules, token and self reviews: questions about users, answered and not stored.
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { Attributes } from "../auth/authorizer.js";
import type { Identity } from "../auth/identity.js";
import type { ServerCore } from "../core.js";
import { badRequest } from "../status-error.js";
import { decodeObject } from "../write/decode.js";
import type { ApiResponse } from "./api-request.js";
import { writeRequestOf } from "./call.js";
import type { ResourceCall } from "./call.js";
import { plainResponse } from "./read-verbs.js";
import { readObject } from "./write-verbs.js";

function attributesOf(spec: JsonObject, namespace: string | undefined): Attributes {
  const resource = objectAt(spec, "resourceAttributes");
  const other = objectAt(spec, "nonResourceAttributes");
  if (resource === undefined) {
    if (other === undefined) {
      throw badRequest(
        "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      );
    }
    const path = stringAt(other, "path") ?? "";
    const verb = stringAt(other, "verb") ?? "";
    return { verb, path, group: "", resource: undefined, namespace: undefined, name: undefined };
  }
  const subresource = stringAt(resource, "subresource") ?? "";
  const plural = stringAt(resource, "resource") ?? "";
  return {
    verb: stringAt(resource, "verb") ?? "",
    group: stringAt(resource, "group") ?? "",
    resource: subresource === "" ? plural : `${plural}/${subresource}`,
    namespace: namespace ?? (stringAt(resource, "namespace") || undefined),
    name: stringAt(resource, "name"),
    path: "",
  };
}

function accessStatus(core: ServerCore, user: Identity, attributes: Attributes): JsonObject {
  const allowed = core.authorizer.allows(user, attributes);
  return allowed ? { allowed } : { allowed, reason: "no binding allows it" };
}

function subjectOf(spec: JsonObject): Identity {
  return {
    name: stringAt(spec, "user") ?? "",
    groups: arrayAt(spec, "groups").map(String),
  };
}

function userInfo({ name, uid, groups }: Identity): JsonObject {
  return { username: name, ...(uid === undefined ? {} : { uid }), groups };
}

/** Rules of a user in a namespace, apart for resources and other paths. */
function rulesStatus(core: ServerCore, user: Identity, namespace: string): JsonObject {
  const isAdmin = core.authorizer.allows(user, {
    verb: "*",
    group: "*",
    resource: "*",
    namespace,
    name: undefined,
    path: "",
  });
  const everything = [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ];
  const rules = isAdmin ? everything : core.authorizer.rulesFor(user, namespace);
  const isPath = (rule: unknown): boolean => own(rule, "nonResourceURLs") !== undefined;
  return {
    resourceRules: rules.filter((rule) => !isPath(rule)),
    nonResourceRules: rules.filter(isPath),
    incomplete: false,
  };
}

function statusOf(core: ServerCore, call: ResourceCall, spec: JsonObject): JsonObject {
  const { type, user, path } = call;
  switch (type.kind) {
    case "SelfSubjectAccessReview":
      return accessStatus(core, user, attributesOf(spec, undefined));
    case "SubjectAccessReview":
    case "LocalSubjectAccessReview":
      return accessStatus(core, subjectOf(spec), attributesOf(spec, path.namespace));
    case "SelfSubjectRulesReview":
      return rulesStatus(core, user, stringAt(spec, "namespace") ?? "");
    case "SelfSubjectReview":
      return { userInfo: userInfo(user) };
    default: {
      const known = core.authenticator.byToken(stringAt(spec, "token") ?? "");
      if (known === undefined) return { user: {}, error: "invalid bearer token" };
      return { authenticated: true, user: userInfo(known) };
    }
  }
}

/** POST of a review. */
export async function handleReview(core: ServerCore, call: ResourceCall): Promise<ApiResponse> {
  const write = writeRequestOf(call);
  const body = await readObject(call, write);
  const object = decodeObject(body, call.type, write.fieldValidation, write.warnings);
  const status = statusOf(core, call, objectAt(object, "spec") ?? {});
  const { kind, apiVersion } = object;
  const metadata = { creationTimestamp: null };
  const { spec } = object;
  return plainResponse(call, 201, {
    kind,
    apiVersion,
    metadata,
    ...(spec ? { spec } : {}),
    status,
  });
}
