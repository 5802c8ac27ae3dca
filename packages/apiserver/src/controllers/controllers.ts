// SPDX-License-Identifier: Apache-2.0
// Runs the chosen controllers: step by step until nothing changes, or by themselves after commits.
import type { ServerCore } from "../core.js";
import type { Controller } from "./controller.js";
import { CrdLifecycle } from "./crd-lifecycle.js";
import { DeploymentController } from "./deployment.js";
import { DisruptionController } from "./disruption.js";
import { EndpointsController } from "./endpoints.js";
import { GarbageCollector } from "./garbage-collector.js";
import { JobController } from "./job.js";
import { Kubelet } from "./kubelet.js";
import { NamespaceLifecycle } from "./namespace-lifecycle.js";
import { ReplicaSetController } from "./replica-set.js";
import { ServiceAccountController } from "./service-accounts.js";
import { StatefulSetController } from "./stateful-set.js";

/** The controllers there are. */
export const controllerNames = [
  "crd",
  "namespace",
  "garbage-collector",
  "statefulset",
  "deployment",
  "replicaset",
  "job",
  "endpoints",
  "disruption",
  "kubelet",
  "service-account",
] as const;

/** Name of a controller. */
export type ControllerName = (typeof controllerNames)[number];

/** Makes a controller; `wake` tells that it has something to do though nothing was committed. */
type Maker = (core: ServerCore, wake: () => void) => Controller;

const makers: Readonly<Record<ControllerName, Maker>> = {
  crd: (core) => new CrdLifecycle(core),
  namespace: (core) => new NamespaceLifecycle(core),
  "garbage-collector": (core) => new GarbageCollector(core),
  statefulset: (core) => new StatefulSetController(core),
  deployment: (core, wake) => new DeploymentController(core, wake),
  replicaset: (core, wake) => new ReplicaSetController(core, wake),
  job: (core, wake) => new JobController(core, wake),
  endpoints: (core) => new EndpointsController(core),
  disruption: (core) => new DisruptionController(core),
  kubelet: (core, wake) => new Kubelet(core, wake),
  "service-account": (core) => new ServiceAccountController(core),
};

/** Rounds after which controllers are said to work against each other. */
const maxRounds = 100_000;

/** The controllers of a server. */
export class Controllers {
  readonly #core: ServerCore;
  readonly #all: readonly Controller[];
  readonly #stopListening: () => void;
  #running = false;
  #scheduled = false;

  constructor(core: ServerCore, names: readonly ControllerName[]) {
    this.#core = core;
    const wake = (): void => {
      if (this.#running) this.#schedule();
    };
    this.#all = names.map((name) => {
      const make = makers[name];
      if (make === undefined) {
        const known = controllerNames.join(", ");
        throw new Error(
          `Starting the API server failed: no controller ${name}. Choose of ${known}.`,
        );
      }
      return make(core, wake);
    });
    // What was there before the controllers came is news to them.
    for (const storageKey of core.store.resources()) {
      for (const object of core.store.list(storageKey)) {
        const { revision, key } = object;
        const entry = { revision, key, object, type: "ADDED", previous: undefined } as const;
        for (const controller of this.#all) controller.observe(storageKey, entry);
      }
    }
    this.#stopListening = core.store.log.listenAll((storageKey, entry) => {
      for (const controller of this.#all) controller.observe(storageKey, entry);
      wake();
    });
  }

  /** Runs controllers by themselves from now on. */
  start(): void {
    this.#running = true;
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    this.#stopListening();
    for (const controller of this.#all) controller.stop?.();
  }

  /** Runs every controller until none has anything to do. */
  async settle(): Promise<void> {
    this.#run();
    // Whoever waits for the outcome sees it after the watches have been told.
    await Promise.resolve();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#running) this.#runAlone();
    });
  }

  /** Nobody waits for this run: its failure is told, and the server goes on serving. */
  #runAlone(): void {
    try {
      this.#run();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }

  #run(): void {
    for (let round = 0; round < maxRounds; round++) {
      let worked = false;
      for (const controller of this.#all) if (controller.step()) worked = true;
      if (!worked) return;
    }
    const { revision } = this.#core.store.log;
    throw new Error(
      `Settling the API server failed at revision ${revision}: controllers never rest.`,
    );
  }
}
