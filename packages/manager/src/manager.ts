// SPDX-License-Identifier: Apache-2.0
// Runs reconcilers in production: what is said before the start, and the handle after it (all stages).
import { ConfigurationError, objectKey, type ApiClient, type ObjectKey } from "@haversack/core";
import type { HealthCheck } from "./health/health.js";
import type { AddReconcilerOptions, ManagerOptions } from "./manager-options.js";
import type { PassRecording } from "./replay/pass-recording.js";
import type { AddedReconciler, Host } from "./run/host.js";
import type { ManagedReconciler } from "./run/managed-reconciler.js";
import { onSignals, type SignalSource } from "./run/process-signals.js";

/**
 * Runs reconcilers: shared informers, leader election or sharding, health, metrics, traces, rights,
 * pauses, and an orderly end.
 *
 * **API requests:** those of the reconcilers, informers shared; 1 POST per namespace for the rights;
 * 1 PUT every 2 s while leading, 1 GET while standing by.
 * **Guarantees:** no pass before every cache is complete; with an election or a ring no two replicas
 * act on one primary; at the end passes are let finish, then aborted; Leases are given back last.
 * **RBAC:** `npx haversack rbac` prints it.
 *
 * @throws ConfigurationError for options that exclude each other. Terminal.
 * @example The whole of an operator's `main.ts`
 * ```ts
 * import { Manager } from "haversack/manager";
 * import { DatabaseReconciler } from "./database-reconciler.js";
 *
 * await new Manager({ name: "database-operator", leaderElection: true, http: true, metrics: true })
 *   .add(new DatabaseReconciler())
 *   .start();
 * ```
 */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #added: AddedReconciler[] = [];
  #host: Host | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #client: ApiClient | undefined;
  #endListening: (() => void) | undefined;
  #tellStopped: () => void = () => undefined;
  /** Resolves when it has stopped. */
  readonly stopped: Promise<void>;

  constructor(options: ManagerOptions = {}) {
    this.#options = options;
    this.stopped = new Promise((resolve) => (this.#tellStopped = resolve));
  }

  /** Adds a reconciler that was made with packs. @throws ConfigurationError after the start. */
  add(reconciler: object, options: AddReconcilerOptions = {}): this {
    if (this.#starting !== undefined)
      throw new ConfigurationError(
        "cannot add a reconciler: the manager runs. Add it before start().",
      );
    this.#added.push({ target: reconciler, options });
    return this;
  }

  /** The reconcilers that were added. */
  get reconcilers(): readonly object[] {
    return this.#added.map(({ target }) => target);
  }

  /**
   * Starts everything.
   *
   * @returns When every cache is complete and passes are made, or, among replicas, when it stands by.
   * @throws MissingAccessError when rights are missing; ConfigurationError for what cannot work.
   */
  async start(): Promise<this> {
    this.#starting ??= this.#start();
    await this.#starting;
    return this;
  }

  /** Ends in order: passes finish, Leases are given back. Idempotent. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end(false);
    return this.#stopping;
  }

  /** Ends at once: passes are aborted. Idempotent. Never rejects. */
  async stopNow(): Promise<void> {
    const ending = this.stop();
    await this.#host?.stopNow();
    await ending;
  }

  /** Whether this replica makes passes now. */
  get isActing(): boolean {
    return this.#host?.isActing === true;
  }

  /** The port of the endpoints; `undefined` where none are served. */
  get port(): number | undefined {
    return this.#host?.port;
  }

  /** What `/livez` and `/readyz` tell. **API requests:** 0. */
  health(): { readonly live: readonly HealthCheck[]; readonly ready: readonly HealthCheck[] } {
    return { live: this.#host?.live() ?? [], ready: this.#host?.ready() ?? [] };
  }

  /** Holds every pass, for so long or until {@link Manager.resume}. **API requests:** 0. */
  pause(options: { readonly forMs?: number } = {}): void {
    const { clock } = this.#options;
    const nowMs = clock?.now() ?? Date.now();
    this.#running().pausing.pauseAll(nowMs + (options.forMs ?? Infinity));
  }

  /** Ends {@link Manager.pause}; what was held is made now. **API requests:** 0. */
  resume(): void {
    this.#running().pausing.resumeAll();
  }

  /** Puts a primary into the queue of a reconciler, by name. **API requests:** 0. */
  enqueue(name: string, key: ObjectKey): void {
    this.#named(name).enqueue(key, "manual");
  }

  /**
   * Makes a pass for a primary now, or with its next try while it fails, and records it: all it is
   * given, all it sends, without the values of Secrets. **API requests:** those of the pass.
   *
   * @param name The reconciler's name. @throws ConfigurationError for a name that nobody has.
   */
  record(name: string, key: ObjectKey): Promise<PassRecording> {
    const { recorder } = this.#running();
    const managed = this.#named(name);
    if (managed.target.watches?.primary?.(key) === undefined)
      throw new ConfigurationError(
        `cannot record a pass of ${name} for ${objectKey(key)}: it is not in the cache. Correct the key.`,
      );
    const recording = recorder.next(name, key);
    managed.enqueue(key, "record");
    return recording;
  }

  async #start(): Promise<void> {
    const client = this.#options.client ?? (await this.#connect());
    this.#client = client;
    const namespace = this.#options.namespace ?? namespaceOf(client);
    const { makeHost } = await import("./run/host.js");
    const parts = { options: this.#options, added: this.#added, client, namespace };
    try {
      const host = await makeHost(parts);
      this.#host = host;
      this.#listen();
      if (this.#stopping === undefined) await host.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #connect(): Promise<ApiClient> {
    const { connect } = await import("@haversack/client-node");
    const { name = "haversack" } = this.#options;
    return connect({ userAgent: `${name} node/${process.versions.node}` });
  }

  #listen(): void {
    const { signals = true } = this.#options;
    if (signals === false) return;
    const source: SignalSource = signals === true ? process : signals;
    this.#endListening = onSignals(source, {
      stop: () => (this.#stopping ??= this.#end(true)),
      stopNow: () => this.stopNow(),
    });
  }

  async #end(isLast: boolean): Promise<void> {
    await this.#host?.stop();
    // On a signal the process ends, so the client does, whoever made it.
    if (isLast || this.#options.client === undefined) await this.#client?.close();
    if (!isLast) this.#endListening?.();
    this.#tellStopped();
  }

  #named(name: string): ManagedReconciler {
    const managed = this.#running().managed.find((each) => each.name === name);
    if (managed !== undefined) return managed;
    const names = this.#running().managed.map((each) => each.name);
    throw new ConfigurationError(
      `no reconciler is named "${name}". Use one of: ${names.join(", ")}.`,
    );
  }

  #running(): Host {
    if (this.#host !== undefined) return this.#host;
    throw new ConfigurationError("cannot do that: the manager has not started. Await start().");
  }
}

function namespaceOf(client: ApiClient): string {
  const { defaultNamespace } = client as { readonly defaultNamespace?: string };
  return defaultNamespace ?? process.env["POD_NAMESPACE"] ?? "default";
}
