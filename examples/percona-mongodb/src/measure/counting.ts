// SPDX-License-Identifier: Apache-2.0
// Counts what an operator does while something happens: passes, reads, writes, commands to MongoDB (all stages).
import { resourceOfKind, type RequestEntry } from "@haversack/testing";
import type { Manifest } from "../json.js";
import { psmdb } from "../operators/kinds.js";
import { operatorClient, type OperatorCluster } from "../operators/operator-cluster.js";
import { traceStages } from "../operators/stage-listeners.js";

const primaries = resourceOfKind(psmdb);
const statusResource = `${primaries}/status`;

/** What an operator did. Watches that stay open do not count. */
export interface Counts {
  readonly passes: number;
  /** GET and LIST. */
  readonly reads: number;
  /** All writes, those of status among them. */
  readonly writes: number;
  /** Writes of the custom resource's status. */
  readonly statusWrites: number;
  /** Those after which the status said what it had said before. */
  readonly idleStatusWrites: number;
  /** Connections to MongoDB. */
  readonly dials: number;
  /** Every write as `verb resource name`, in order. */
  readonly written: readonly string[];
}

/** Does something and counts; with a namespace only what concerns it. */
export async function counted(
  operators: OperatorCluster,
  act: () => Promise<unknown>,
  namespace?: string,
): Promise<Counts> {
  const { requests } = operators.cluster;
  requests.reset();
  const dialsBefore = operators.mongo.dials;
  let passes = 0;
  const end = traceStages((stage) => {
    if (stage.stage !== "reconcile" || stage.primary.kind !== psmdb.kind) return;
    if (namespace === undefined || stage.primary.namespace === namespace) passes += 1;
  });
  const statuses = new StatusWatch(operators);
  await act();
  statuses.end();
  end();
  const of = { client: operatorClient, ...(namespace === undefined ? {} : { namespace }) };
  const writes = requests.select({ ...of, isWrite: true });
  return {
    passes,
    reads: requests.count({ ...of, verb: ["get", "list"] }),
    writes: writes.length,
    statusWrites: writes.filter(({ resource }) => resource === statusResource).length,
    idleStatusWrites: statuses.unchanged(namespace),
    dials: operators.mongo.dials - dialsBefore,
    written: writes.map(writeText),
  };
}

/** Looks at every status that is written, whether it is another one. */
class StatusWatch {
  readonly end: () => void;
  readonly #operators: OperatorCluster;
  /** The last status, by namespace. */
  readonly #last = new Map<string, string>();
  readonly #unchanged = new Map<string, number>();

  constructor(operators: OperatorCluster) {
    this.#operators = operators;
    for (const object of operators.cluster.server?.list(primaries) ?? []) {
      const { metadata, status } = object as unknown as Manifest;
      this.#last.set(metadata.namespace ?? "", JSON.stringify(status));
    }
    this.end = operators.cluster.requests.subscribe((entry) => this.#see(entry));
  }

  unchanged(namespace: string | undefined): number {
    if (namespace !== undefined) return this.#unchanged.get(namespace) ?? 0;
    return [...this.#unchanged.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The server has the new status already. */
  #see({ client, resource, namespace = "", name = "" }: RequestEntry): void {
    if (client !== operatorClient || resource !== statusResource) return;
    const live = this.#operators.cluster.server?.get(primaries, namespace, name);
    const text = JSON.stringify((live as Manifest | undefined)?.status);
    if (this.#last.get(namespace) === text)
      this.#unchanged.set(namespace, (this.#unchanged.get(namespace) ?? 0) + 1);
    this.#last.set(namespace, text);
  }
}

function writeText({ verb, resource, name }: RequestEntry): string {
  return `${verb} ${resource} ${name ?? ""}`.trimEnd();
}
