// SPDX-License-Identifier: Apache-2.0
// Leases on a server that is only a Map, processes with clocks of their own that can be stopped.
import {
  AlreadyExistsError,
  ConflictError,
  NotFoundError,
  sleep,
  TimeoutError,
  type ApiClient,
  type ApiRequest,
  type ApiResponse,
  type Clock,
  type Lease,
  type Timer,
} from "@haversack/core";
import type { FakeClock } from "@haversack/testing";

/** What a network does to one request. */
export interface Weather {
  /** Before the server acts, and after. */
  readonly delaysMs: readonly [number, number];
  /** The answer is lost. */
  readonly isLost: boolean;
  /** It never reaches the server. */
  readonly isDropped: boolean;
}

/** The API server's Leases. Each write is atomic and bound to the version that was read. */
export class LeaseServer {
  readonly leases = new Map<string, Lease>();
  #version = 1;

  handle({ method, path, body }: ApiRequest): { status: number; body: unknown } {
    const name = /\/leases\/([^/]+)$/.exec(path)?.[1];
    const given = typeof body === "string" ? (JSON.parse(body) as Lease) : undefined;
    switch (method) {
      case "GET":
        if (name === undefined) return { status: 200, body: { items: [...this.leases.values()] } };
        return { status: 200, body: this.#find(name) };
      case "POST": {
        const created = given?.metadata.name ?? "";
        if (this.leases.has(created))
          throw new AlreadyExistsError("EXP_ALREADY_EXISTS", "it exists", "backoff", 409);
        return { status: 201, body: this.#store(given as Lease) };
      }
      case "PUT": {
        const before = this.#find(name ?? "");
        if (before.metadata.resourceVersion !== given?.metadata.resourceVersion)
          throw new ConflictError("EXP_CONFLICT", "it has changed", "backoff", 409);
        return { status: 200, body: this.#store(given as Lease) };
      }
      default: {
        const before = this.#find(name ?? "");
        const { resourceVersion } = (given as unknown as { preconditions: Lease["metadata"] })
          .preconditions;
        if (before.metadata.resourceVersion !== resourceVersion)
          throw new ConflictError("EXP_CONFLICT", "it has changed", "backoff", 409);
        this.leases.delete(name ?? "");
        return { status: 200, body: before };
      }
    }
  }

  #find(name: string): Lease {
    const found = this.leases.get(name);
    if (found !== undefined) return found;
    throw new NotFoundError("EXP_NOT_FOUND", "there is none", "backoff", 404);
  }

  #store(lease: Lease): Lease {
    const { name } = lease.metadata;
    const uid = this.leases.get(name)?.metadata.uid ?? `uid-${this.#version}`;
    this.#version += 1;
    const metadata = { ...lease.metadata, uid, resourceVersion: String(this.#version) };
    const stored = JSON.parse(JSON.stringify({ ...lease, metadata })) as Lease;
    this.leases.set(name, stored);
    return stored;
  }
}

/** One process: its clock may be wrong, and it may stand still while the world goes on. */
export class Process implements Clock, ApiClient {
  readonly server = "leases";
  readonly #clock: FakeClock;
  readonly #leases: LeaseServer;
  readonly #weather: () => Weather;
  readonly #late: (() => void)[] = [];
  #isPaused = false;
  isDead = false;
  skewMs = 0;

  constructor(clock: FakeClock, leases: LeaseServer, weather: () => Weather) {
    this.#clock = clock;
    this.#leases = leases;
    this.#weather = weather;
  }

  now(): number {
    return this.#clock.now() + this.skewMs;
  }
  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }
  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(() => this.#awake(callback), delayMs);
  }

  /** It does nothing now, and will only go on after a resume, if ever. */
  get isStill(): boolean {
    return this.#isPaused || this.isDead;
  }

  pause(): void {
    this.#isPaused = true;
  }
  resume(): void {
    this.#isPaused = false;
    for (const callback of this.#late.splice(0)) callback();
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const { delaysMs, isLost, isDropped } = this.#weather();
    const timeoutMs = request.timeoutMs ?? 60_000;
    const answer = this.#ask(request, delaysMs, isDropped);
    answer.catch(() => undefined);
    const late = sleep(this.#clock, timeoutMs).then(() => {
      throw new TimeoutError("EXP_TIMEOUT", "no answer in time", "backoff", 0);
    });
    const first = isLost ? late : Promise.race([answer, late]);
    try {
      return await first;
    } finally {
      // An answer reaches a process only when that is awake.
      await new Promise<void>((resolve) => this.#awake(resolve));
    }
  }
  stream(): Promise<never> {
    return Promise.reject(new Error("nothing is watched here"));
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  async #ask(
    request: ApiRequest,
    [there, back]: Weather["delaysMs"],
    isDropped: boolean,
  ): Promise<ApiResponse> {
    if (there > 0) await sleep(this.#clock, there);
    if (isDropped) return new Promise(() => undefined);
    const { status, body } = this.#leases.handle(request);
    if (back > 0) await sleep(this.#clock, back);
    return { status, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) };
  }

  #awake(callback: () => void): void {
    if (this.isDead) return;
    if (this.#isPaused) this.#late.push(callback);
    else callback();
  }
}
