// SPDX-License-Identifier: Apache-2.0
// Access, rules, token and self reviews: questions about users, answered and not stored.
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { Attributes } from "../auth/authorizer.js";
import type { Identity } from "../auth/identity.js";
import type { ServerCore } from "../core.js";
import { invalid, invalidObject } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { badRequest } from "../status-error.js";
import { finishManagers } from "../write/field-managers.js";
import { decodeObject } from "../write/decode.js";
import type { ApiResponse } from "./api-request.js";
import { writeRequestOf } from "./call.js";
import type { ResourceCall } from "./call.js";
import { negotiate, notAcceptable } from "./negotiate.js";
import { plainResponse } from "./read-verbs.js";
import { readObject } from "./write-verbs.js";

function attributesOf(spec: JsonObject, namespace: string | undefined): Attributes {
  const resource = objectAt(spec, "resourceAttributes");
  const other = objectAt(spec, "nonResourceAttributes");
  if (resource === undefined) {
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

const oneOfBoth = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

/** What is wrong with an access review, in the API server's words. */
function accessFaults(kind: string, spec: JsonObject, namespace: string | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const resource = objectAt(spec, "resourceAttributes");
  const other = objectAt(spec, "nonResourceAttributes");
  if (resource !== undefined && other !== undefined) {
    const [path = "", verb = ""] = [stringAt(other, "path"), stringAt(other, "verb")];
    const shown = `authorization.NonResourceAttributes{Path:"${path}", Verb:"${verb}"}`;
    const why = "cannot be specified in combination with resourceAttributes";
    const field = "spec.nonResourceAttributes";
    errors.push({ field, reason: "FieldValueInvalid", detail: `: ${shown}: ${why}` });
  } else if (resource === undefined && other === undefined) {
    errors.push(invalid("spec.resourceAttributes", "null", oneOfBoth));
  }
  const isOfOther = kind !== "SelfSubjectAccessReview";
  if (isOfOther && !stringAt(spec, "user") && arrayAt(spec, "groups").length === 0) {
    errors.push(invalid("spec.user", "", "at least one of user or group must be specified"));
  }
  const named = stringAt(resource, "namespace") ?? "";
  if (kind === "LocalSubjectAccessReview" && named !== namespace) {
    const field = "spec.resourceAttributes.namespace";
    errors.push(invalid(field, named, "must match metadata.namespace"));
  }
  return errors;
}

function checkReview({ type, path }: ResourceCall, spec: JsonObject): void {
  if (type.kind.endsWith("AccessReview")) {
    const errors = accessFaults(type.kind, spec, path.namespace);
    // The kind's name is left out of the message, as in the original.
    if (errors.length > 0) throw invalidObject({ group: type.group, word: "" }, "", errors);
  }
  if (type.kind === "SelfSubjectRulesReview" && !stringAt(spec, "namespace")) {
    throw badRequest("no namespace on request");
  }
  if (type.kind === "TokenReview" && !stringAt(spec, "token")) {
    throw badRequest("token is required for TokenReview in authentication");
  }
}

function accessStatus(core: ServerCore, user: Identity, attributes: Attributes): JsonObject {
  const allowed = core.authorizer.allows(user, attributes);
  const reason = core.authorizer.reasonFor(user, attributes);
  return reason === "" ? { allowed } : { allowed, reason };
}

function subjectOf(spec: JsonObject): Identity {
  return {
    name: stringAt(spec, "user") ?? "",
    groups: arrayAt(spec, "groups").map(String),
  };
}

function userInfo({ name, uid, groups, extra }: Identity): JsonObject {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra: Object.fromEntries(extra) }),
  };
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
  // A review has no metadata to make a table of.
  const { as } = negotiate(call.request.header("accept"), true);
  if (as !== "") throw notAcceptable(true);
  const write = writeRequestOf(call);
  const body = await readObject(call, write);
  const object = decodeObject(body, call.type, write.fieldValidation, write.warnings);
  const asked = objectAt(object, "spec") ?? {};
  checkReview(call, asked);
  const status = statusOf(core, call, asked);
  const { kind, apiVersion } = object;
  const managedFields = finishManagers(core, write, undefined, object, undefined);
  const { namespace } = call.path;
  const metadata = {
    creationTimestamp: null,
    ...(managedFields.length === 0 ? {} : { managedFields }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const { spec } = object;
  return plainResponse(call, 201, {
    kind,
    apiVersion,
    metadata,
    ...(spec ? { spec } : {}),
    status,
  });
}
