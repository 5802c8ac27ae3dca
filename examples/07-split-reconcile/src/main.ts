// SPDX-License-Identifier: Apache-2.0
// Runs the split reconcile on the embedded API server: which part wakes for what.
import {
  ConfigurationError,
  configMaps,
  expand,
  Reconciler,
  startReconciler,
  withApiObjects,
  withSplitReconcile,
} from "haversack";
import { FakeClock, startCluster } from "@haversack/testing";
import { database, databaseDefinition, databases } from "./database.js";
import { config, DatabaseReconciler } from "./reconciler.js";

const clock = new FakeClock();
const cluster = await startCluster({ clock });
await cluster.apply(databaseDefinition);

const reconciler = new DatabaseReconciler();
const running = startReconciler(reconciler, { client: cluster.client, clock });
await running.ready;

const orders = { namespace: "default", name: "orders" };

console.log("— a Database is created");
await cluster.apply(database(3, "1Gi"));
await cluster.settle();

console.log("— somebody deletes the ConfigMap");
await cluster.remove(configMaps, orders);
await cluster.settle();

console.log("— its cache grows");
await cluster.apply(database(3, "2Gi"));
await cluster.settle();

console.log("— a minute passes");
cluster.requests.reset();
await clock.advance(60_000);
console.log(`  ${cluster.requests.count()} requests`);

console.log("— how it stands");
console.log(reconciler.split.explain(orders));
const { status } = (await cluster.get(databases, orders)) ?? {};
for (const { type, status: is } of status?.conditions ?? []) console.log(`  ${type}: ${is}`);

console.log("— two parts that write the same");
class Clashing extends expand(
  Reconciler.of(databases),
  withApiObjects({ fieldManager: "db" }),
  withSplitReconcile([config, { ...config, name: "other" }]),
) {}
try {
  console.log(new Clashing());
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.log(`  ${error.message.split(";")[0]}`);
}

await running.stop();
await cluster.close();
