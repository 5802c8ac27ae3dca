// SPDX-License-Identifier: Apache-2.0
// Two parts of a reconcile. Nothing here knows whether it runs in a guest.
import { configMaps, deployments, specChanged, subReconcilerOf, watch } from "haversack";
import { databases, type Database } from "./database.js";

const named = ({ metadata: { name, namespace = "default" } }: Database) => ({ name, namespace });

export const kinds = { configMaps, deployments };
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

export const workload = part({
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
        metadata: { labels: { app }, annotations: { cache } },
        spec: { containers: [{ name: "db", image: "db:1" }] },
      },
    };
    await objects.apply(deployments, { metadata: named(primary), spec }, { owner: primary });
  },
});
