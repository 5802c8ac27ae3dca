// SPDX-License-Identifier: Apache-2.0
// Turns a failed connection into the typed error that says whether the request may have happened (stage 1 and 6).
import { ConnectionError, TimeoutError } from "@haversack/core";
import type { EndReason } from "./request-scope.js";

/** What is known about a request that has no complete answer. */
export interface LostAnswer {
  /** For example `GET /api/v1/pods`. */
  readonly attempt: string;
  readonly server: string;
  /** Reading changes nothing: such a request is never in doubt. */
  readonly isRead: boolean;
  /** False when it is sure that no byte reached the server. */
  readonly sent: boolean;
  /** Status of an answer whose body was cut. */
  readonly status?: number;
  readonly ended: EndReason | undefined;
  readonly timeoutMs: number;
  readonly cause: NodeJS.ErrnoException | undefined;
}

/**
 * Makes the error of a request without an answer.
 *
 * **API requests:** 0.
 *
 * @returns `TimeoutError` when time ran out, or a write may have been acted on (`outcome`);
 * `ConnectionError` when nothing can have happened.
 */
export function lostAnswerError(lost: LostAnswer): ConnectionError | TimeoutError {
  if (lost.ended === "timeout") {
    const why = lost.sent
      ? `no complete answer from ${lost.server} within ${lost.timeoutMs} ms`
      : `${lost.server} could not be asked within ${lost.timeoutMs} ms`;
    return timeoutError(lost, why);
  }
  if (lost.ended === "closed") {
    const why = "the client was closed";
    if (lost.sent && !lost.isRead) return timeoutError(lost, why);
    return connectionError(lost, why, "Make a new client.", "never");
  }
  const { why, advice } = describe(lost);
  if (lost.sent && !lost.isRead) return timeoutError(lost, why);
  return connectionError(lost, why, advice, "backoff");
}

function timeoutError(lost: LostAnswer, why: string): TimeoutError {
  const outcome = lost.sent ? "unknown" : "not-sent";
  const doubt =
    outcome === "unknown" && !lost.isRead
      ? "The write may have happened: read the object before writing again."
      : "It can be sent again; raise timeoutMs if the server is only slow.";
  const error = new TimeoutError(
    "EXP_TIMEOUT",
    `${lost.attempt} failed: ${why}. ${doubt}`,
    "backoff",
    lost.status ?? 0,
    undefined,
    { cause: lost.cause },
  );
  error.outcome = outcome;
  return error;
}

function connectionError(
  lost: LostAnswer,
  why: string,
  advice: string,
  retry: "backoff" | "never",
): ConnectionError {
  const message = `${lost.attempt} failed: ${why}. ${advice}`;
  return new ConnectionError("EXP_CONNECTION", message, retry, 0, undefined, { cause: lost.cause });
}

const untrusted =
  "Give the CA that signed the server's certificate as ca or caFile (certificate-authority in a kubeconfig).";

/** What to do about a failure of the connection, by Node's and OpenSSL's code. */
const adviceByCode = new Map<string, string>([
  ["ECONNREFUSED", "Check that the API server runs and the address and port are right."],
  ["ENOTFOUND", "Check the host name and the DNS."],
  ["EAI_AGAIN", "Check the DNS; it is tried again."],
  ["EHOSTUNREACH", "Check the network and the address."],
  ["ENETUNREACH", "Check the network and the address."],
  ["ETIMEDOUT", "Check the network, firewall and the address."],
  ["EMFILE", "The process has no file descriptors left: raise its limit or open fewer watches."],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", untrusted],
  ["UNABLE_TO_GET_ISSUER_CERT", untrusted],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", untrusted],
  ["SELF_SIGNED_CERT_IN_CHAIN", untrusted],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", untrusted],
  ["CERT_SIGNATURE_FAILURE", untrusted],
  ["CERT_HAS_EXPIRED", "Renew the server's certificate, or set this machine's clock right."],
  ["CERT_NOT_YET_VALID", "Set this machine's clock right."],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "Use an address that is in the server's certificate, or set serverName.",
  ],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "The server does not speak TLS there: check http and https."],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "The server does not speak TLS there: check http and https."],
  ["EPROTO", "The server does not speak TLS there: check http and https."],
]);

function describe(lost: LostAnswer): { why: string; advice: string } {
  const code = lost.cause?.code ?? lost.cause?.message ?? "closed";
  const named = adviceByCode.get(code);
  if (named !== undefined)
    return { why: `cannot connect to ${lost.server} (${code})`, advice: named };
  if (code.startsWith("ERR_SSL_")) {
    const advice = "Check the client certificate and the server's TLS settings.";
    return { why: `${lost.server} refused the TLS connection (${code})`, advice };
  }
  if (code.startsWith("HPE_")) {
    const advice = "Check that an API server listens at this address.";
    return { why: `${lost.server} answered something other than HTTP (${code})`, advice };
  }
  const when =
    lost.status === undefined
      ? "before it answered"
      : `in the middle of its answer (${lost.status})`;
  if (!lost.sent) {
    return { why: `cannot connect to ${lost.server} (${code})`, advice: "It can be sent again." };
  }
  return {
    why: `${lost.server} cut the connection ${when} (${code})`,
    advice: "It can be sent again.",
  };
}
