// SPDX-License-Identifier: Apache-2.0
// One pool of kept-alive sockets to one server, and its replacement when it is suspect (stage 1 and 6).
import type { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@haversack/core";
import type { RequestScope } from "./request-scope.js";

/** Sockets that were opened since the pool was last replaced. */
export interface Generation {
  readonly agent: Agent;
  /** Requests on these sockets now. */
  active: number;
}

export interface SocketPoolOptions {
  readonly makeAgent: () => Agent;
  readonly clock: Clock;
  /** Requests at a time; the rest wait in order. */
  readonly maxConcurrent: number;
}

/**
 * An idle socket older than this is closed instead of used. Load balancers and NAT devices drop
 * quiet connections without a word, the shortest of the common ones after 60 s.
 */
const maxIdleMs = 45_000;

/**
 * Gives requests a place on a kept-alive socket.
 *
 * **Guarantees:** at most `maxConcurrent` at a time, first come first served; after {@link retire}
 * no request starts on an old socket, and whoever waited for one starts on a new one.
 */
export class SocketPool {
  readonly #options: SocketPoolOptions;
  #current: Generation;
  #sweepTimeMs: number;
  readonly #waiting: ((generation: Generation) => void)[] = [];
  readonly #idleSinceMs = new WeakMap<Socket, number>();

  constructor(options: SocketPoolOptions) {
    this.#options = options;
    this.#current = { agent: options.makeAgent(), active: 0 };
    this.#sweepTimeMs = options.clock.monotonicMs();
  }

  /** Takes a place; resolves to `undefined` when the scope ends first. */
  acquire(scope: RequestScope): Generation | Promise<Generation | undefined> {
    if (this.#current.active >= this.#options.maxConcurrent) return this.#wait(scope);
    this.#sweep();
    this.#current.active += 1;
    return this.#current;
  }

  /** Gives the place back. `socket` is noted as idle from now on. */
  release(generation: Generation, socket: Socket | undefined): void {
    generation.active -= 1;
    if (socket !== undefined) this.#idleSinceMs.set(socket, this.#options.clock.monotonicMs());
    this.#admit();
  }

  /** Replaces a suspect generation: idle sockets close, busy ones after their request. */
  retire(generation: Generation = this.#current): void {
    if (generation !== this.#current) return; // Somebody else saw it first.
    this.#current = { agent: this.#options.makeAgent(), active: 0 };
    this.#sweepTimeMs = this.#options.clock.monotonicMs();
    closeIdle(generation.agent);
    this.#admit();
  }

  /** Closes idle sockets now and busy ones after their request. */
  close(): void {
    closeIdle(this.#current.agent);
  }

  #wait(scope: RequestScope): Promise<Generation | undefined> {
    return new Promise((resolve) => {
      const start = (generation: Generation): void => {
        scope.onEnd(undefined);
        resolve(generation);
      };
      this.#waiting.push(start);
      scope.onEnd(() => {
        const index = this.#waiting.indexOf(start);
        if (index !== -1) this.#waiting.splice(index, 1);
        resolve(undefined);
      });
    });
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#current.active < this.#options.maxConcurrent) {
      this.#current.active += 1;
      this.#waiting.shift()?.(this.#current);
    }
  }

  /** Closes sockets that were idle too long; looked at now and then, so that no timer is needed. */
  #sweep(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#sweepTimeMs < maxIdleMs / 3) return;
    this.#sweepTimeMs = nowMs;
    for (const socket of idleSockets(this.#current.agent)) {
      if (nowMs - (this.#idleSinceMs.get(socket) ?? nowMs) >= maxIdleMs) socket.destroy();
    }
  }
}

/** No socket of the agent is kept from now on. */
function closeIdle(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of idleSockets(agent)) socket.destroy();
}

function idleSockets(agent: Agent): Socket[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => [...(sockets ?? [])]);
}
