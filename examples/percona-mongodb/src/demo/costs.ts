// SPDX-License-Identifier: Apache-2.0
// Measures what both operators cost: ten idle minutes, one change, drift; on a clock that is only pretended.
import { kinds, psmdb } from "../operators/kinds.js";
import {
  operatorClient,
  startOperatorCluster,
  type OperatorCluster,
  type OperatorMode,
} from "../operators/operator-cluster.js";
import { traceStages } from "../operators/stage-listeners.js";
import type { Manifest } from "../json.js";

/** What one operator cost. */
export interface Costs {
  readonly idleReads: number;
  readonly idleWrites: number;
  readonly idlePasses: number;
  readonly changeReads: number;
  readonly changeWrites: number;
  readonly isDriftRepaired: boolean;
}

const idleMs = 600_000;

/** Runs one operator on a cluster of its own and counts its requests; open watches do not count. */
export async function measureCosts(
  mode: OperatorMode,
  primary: Manifest,
  changed: Manifest,
): Promise<Costs> {
  const operators = await startOperatorCluster(mode);
  try {
    const namespace = primary.metadata.namespace ?? "";
    await operators.createNamespace(namespace);
    await operators.apply(primary);
    await operators.settle();
    const idle = await counted(operators, () => operators.clock.advance(idleMs));
    const change = await counted(operators, async () => {
      await operators.apply(changed);
      await operators.settle();
    });
    return {
      idleReads: idle.reads,
      idleWrites: idle.writes,
      idlePasses: idle.passes,
      changeReads: change.reads,
      changeWrites: change.writes,
      isDriftRepaired: await repairsDrift(operators, namespace, `${primary.metadata.name}-rs0`),
    };
  } finally {
    await operators.close();
  }
}

/** The table of both, with a line for each question. */
export function costTable(monolith: Costs, packs: Costs): readonly string[] {
  const rows: readonly (readonly [string, string, string])[] = [
    ["", "monolith", "packs"],
    ["ten idle minutes: reconciles", String(monolith.idlePasses), String(packs.idlePasses)],
    ["ten idle minutes: reads", String(monolith.idleReads), String(packs.idleReads)],
    ["ten idle minutes: writes", String(monolith.idleWrites), String(packs.idleWrites)],
    ["one change, until at rest: reads", String(monolith.changeReads), String(packs.changeReads)],
    [
      "one change, until at rest: writes",
      String(monolith.changeWrites),
      String(packs.changeWrites),
    ],
    [
      "a changed Service is put right",
      yesNo(monolith.isDriftRepaired),
      yesNo(packs.isDriftRepaired),
    ],
  ];
  return rows.map(
    ([what, left, right]) => `   ${what.padEnd(36)}${left.padStart(10)}${right.padStart(10)}`,
  );
}

interface Counted {
  readonly reads: number;
  readonly writes: number;
  readonly passes: number;
}

async function counted(operators: OperatorCluster, act: () => Promise<void>): Promise<Counted> {
  operators.cluster.requests.reset();
  let passes = 0;
  const end = traceStages(({ stage }) => {
    if (stage === "reconcile") passes += 1;
  });
  await act();
  end();
  const { requests } = operators.cluster;
  return {
    reads: requests.count({ client: operatorClient, verb: ["get", "list"] }),
    writes: requests.count({ client: operatorClient, isWrite: true }),
    passes,
  };
}

async function repairsDrift(
  operators: OperatorCluster,
  namespace: string,
  name: string,
): Promise<boolean> {
  const port = { name: "mongodb", appProtocol: "mongo", port: 27017, protocol: "TCP" };
  await operators.cluster.patch(
    kinds.Service,
    { namespace, name },
    { spec: { ports: [{ ...port, targetPort: 1 }] } },
  );
  await operators.settle();
  const live = await operators.cluster.get(kinds.Service, { namespace, name });
  const [first] = live?.spec?.["ports"] as unknown as readonly { targetPort: number }[];
  return first?.targetPort === port.port;
}

function yesNo(answer: boolean): string {
  return answer ? "yes" : "never";
}

/** The state and the counted members of a cluster, as its status says. */
export async function statusText(
  { cluster }: OperatorCluster,
  namespace: string,
  name: string,
): Promise<string> {
  const status = (await cluster.get(psmdb, { namespace, name }))?.status;
  return `${status?.state ?? "unknown"}, ${status?.ready ?? 0} of ${status?.size ?? 0} members ready`;
}
