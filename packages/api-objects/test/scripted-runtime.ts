// SPDX-License-Identifier: Apache-2.0
// A runtime with a hand-filled cache and a clock that stands still (tests of stage 6).
import {
  createRuntime,
  kindKey,
  objectKey,
  type Clock,
  type InformerLease,
  type Informers,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  type Runtime,
} from "@haversack/core";
import { Objects } from "../src/index.js";
import type { ApiObjectsOptions } from "../src/index.js";
import type { ScriptedClient } from "./scripted-client.js";

/** A cache that holds what a test puts into it. */
export class CacheStub implements Informers {
  readonly #kinds = new Map<string, Map<string, KubernetesObject>>();

  /** Makes a kind known, with these objects. */
  hold(kind: Kind<KubernetesObject>, ...objects: KubernetesObject[]): void {
    const entries = this.#kinds.get(kindKey(kind)) ?? new Map<string, KubernetesObject>();
    this.#kinds.set(kindKey(kind), entries);
    for (const object of objects) entries.set(objectKey(object.metadata), object);
  }

  /** Makes an object gone. */
  drop(kind: Kind<KubernetesObject>, key: ObjectKey): void {
    this.#kinds.get(kindKey(kind))?.delete(objectKey(key));
  }

  acquire<T extends KubernetesObject>(): InformerLease<T> {
    throw new Error("no leases here");
  }

  peek<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
  ): { readonly known: boolean; readonly object: T | undefined } {
    const entries = this.#kinds.get(kindKey(kind));
    return { known: entries !== undefined, object: entries?.get(objectKey(key)) as T | undefined };
  }
}

/** A clock that a test moves by hand. */
export class HandClock implements Clock {
  nowMs = Date.UTC(2026, 0, 1);

  now(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  setTimer(): { cancel(): void } {
    throw new Error("no timers here");
  }
}

/** All that was logged, as text. */
export class LogLines implements Logger {
  readonly lines: string[] = [];
  readonly debug = this.#add.bind(this);
  readonly info = this.#add.bind(this);
  readonly warn = this.#add.bind(this);
  readonly error = this.#add.bind(this);

  #add(message: string, fields: object = {}): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
  }
}

/** Everything a test of a write needs. */
export interface Rig {
  readonly objects: Objects;
  readonly runtime: Runtime;
  readonly cache: CacheStub;
  readonly clock: HandClock;
  readonly logs: LogLines;
}

/** Objects under the manager `"tester"` on a scripted client. */
export function rigOf(client: ScriptedClient, options: Partial<ApiObjectsOptions> = {}): Rig {
  const [cache, clock, logs] = [new CacheStub(), new HandClock(), new LogLines()];
  const runtime = createRuntime({ client, clock, logger: logs, informers: cache });
  const objects = new Objects(runtime, { fieldManager: "tester", ...options });
  return { objects, runtime, cache, clock, logs };
}
