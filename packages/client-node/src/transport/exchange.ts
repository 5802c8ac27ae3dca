// SPDX-License-Identifier: Apache-2.0
// One request on one socket, up to the headers of its answer (stage 1 and 6).
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@haversack/core";
import type { Origin } from "./connection-set.js";
import type { RequestScope } from "./request-scope.js";
import type { Generation, SocketPool } from "./socket-pool.js";

/** `node:http` or `node:https`. */
export type HttpModule = Pick<typeof import("node:http"), "request"> & {
  readonly Agent: new (options: object) => import("node:http").Agent;
};

/** A request as it goes on the wire. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | Uint8Array | undefined;
}

/** The answer's headers have come; the body is still to be read. */
export interface Exchange {
  readonly response: IncomingMessage;
  /** Gives the socket back, or closes it when the body was not read to its end. Idempotent. */
  finish(): void;
  /** Replaces the pool this went over. */
  suspect(): void;
}

/** How far a request came that got no answer. Never leaves the package. */
export class LostExchange extends Error {
  /** The failure of the socket; `undefined` when the scope ended it. */
  override readonly cause: NodeJS.ErrnoException | undefined;
  /** False only when the connection was never made: then nothing can have been acted on. */
  readonly sent: boolean;
  /** Whether it went over a socket that had served before, which the server may have just closed. */
  readonly reused: boolean;
  /** The pool's sockets it went over. */
  readonly generation: Generation | undefined;

  constructor(
    cause: NodeJS.ErrnoException | undefined,
    sent: boolean,
    reused: boolean,
    generation?: Generation,
  ) {
    super("no answer");
    this.cause = cause;
    this.sent = sent;
    this.reused = reused;
    this.generation = generation;
  }
}

/** What an exchange is made with. */
export interface ExchangePlan {
  readonly http: HttpModule;
  readonly pool: SocketPool;
  readonly origin: Origin;
  readonly clock: Clock;
  /** Without any answer for so long, the pool is replaced; the request itself goes on. */
  readonly suspectAfterMs: number;
}

/**
 * Sends a request and waits for the headers of the answer.
 *
 * **API requests:** 1.
 *
 * @throws LostExchange when there was no answer.
 */
export async function openExchange(
  plan: ExchangePlan,
  outgoing: Outgoing,
  scope: RequestScope,
): Promise<Exchange> {
  if (scope.ended !== undefined) throw new LostExchange(undefined, false, false);
  const place = plan.pool.acquire(scope);
  const generation = place instanceof Promise ? await place : place;
  if (generation === undefined) throw new LostExchange(undefined, false, false);
  let socket: Socket | undefined;
  let finished = false;
  const giveBack = (): void => {
    if (finished) return;
    finished = true;
    plan.pool.release(generation, socket);
  };
  const suspicion = plan.clock.setTimer(() => plan.pool.retire(generation), plan.suspectAfterMs);
  try {
    const response = await send(plan, generation, outgoing, scope);
    socket = response.socket;
    return {
      response,
      finish: () => {
        if (!response.complete) response.destroy();
        giveBack();
      },
      suspect: () => plan.pool.retire(generation),
    };
  } catch (error) {
    giveBack();
    throw error;
  } finally {
    suspicion.cancel();
  }
}

function send(
  plan: ExchangePlan,
  generation: Generation,
  outgoing: Outgoing,
  scope: RequestScope,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let sent = false;
    const request: ClientRequest = plan.http.request({
      host: plan.origin.host,
      port: plan.origin.port,
      method: outgoing.method,
      path: outgoing.path,
      headers: outgoing.headers,
      agent: generation.agent,
    });
    request.on("socket", (socket: Socket) => {
      if (request.reusedSocket || !socket.connecting) sent = true;
      else socket.once(plan.origin.secure ? "secureConnect" : "connect", () => (sent = true));
    });
    request.on("response", (response) => {
      response.on("error", ignore); // Who reads the body listens as well; nobody may be reading.
      resolve(response);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      const cause = scope.ended === undefined ? error : undefined;
      const acted = sent && !isTlsAlert(error);
      reject(new LostExchange(cause, acted, request.reusedSocket, generation));
    });
    scope.onEnd(() => request.destroy());
    request.end(outgoing.body);
  });
}

/** A server that refuses the TLS session says so after the client's side is up: nothing was read. */
function isTlsAlert(error: NodeJS.ErrnoException): boolean {
  return error.code?.startsWith("ERR_SSL_") === true;
}

function ignore(): void {}
