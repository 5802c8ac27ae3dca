// SPDX-License-Identifier: Apache-2.0
// A small reconciler to be run: it keeps a ConfigMap for each Database.
import {
  configMaps,
  expand,
  Reconciler,
  withApiObjects,
  withWatches,
  type ReconcileRequest,
} from "haversack";
import { databases, type Database } from "./database.js";

export class DatabaseReconciler extends expand(
  Reconciler.of(databases),
  withApiObjects({ fieldManager: "database-operator" }),
  withWatches({ owns: [configMaps] }),
) {
  async reconcile({ primary }: ReconcileRequest<Database>): Promise<void> {
    const { name, namespace = "default" } = primary.metadata;
    const data = { members: String(primary.spec.members) };
    await this.objects.apply(
      configMaps,
      { metadata: { name, namespace }, data },
      { owner: primary },
    );
  }
}
