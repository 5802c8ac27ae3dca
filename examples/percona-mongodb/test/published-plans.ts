// SPDX-License-Identifier: Apache-2.0
// The nine plans that Sieve (OSDI 2022) published for this operator, as workloads and faults on the embedded cluster.
import {
  FaultScript,
  recordHistory,
  type Fault,
  type History,
  type Lifetimes,
} from "@haversack/testing";
import type { Manifest } from "../src/json.js";
import { kinds, psmdb } from "../src/operators/kinds.js";
import type { OperatorCluster } from "../src/operators/operator-cluster.js";
import type { PsmdbSpec } from "../src/types.js";
import { key, written, writtenSharded } from "./operator-scenario.js";
import { plainReplset } from "./primaries.js";

/** One thing that a user does; the operator comes to rest behind it. */
type Step = (operators: OperatorCluster) => Promise<void>;

/** What a user does in a plan. */
export type Workload = readonly Step[];

const applying =
  (manifest: Manifest): Step =>
  (operators) =>
    operators.apply(manifest);

const withVolumes = ["percona.com/delete-psmdb-pvc"];
const off: Partial<PsmdbSpec> = {
  sharding: { enabled: false, configsvrReplSet: plainReplset, mongos: { size: 2 } },
};
const withArbiter = (enabled: boolean): Manifest =>
  written({
    replsets: [{ ...plainReplset, size: enabled ? 4 : 5, arbiter: { enabled, size: 1 } }],
  });

/** Workloads by their published names. */
export const workloads = {
  recreate: [
    applying(written({}, withVolumes)),
    ({ cluster }) => cluster.remove(psmdb, key("db")),
    applying(written({}, withVolumes)),
  ],
  "disable-enable-shard": [
    applying(writtenSharded()),
    applying(written(off)),
    applying(writtenSharded()),
  ],
  "disable-enable-arbiter": [
    applying(withArbiter(true)),
    applying(withArbiter(false)),
    applying(withArbiter(true)),
  ],
  "run-cert-manager": [(operators) => operators.installCertManager(), applying(written())],
} satisfies Readonly<Record<string, Workload>>;

/** What goes wrong in a plan, and when. */
export type PlannedFault =
  /** The process ends right after this object was created. */
  | { readonly type: "restartAfterCreate"; readonly resource: string; readonly name: string }
  /** After the last step a new process is told the custom resources as they were in an earlier one. */
  | { readonly type: "staleServer"; readonly asInStep: number }
  /** The operator hears nothing of custom resources while this step and the next are taken. */
  | { readonly type: "unobserved"; readonly fromStep: number }
  /** This step is taken as soon as the one before has let go, before the garbage is collected. */
  | { readonly type: "atOnce"; readonly step: number };

/** What is left of a workload. */
export interface Played {
  /** Names of all objects of these kinds, and the state. */
  readonly names: readonly string[];
  readonly state: string | undefined;
  /** How often each came and went. */
  readonly lifetimes: ReadonlyMap<string, Lifetimes>;
  /** Whether the fault came to pass. */
  readonly isStruck: boolean;
}

const counted = [
  kinds.Secret,
  kinds.Service,
  kinds.StatefulSet,
  kinds.PersistentVolumeClaim,
  kinds.Pod,
];

/**
 * Plays a workload, with its fault or without.
 *
 * @param asksForOldLists Whether the informers of this operator accept a list of any age, as those of
 * client-go do when they start (`resourceVersion=0`). Only such a list may come from a server that
 * lags behind; all others are consistent reads.
 */
export async function play(
  operators: OperatorCluster,
  workload: Workload,
  fault?: PlannedFault,
  asksForOldLists = false,
): Promise<Played> {
  const history = await recordHistory(operators.cluster.admin, counted);
  const player = new Player(operators, fault, asksForOldLists);
  for (const [index, step] of workload.entries()) await player.take(index, step);
  await player.end();
  return { ...(await ended(operators, history)), isStruck: player.isStruck };
}

async function ended(
  operators: OperatorCluster,
  history: History,
): Promise<Omit<Played, "isStruck">> {
  const names: string[] = [];
  for (const kind of counted) {
    const objects = await operators.cluster.list(kind, { namespace: "prod" });
    names.push(...objects.map(({ metadata }) => `${kind.kind}/${metadata.name}`));
  }
  const primary = await operators.cluster.get(psmdb, key("db"));
  const lifetimes = history.counts();
  history.close();
  return { names: names.sort(), state: primary?.status?.state, lifetimes };
}

class Player {
  readonly #operators: OperatorCluster;
  readonly #fault: PlannedFault | undefined;
  readonly #asksForOldLists: boolean;
  readonly #faults = new FaultScript();
  isStruck = false;
  #oldList: Uint8Array | undefined;

  constructor(operators: OperatorCluster, fault: PlannedFault | undefined, asksForOld: boolean) {
    this.#operators = operators;
    this.#fault = fault;
    this.#asksForOldLists = asksForOld;
    if (fault?.type !== "restartAfterCreate") return;
    const { resource, name } = fault;
    const crash: Fault = { type: "crash", when: "after" };
    this.#faults.add({
      match: { verb: ["create", "apply"], resource },
      fault: (target) => (target.name === name || this.#isNext(name) ? crash : undefined),
      times: 1,
    });
  }

  async take(index: number, step: Step): Promise<void> {
    const fault = this.#fault;
    await this.#operators.start(this.#faults);
    await this.#operators.clock.settle();
    if (fault?.type === "unobserved" && index === fault.fromStep) {
      this.isStruck = this.#faults.freezeStreams({ resource: primaries }) > 0;
      await step(this.#operators);
      return;
    }
    await step(this.#operators);
    if (fault?.type === "staleServer" && index === fault.asInStep)
      this.#oldList = await this.#listNow();
    if (fault?.type === "unobserved" && index === fault.fromStep + 1)
      this.#faults.cutStreams({ resource: primaries });
    if (fault?.type === "atOnce" && index + 1 === fault.step) return this.#untilGone();
    await this.#rest();
  }

  async end(): Promise<void> {
    if (this.#fault?.type !== "staleServer") return;
    await this.#operators.kill();
    const stale = new FaultScript();
    const body = this.#oldList;
    if (this.#asksForOldLists && body !== undefined)
      stale.add({ match: { verb: "list", resource: primaries }, fault: { type: "answer", body } });
    stale.add({ match: { verb: "watch", resource: primaries }, fault: { type: "halfOpen" } });
    await this.#operators.start(stale);
    for (let second = 0; second < 20; second += 1) {
      await this.#operators.cluster.settle();
      await this.#operators.clock.advance(1000);
    }
    this.isStruck = stale.hits.length > 0;
    stale.clear();
    stale.cutStreams({ resource: primaries });
    await this.#rest();
  }

  async #rest(): Promise<void> {
    await this.#operators.settle();
    if (!this.#faults.hasCrashed || this.isStruck) return;
    this.isStruck = true;
    await this.#operators.kill();
    await this.#operators.settle();
  }

  /** Lets the operator act, and nobody else: what it let go of is still there. */
  async #untilGone(): Promise<void> {
    const { cluster, clock } = this.#operators;
    for (let second = 0; second < 120; second += 1) {
      await clock.settle();
      this.isStruck = (await cluster.get(psmdb, key("db"))) === undefined;
      if (this.isStruck) return;
      await clock.advance(1000);
    }
    throw new Error("the custom resource never goes");
  }

  async #listNow(): Promise<Uint8Array> {
    const path = "/apis/psmdb.percona.com/v1/perconaservermongodbs";
    return (await this.#operators.cluster.admin.request({ method: "GET", path })).body;
  }

  /** A create names its object in the body alone; the operator tells what it is about to create. */
  #isNext(name: string): boolean {
    return this.#operators.lastWish?.metadata.name === name;
  }
}

const primaries = "perconaservermongodbs.psmdb.percona.com";
