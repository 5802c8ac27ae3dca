// SPDX-License-Identifier: Apache-2.0
// Runs both parts in guests that sleep between any two runs, and shows what they may not do.
import { fileURLToPath } from "node:url";
import { configMaps, deployments, silentLogger, startReconciler } from "haversack";
import { FakeClock, startCluster } from "@haversack/testing";
import { buildGuest, embeddedEngine, partHost, SandboxHost } from "@haversack/wasm-sandbox";
import { database, databaseDefinition } from "./database.js";
import { makeReconciler } from "./reconciler.js";

const clock = new FakeClock();
const cluster = await startCluster({ clock });
await cluster.apply(databaseDefinition);

// #region sandbox
const file = await buildGuest({ entry: fileURLToPath(new URL("./guest.js", import.meta.url)) });
const sandboxes = new SandboxHost({
  engine: embeddedEngine(),
  clock,
  logger: silentLogger,
  hibernation: { idleMs: 0 }, // asleep whenever there is nothing to do
});
const verbs = ["get", "create", "patch"] as const;
await sandboxes.start({
  name: "config",
  file,
  policy: { rules: [{ kinds: [configMaps], verbs }] },
});
await sandboxes.start({
  name: "workload",
  file,
  policy: { rules: [{ kinds: [deployments], verbs }] },
});
const reconciler = makeReconciler({
  config: partHost(sandboxes, "config"),
  workload: partHost(sandboxes, "workload"),
});
// #endregion
clock.addIdleProbe(() => sandboxes.isQuiet);

console.log(`— a guest offers ${file.names.join(" and ")}`);
const running = startReconciler(reconciler, {
  client: cluster.client,
  clock,
  logger: silentLogger, // The refusal at the end is meant.
});
await running.ready;

console.log("— a Database is created");
await cluster.apply(database(3, "1Gi"));
await cluster.settle();

const orders = { namespace: "default", name: "orders" };
const workload = await cluster.get(deployments, orders);
console.log(
  `  ${workload?.spec?.replicas} replicas, ${workload?.metadata.managedFields?.[0]?.manager}`,
);

console.log("— nothing happens");
for (const { name, state, memoryBytes } of sandboxes.list()) {
  console.log(`  ${name}: ${state}, ${memoryBytes} bytes of memory`);
}

console.log("— its cache grows");
await cluster.apply(database(3, "2Gi"));
await cluster.settle();

console.log("— the workload's guest loses its rule");
await sandboxes.stop("workload");
await sandboxes.start({ name: "workload", file });
await cluster.apply(database(5, "2Gi"));
await cluster.settle();
const { spec } = (await cluster.get(deployments, orders)) ?? {};
console.log(`  ${spec?.replicas} replicas`);

await running.stop();
await sandboxes.close();
await cluster.close();
