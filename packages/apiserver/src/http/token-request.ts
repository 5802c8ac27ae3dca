// SPDX-License-Identifier: Apache-2.0
// The token subresource of service accounts: POST of a TokenRequest answers with a token.
import { tokenIssuer } from "../auth/service-account-tokens.js";
import { secondsTime } from "../clock.js";
import type { ServerCore } from "../core.js";
import { invalid, invalidObject } from "../field-error.js";
import { arrayAt, getIn, objectAt, stringAt } from "../json.js";
import { resourceSubject } from "../kinds/resource-type.js";
import { notFound } from "../status-error.js";
import { keyOf } from "../store/object-store.js";
import type { ApiResponse } from "./api-request.js";
import type { ResourceCall } from "./call.js";
import { plainResponse } from "./read-verbs.js";
import { readSubresource } from "./write-verbs.js";

/** Shortest and usual life of a token, and the longest (seconds). Source: API server. */
const minSeconds = 600;
const usualSeconds = 3600;
const maxSeconds = 2 ** 32;

function checkSeconds(seconds: number): void {
  const why =
    seconds < minSeconds
      ? "may not specify a duration less than 10 minutes"
      : seconds > maxSeconds
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (why === undefined) return;
  const subject = { group: "authentication.k8s.io", word: "TokenRequest" };
  throw invalidObject(subject, "", [invalid("spec.expirationSeconds", seconds, why)]);
}

/** POST of a TokenRequest. */
export async function handleTokenRequest(
  core: ServerCore,
  call: ResourceCall,
): Promise<ApiResponse> {
  const { type, path } = call;
  const [namespace = "", name = ""] = [path.namespace, path.name];
  const account = core.store.get(type.storageKey, keyOf(namespace, name))?.value;
  if (account === undefined) throw notFound(resourceSubject(type), name);
  const body = await readSubresource(call, "TokenRequest");
  const asked = getIn(body, "spec", "expirationSeconds");
  const expirationSeconds = typeof asked === "number" ? asked : usualSeconds;
  checkSeconds(expirationSeconds);
  const wished = arrayAt(body, "spec", "audiences").map(String);
  const audiences = wished.length === 0 ? [tokenIssuer] : wished;
  const uid = stringAt(account, "metadata", "uid") ?? "";
  const wish = { namespace, name, uid, audiences, expirationSeconds };
  const { token, expiresMs } = core.authenticator.accounts.issue(wish);
  const boundObjectRef = objectAt(body, "spec", "boundObjectRef") ?? null;
  return plainResponse(call, 201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, creationTimestamp: secondsTime(core.clock.nowMs()) },
    spec: { audiences, expirationSeconds, boundObjectRef },
    status: { token, expirationTimestamp: secondsTime(expiresMs) },
  });
}
