// SPDX-License-Identifier: Apache-2.0
// One reconcile in three parts: each says what it reads and writes, what wakes it and when it is due.
import {
  configMaps,
  deployments,
  expand,
  Reconciler,
  specChanged,
  subReconcilerOf,
  watch,
  withApiObjects,
  withSecondaryIndex,
  withSplitReconcile,
  withWatches,
} from "haversack";
import { databases, type Database } from "./database.js";

const named = ({ metadata: { name, namespace = "default" } }: Database) => ({ name, namespace });

// #region parts
const kinds = { configMaps, deployments };
const part = subReconcilerOf(databases, kinds);

export const config = part({
  name: "config",
  triggers: [configMaps],
  writes: [configMaps],
  async reconcile({ primary, objects }) {
    const data = { cache: primary.spec.cache };
    await objects.apply(configMaps, { metadata: named(primary), data }, { owner: primary });
  },
});

const workload = part({
  name: "workload",
  after: ["config"],
  triggers: [watch(deployments, { when: specChanged() })],
  reads: [configMaps],
  writes: [deployments],
  async reconcile({ primary, objects, secondaries }) {
    const app = primary.metadata.name;
    const cache = secondaries.configMaps.named(app)?.data?.["cache"] ?? "";
    const spec = {
      replicas: primary.spec.members,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app }, annotations: { cache } }, // another cache restarts the pods
        spec: { containers: [{ name: "db", image: "db:1" }] },
      },
    };
    await objects.apply(deployments, { metadata: named(primary), spec }, { owner: primary });
  },
});

const probe = part({
  name: "probe", // nothing can be watched here: it asks every half minute, and only it
  after: ["workload"],
  triggers: [],
  writes: [{ kind: databases, paths: ["status.reachable"] }],
  schedule: { everyMs: 30_000, jitter: 0 },
  reconcile: async ({ primary, setStatus }) => setStatus({ reachable: primary.spec.members }),
});
// #endregion

// #region reconciler
export class DatabaseReconciler extends expand(
  Reconciler.of(databases),
  withApiObjects({ fieldManager: "db" }),
  withSecondaryIndex({ kinds }),
  withWatches(),
  withSplitReconcile([config, workload, probe], {
    onRun: ({ name, writes, causes }) =>
      console.log(
        `  ${name}: ${writes} writes, for ${causes.map(({ source }) => source).join(", ")}`,
      ),
  }),
) {}
// #endregion
