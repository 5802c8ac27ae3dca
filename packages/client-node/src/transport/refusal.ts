// SPDX-License-Identifier: Apache-2.0
// What to do about an answer other than 2xx: renew, wait, or say why (stage 1 and 6).
import {
  type Clock,
  errorFromStatus,
  type Logger,
  parseStatus,
  type StatusBody,
  UnauthorizedError,
} from "@haversack/core";
import type { CredentialSet, Credentials } from "../credentials/credentials.js";
import { redact, secretsOf } from "../credentials/redact.js";
import { decode, readBody } from "./answer-body.js";
import { type Call, endedError, type Tried } from "./call.js";
import type { Exchange } from "./exchange.js";
import { maxThrottleRetries, parseRetryAfter, withJitter } from "./retry-after.js";

/** What refusals are handled with. */
export interface RefusalContext {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

/** Bodies of errors are Status objects; what is longer is a page of some proxy. */
const maxErrorBodyBytes = 1 << 20;

/**
 * Handles an answer other than 2xx.
 *
 * **API requests:** 0.
 *
 * Returns when the call is to be tried again.
 *
 * @throws What the call rejects with, when another try would not help.
 */
export async function handleRefusal(
  context: RefusalContext,
  call: Call,
  exchange: Exchange,
  identity: CredentialSet,
  tried: Tried,
): Promise<void> {
  const { statusCode: status = 0, headers } = exchange.response;
  const body = await errorBody(exchange, identity);
  call.scope.onEnd(undefined);
  if (status === 401) return unauthorized(context, call, body, identity, tried);
  const { attempt } = call;
  if (status >= 300 && status < 400) throw errorFromStatus(status, redirected(call), { attempt });
  const retryAfterMs = parseRetryAfter(headers["retry-after"], context.clock);
  if (status === 429 || status === 503) {
    if (await hasWaited(context, call, status, retryAfterMs, tried)) return;
    if (call.scope.ended === "aborted") throw endedError(call, false);
  }
  throw errorFromStatus(status, body, { attempt, retryAfterMs });
}

/** Waits as long as the server asks, if that fits into the deadline. */
async function hasWaited(
  { clock, logger, random }: RefusalContext,
  call: Call,
  status: number,
  retryAfterMs: number | undefined,
  tried: Tried,
): Promise<boolean> {
  if (retryAfterMs === undefined || tried.throttled >= maxThrottleRetries) return false;
  const delayMs = withJitter(retryAfterMs, random);
  if (delayMs >= call.scope.remainingMs) return false;
  tried.throttled += 1;
  logger.debug("the server asks to wait", { attempt: call.attempt, status, delayMs });
  const { promise, resolve } = timer();
  const handle = clock.setTimer(resolve, delayMs);
  const done = await call.scope.until(promise);
  handle.cancel();
  return done === true;
}

function timer(): { promise: Promise<true>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<true>((settle) => {
    resolve = () => settle(true);
  });
  return { promise, resolve };
}

async function unauthorized(
  { credentials, clock }: RefusalContext,
  call: Call,
  body: StatusBody | undefined,
  identity: CredentialSet,
  tried: Tried,
): Promise<void> {
  let trouble = "";
  if (!tried.renewed) {
    tried.renewed = true;
    const renewing = credentials.renew(identity).catch((error: unknown) => {
      trouble = ` Renewing them failed: ${redact((error as Error).message)}`;
      return false;
    });
    if ((await call.scope.until(renewing)) === true) return;
    if (call.scope.ended !== undefined) throw endedError(call, false);
  }
  const message =
    `${call.attempt} failed: ${call.server} refused the credentials from ${credentials.source} ` +
    `(${body?.message ?? "401"})${expiryOf(identity, clock)}.${trouble} ` +
    "Renew them, or check that they belong to this server.";
  throw new UnauthorizedError("EXP_UNAUTHORIZED", message, "backoff", 401, body);
}

/** The Status of an error, without our own secrets if the server repeats them. */
async function errorBody(
  exchange: Exchange,
  identity: CredentialSet,
): Promise<StatusBody | undefined> {
  try {
    const { response } = exchange;
    const bytes = await readBody(response, maxErrorBodyBytes);
    const plain = await decode(bytes, response.headers["content-encoding"]);
    const text = Buffer.from(plain).toString("utf8");
    const secrets = secretsOf(identity.headers.Authorization);
    const isClean = !secrets.some((secret) => text.includes(secret));
    return parseStatus(Buffer.from(isClean ? text : redact(text, secrets)));
  } catch {
    return undefined; // Cut off: the HTTP status says what is to be known.
  } finally {
    exchange.finish();
  }
}

/** Following it could hand our credentials to another server. */
function redirected(call: Call): StatusBody {
  return {
    message: `it redirects to another address; is ${call.server} the API server itself, not a login page?`,
  };
}

/** Says when a token expired, if it is one that tells; nothing else of it is shown. */
function expiryOf(identity: CredentialSet, clock: Clock): string {
  const [token = ""] = secretsOf(identity.headers.Authorization);
  try {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
    const { exp } = JSON.parse(payload) as { exp?: unknown };
    if (typeof exp !== "number" || exp * 1000 > clock.now()) return "";
    return `; the token expired at ${new Date(exp * 1000).toISOString()}`;
  } catch {
    return ""; // Not a token that tells.
  }
}
