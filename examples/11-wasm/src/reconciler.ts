// SPDX-License-Identifier: Apache-2.0
// The reconciler in the host: where its parts run is an option.
import {
  expand,
  Reconciler,
  withApiObjects,
  withSecondaryIndex,
  withSplitReconcile,
  withWatches,
  type SubReconcilerHost,
} from "haversack";
import { databases } from "./database.js";
import { config, kinds, workload } from "./parts.js";

/** Makes the reconciler; parts without a host run in this process. */
export function makeReconciler(hosts: Readonly<Record<string, SubReconcilerHost>> = {}): object {
  class DatabaseReconciler extends expand(
    Reconciler.of(databases),
    withApiObjects({ fieldManager: "db" }),
    withSecondaryIndex({ kinds }),
    withWatches(),
    withSplitReconcile([config, workload], {
      hosts,
      onRun: ({ name, writes }) => console.log(`  ${name}: ${writes} writes`),
    }),
  ) {}
  return new DatabaseReconciler();
}
