// SPDX-License-Identifier: Apache-2.0
// A reconciler in a dozen lines: watches, an index and minimal writes, from three packs.
// #region imports
import {
  configMaps,
  expand,
  Reconciler,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type ReconcileRequest,
} from "haversack";
import { databases, type Database } from "./database.js";
// #endregion

// #region reconciler
export class DatabaseReconciler extends expand(
  Reconciler.of(databases),
  withApiObjects({ fieldManager: "database-operator" }),
  withSecondaryIndex({ kinds: { configMaps } }),
  withWatches({ owns: [configMaps] }),
) {
  async reconcile({ primary }: ReconcileRequest<Database>): Promise<void> {
    const { name, namespace } = primary.metadata;
    const before = this.secondaries.of(primary).configMaps.length; // no request
    const desired = {
      metadata: { name: `${name}-config`, namespace: namespace ?? "default" },
      data: { members: String(primary.spec.members) },
    };
    const { outcome } = await this.objects.apply(configMaps, desired, { owner: primary });
    const after = this.secondaries.of(primary).configMaps.length; // own writes are visible at once
    console.log(`reconciled ${name}: ${before} → ${after} ConfigMaps, ${outcome}`);
  }
}
// #endregion
