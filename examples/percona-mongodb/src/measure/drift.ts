// SPDX-License-Identifier: Apache-2.0
// How long what somebody else changed stays wrong (all stages).
import type { JsonObject, Manifest } from "../json.js";
import { resourceOfKind } from "@haversack/testing";
import { kinds, psmdb } from "../operators/kinds.js";
import type { OperatorCluster } from "../operators/operator-cluster.js";
import { traceStages } from "../operators/stage-listeners.js";
import { counted } from "./counting.js";

/** How something was put right. */
export interface Repair {
  readonly passes: number;
  readonly writes: number;
  /** Virtual time. */
  readonly seconds: number;
}

/** What is changed behind the operator's back. */
interface Spoiling {
  readonly kind: "Service" | "StatefulSet";
  readonly patch: JsonObject;
  isRight(live: Manifest): boolean;
}

const rightPort = 27017;
const wrongPort: Spoiling = {
  kind: "Service",
  patch: {
    spec: {
      ports: [
        { name: "mongodb", appProtocol: "mongo", port: rightPort, protocol: "TCP", targetPort: 1 },
      ],
    },
  },
  isRight: ({ spec }) => {
    const [port] = spec?.["ports"] as unknown as readonly { readonly targetPort: number }[];
    return port?.targetPort === rightPort;
  },
};
const wrongGrace: Spoiling = {
  kind: "StatefulSet",
  patch: { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } },
  isRight: ({ spec }) => {
    const { spec: pod } = spec?.["template"] as { readonly spec: JsonObject };
    return pod["terminationGracePeriodSeconds"] !== 1;
  },
};

/** Points the headless Service to a wrong port. @returns `undefined` when that is never put right. */
export function repairOfService(
  operators: OperatorCluster,
  primary: Manifest,
  patienceMs: number,
): Promise<Repair | undefined> {
  return repairOf(operators, primary, wrongPort, patienceMs);
}

/** Gives pods no time to end. @returns `undefined` when that is never put right. */
export function repairOfStatefulSet(
  operators: OperatorCluster,
  primary: Manifest,
  patienceMs: number,
): Promise<Repair | undefined> {
  return repairOf(operators, primary, wrongGrace, patienceMs);
}

async function repairOf(
  operators: OperatorCluster,
  primary: Manifest,
  { kind, patch, isRight }: Spoiling,
  patienceMs: number,
): Promise<Repair | undefined> {
  const { cluster, clock } = operators;
  const { namespace = "", name: ofCluster } = primary.metadata;
  const key = { namespace, name: `${ofCluster}-rs0` };
  await cluster.patch(kinds[kind], key, patch);
  const startMs = clock.monotonicMs();
  let passes = 0;
  let seconds: number | undefined;
  const endTrace = traceStages((stage) => {
    if (stage.stage !== "result" || stage.primary.kind !== psmdb.kind) return;
    if (stage.primary.namespace !== namespace || seconds !== undefined) return;
    passes += 1;
    const live = cluster.server?.get(resourceOfKind(kinds[kind]), namespace, key.name);
    if (live === undefined || !isRight(live as unknown as Manifest)) return;
    seconds = Math.round((clock.monotonicMs() - startMs) / 1000);
  });
  const { writes } = await counted(
    operators,
    () => passed(operators, patienceMs, () => seconds),
    namespace,
  );
  endTrace();
  await operators.settle();
  return seconds === undefined ? undefined : { passes, writes, seconds };
}

/** Lets time pass until something has come about. */
async function passed(
  { clock }: OperatorCluster,
  patienceMs: number,
  outcome: () => number | undefined,
): Promise<void> {
  const endMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    await clock.settle();
    if (outcome() !== undefined || clock.monotonicMs() >= endMs) return;
    await clock.advance(1000);
  }
}
