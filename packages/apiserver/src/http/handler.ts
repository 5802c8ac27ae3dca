// SPDX-License-Identifier: Apache-2.0
// The one handler behind every transport: authenticate, let faults strike, route, authorise, act,
// answer, count.
import { randomUUID } from "node:crypto";
import type { Attributes } from "../auth/authorizer.js";
import type { Identity } from "../auth/identity.js";
import { impersonated, NoImpersonatedUserError } from "../auth/impersonation.js";
import type { ServerCore } from "../core.js";
import type { Fault, FaultSubject } from "../faults/fault-rules.js";
import { StatusError, expired, resourceNotFound } from "../status-error.js";
import type { ApiRequest, ApiResponse, Outcome } from "./api-request.js";
import { faultSubjectOf, verbOf } from "./call.js";
import { answerPath } from "./path-handler.js";
import { sleep } from "./read-verbs.js";
import { dispatch } from "./resource-handler.js";
import { errorResponse, pageNotFound, plainJson, plainYaml, textFailure } from "./respond.js";
import { parseResourcePath } from "./route.js";
import type { ResourcePath } from "./route.js";

interface Seen {
  subject: FaultSubject;
  path: ResourcePath | undefined;
  warnings: string[];
}

/** Turns anything thrown into an answer; a fault of our own is a 500 that says so. */
function failure(error: unknown, warnings: readonly string[], request: ApiRequest): ApiResponse {
  const accept = request.header("accept") ?? "";
  const accepted = /^\s*application\/yaml\b/.test(accept) ? plainYaml : plainJson;
  if (error instanceof StatusError) {
    const response = errorResponse(error, warnings, accepted);
    if (refusals.has(error)) response.headers["x-content-type-options"] = "nosniff";
    return response;
  }
  if (error instanceof NoImpersonatedUserError) return textFailure(error.message, request.path);
  const text = error instanceof Error ? error.message : String(error);
  const message = `Internal error occurred: ${text}`;
  return errorResponse(new StatusError(500, "InternalError", message, {}), warnings);
}

function statusFault(fault: Extract<Fault, { type: "status" }>): StatusError {
  const reasons: Readonly<Record<number, string>> = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
  };
  const { code, retryAfterSeconds } = fault;
  const reason = fault.reason ?? reasons[code] ?? "";
  const message = fault.message ?? `injected fault: ${code} ${reason}`.trimEnd();
  return new StatusError(code, reason, message, {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** Runs the faults that act in place of the request; undefined lets the request go on. */
async function strike(
  core: ServerCore,
  faults: readonly Fault[],
  isWatch: boolean,
): Promise<Outcome | undefined> {
  for (const fault of faults) {
    if (fault.type === "delay") await sleep(core, fault.ms);
    else if (fault.type === "status") throw statusFault(fault);
    else if (fault.type === "reset" || fault.type === "hang") return fault.type;
    else if (fault.type === "expired" && !isWatch) {
      throw expired("The resourceVersion for the provided list is too old.");
    }
  }
  return undefined;
}

/** Runs the faults that act on the answer of a request that was carried out. */
function afterwards(faults: readonly Fault[], response: Outcome): Outcome {
  if (typeof response === "string") return response;
  for (const fault of faults) {
    if (fault.type === "commitThenReset") return "reset";
    if (fault.type === "eof" && response.body !== undefined) {
      const { afterBytes = 0 } = fault;
      const whole = Buffer.from(response.body);
      const length = String(whole.length);
      const headers = { ...response.headers, "content-length": length };
      // The length still promises the whole body: the reader sees a broken connection.
      return { ...response, headers, body: whole.subarray(0, afterBytes) };
    }
  }
  return response;
}

/** Answers one request. Never throws. */
export async function handle(core: ServerCore, request: ApiRequest): Promise<Outcome> {
  const warnings: string[] = [];
  const seen: Seen = { subject: unknownSubject(request), path: undefined, warnings };
  let outcome: Outcome;
  try {
    outcome = await answer(core, request, seen);
  } catch (error) {
    outcome = failure(error, warnings, request);
  }
  // Refusals wait too: they tell of what others wrote.
  const synced = core.journal?.synced();
  if (synced !== undefined) {
    await synced.catch((error: unknown) => {
      outcome = failure(error, warnings, request);
    });
  }
  count(core, request, seen, outcome);
  if (typeof outcome !== "string") outcome.headers["audit-id"] = randomUUID();
  return outcome;
}

function unknownSubject(request: ApiRequest): FaultSubject {
  const verb = request.method === "HEAD" ? "get" : request.method.toLowerCase();
  const userAgent = request.header("user-agent") ?? "";
  return { verb, resource: "", namespace: undefined, name: undefined, user: "", userAgent };
}

async function answer(core: ServerCore, request: ApiRequest, seen: Seen): Promise<Outcome> {
  const path = parseResourcePath(request.path);
  const known = core.authenticator.authenticate(request);
  const user = refusing(() => impersonated(core.authorizer, request, known));
  seen.path = path;
  seen.subject =
    path === undefined
      ? { ...seen.subject, user: user.name }
      : faultSubjectOf(request, path, verbOf(request, path), user.name);
  const faults = core.faults.take(seen.subject);
  const struck = await strike(core, faults, seen.subject.verb === "watch");
  if (struck !== undefined) return struck;
  const response = await route(core, request, path, user, seen.warnings, faults);
  return afterwards(faults, response);
}

function route(
  core: ServerCore,
  request: ApiRequest,
  path: ResourcePath | undefined,
  user: Identity,
  warnings: string[],
  faults: readonly Fault[],
): Promise<ApiResponse> | ApiResponse {
  const verb = path === undefined ? request.method.toLowerCase() : verbOf(request, path);
  authorise(core, user, {
    verb: verb === "apply" ? "patch" : verb === "head" ? "get" : verb,
    group: path?.group ?? "",
    resource: path === undefined ? undefined : bareResource(path),
    // A namespace lies in itself.
    namespace: path?.plural === "namespaces" ? (path.namespace ?? path.name) : path?.namespace,
    name: path?.name ?? nameOfSelector(request, verb),
    path: request.path,
  });
  if (path === undefined) return answerPath(core, request);
  const type = core.registry.find(path.apiVersion, path.plural);
  if (type === undefined) {
    if (core.registry.isBuiltinGroup(path.group)) throw resourceNotFound();
    return pageNotFound();
  }
  return dispatch(core, { request, path, type, verb, user, warnings }, faults);
}

/** Refusals of the authoriser, whose answers carry one more header. */
const refusals = new WeakSet<Error>();

function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof StatusError) refusals.add(error);
    throw error;
  }
}

function authorise(core: ServerCore, user: Identity, attributes: Attributes): void {
  refusing(() => core.authorizer.check(user, attributes));
}

/** A list of one name, chosen by a field selector, counts as that object. */
function nameOfSelector({ query }: ApiRequest, verb: string): string | undefined {
  if (!["list", "watch", "deletecollection"].includes(verb)) return undefined;
  return /^metadata\.name={1,2}([^,=!]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
}

/** `pods/status`: the resource as authorisation names it, without its group. */
function bareResource(path: ResourcePath): string {
  return path.subresource === "" ? path.plural : `${path.plural}/${path.subresource}`;
}

function count(core: ServerCore, request: ApiRequest, seen: Seen, outcome: Outcome): void {
  const { subject } = seen;
  const query = request.query.toString();
  const body = typeof outcome === "string" ? undefined : outcome.body;
  core.requests.record({
    verb: subject.verb,
    resource: subject.resource,
    method: request.method,
    path: query === "" ? request.path : `${request.path}?${query}`,
    namespace: subject.namespace,
    name: subject.name,
    userAgent: subject.userAgent,
    user: subject.user,
    fieldManager: request.query.get("fieldManager") ?? "",
    status: typeof outcome === "string" ? 0 : outcome.status,
    requestBytes: Number(request.header("content-length") ?? 0),
    responseBytes: body === undefined ? 0 : Buffer.byteLength(body),
  });
}
