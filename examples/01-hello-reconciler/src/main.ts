// SPDX-License-Identifier: Apache-2.0
// Runs the reconciler on the embedded API server: a creation, a change, a repair, and a rest.
// #region program
import { configMaps, startReconciler } from "haversack";
import { FakeClock, startCluster } from "@haversack/testing";
import { database, databaseDefinition } from "./database.js";
import { DatabaseReconciler } from "./reconciler.js";

const clock = new FakeClock();
const cluster = await startCluster({ clock });
await cluster.apply(databaseDefinition);

const reconciler = new DatabaseReconciler();
const running = startReconciler(reconciler, { client: cluster.client, clock });
await running.ready;

console.log("— a Database is created");
await cluster.apply(database(3));
await cluster.settle();

console.log("— its spec changes");
await cluster.apply(database(5));
await cluster.settle();

console.log("— somebody edits the ConfigMap");
await cluster.patch(
  configMaps,
  { namespace: "default", name: "orders-config" },
  { data: { members: "1" } },
);
await cluster.settle();

console.log("— ten minutes pass");
cluster.requests.reset();
await clock.advance(600_000);
console.log(`${cluster.requests.count()} requests`);

await running.stop();
await cluster.close();
// #endregion
