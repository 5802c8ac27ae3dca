// SPDX-License-Identifier: Apache-2.0
// What one operator costs, measured on a clock that is only pretended: idle time, a change, drift, neighbours.
import type { OperatorMode } from "../operators/operator-cluster.js";
import { backupLookUp, type LookUp } from "./backups.js";
import { counted, type Counts } from "./counting.js";
import { repairOfService, repairOfStatefulSet, type Repair } from "./drift.js";
import { startFleet, withSize } from "./fleet.js";
import { delayOfNeighbour } from "./neighbours.js";

/** What is measured, and how much of it. */
export interface MeasureOptions {
  readonly mode: OperatorMode;
  /** Clusters under the operator. */
  readonly clusters: number;
  /** Virtual time in which nothing happens. */
  readonly idleMs: number;
  /** Virtual time after which drift counts as not put right. */
  readonly patienceMs: number;
  /** Also what needs a fleet of its own and does not depend on the number of clusters. */
  readonly alone: boolean;
}

/** What one operator costs. */
export interface Measures {
  readonly mode: OperatorMode;
  readonly clusters: number;
  readonly idleMs: number;
  /** All clusters together. */
  readonly idle: Counts;
  /** One cluster grows from three to five members, until all is at rest; only its own requests. */
  readonly change: Counts;
  readonly patienceMs: number;
  /** `null`: not within the patience. */
  readonly service: Repair | null;
  readonly statefulSet: Repair | null;
  /** Virtual seconds that a change of one cluster waits while another's pod starts. */
  readonly neighbourSeconds?: number;
  /** Finding one cluster's backups among many. */
  readonly backups?: LookUp;
}

/** Measures one operator. Counts are the same on every machine; only times of look-ups are not. */
export async function measure(options: MeasureOptions): Promise<Measures> {
  const { mode, clusters, idleMs, patienceMs } = options;
  const fleet = await startFleet(mode, clusters);
  try {
    const { operators, primaries } = fleet;
    const [first] = primaries;
    if (first === undefined) throw new RangeError("cannot measure 0 clusters. Take at least 1.");
    const idle = await counted(operators, () => operators.clock.advance(idleMs));
    const change = await counted(
      operators,
      async () => {
        await operators.apply(withSize(first, 5));
        await operators.settle();
      },
      first.metadata.namespace,
    );
    const service = await repairOfService(operators, first, patienceMs);
    const statefulSet = await repairOfStatefulSet(operators, first, patienceMs);
    const measures = {
      mode,
      clusters,
      idleMs,
      patienceMs,
      idle,
      change,
      service: service ?? null,
      statefulSet: statefulSet ?? null,
    };
    return options.alone ? { ...measures, ...(await measureAlone(mode)) } : measures;
  } finally {
    await fleet.close();
  }
}

async function measureAlone(
  mode: OperatorMode,
): Promise<Required<Pick<Measures, "neighbourSeconds" | "backups">>> {
  return { neighbourSeconds: await delayOfNeighbour(mode), backups: await backupLookUp(mode) };
}
