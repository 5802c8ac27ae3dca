// SPDX-License-Identifier: Apache-2.0
// The case runner's port over the cluster in a Map.
import type { CaseCluster } from "../src/cases/case-cluster.js";
import type { Intervention } from "../src/cases/case-index.js";
import type { Manifest } from "../src/json.js";
import type { Psmdb } from "../src/types.js";
import { MemoryCluster } from "./memory-cluster.js";

/** A cluster with one namespace in which the functions run when it settles. */
export class MemoryCaseCluster implements CaseCluster {
  readonly memory = new MemoryCluster();
  isClosed = false;
  #primary: Psmdb | undefined;

  createNamespace(): Promise<void> {
    return Promise.resolve();
  }

  installCertManager(): Promise<void> {
    this.memory.hasCertManager = true;
    return Promise.resolve();
  }

  apply(object: Manifest): Promise<void> {
    if (object.kind === "PerconaServerMongoDB") this.#primary = object as unknown as Psmdb;
    else this.memory.put(object);
    return Promise.resolve();
  }

  intervene(
    _namespace: string,
    { object, replaceLabels, replaceAnnotations }: Intervention,
  ): Promise<void> {
    const [kind = "", name = ""] = object.split("/");
    const found = this.memory.get(kind, name);
    if (found === undefined) throw new Error(`${object} does not exist`);
    const metadata = {
      ...found.metadata,
      labels: replaceLabels ?? {},
      annotations: replaceAnnotations ?? {},
    };
    this.memory.put({ ...found, metadata });
    return Promise.resolve();
  }

  async settle(): Promise<void> {
    if (this.#primary !== undefined) await this.memory.run(this.#primary);
  }

  objects(): Promise<readonly Manifest[]> {
    return Promise.resolve([...this.memory.objects.values()].map(({ object }) => object));
  }

  wishes(): readonly Manifest[] {
    return [...this.memory.sent.values()];
  }

  problems(): readonly string[] {
    return [...this.memory.waits];
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}
