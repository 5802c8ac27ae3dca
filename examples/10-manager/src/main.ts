// SPDX-License-Identifier: Apache-2.0
// Two replicas of an operator on the embedded API server: one leads, the other takes over.
import { silentLogger } from "haversack";
import { deriveRules, Manager, pauseAnnotation, planPass } from "haversack/manager";
import { FakeClock, startCluster } from "@haversack/testing";
import { database, databaseDefinition, databases } from "./database.js";
import { DatabaseReconciler } from "./reconciler.js";

const clock = new FakeClock();
const cluster = await startCluster({ clock });
await cluster.apply(databaseDefinition);
const orders = { namespace: "default", name: "orders" };

console.log("— the rights it needs");
for (const { resource, verbs } of deriveRules(new DatabaseReconciler()))
  console.log(`  ${resource}: ${verbs.join(", ")}`);

console.log("— what a pass would do");
await cluster.apply(database("orders", 3));
const key = { client: cluster.client, key: orders, clock };
const plan = await planPass(new DatabaseReconciler(), key);
for (const line of plan.text.split("\n").filter((each) => /^create|data\.members|^then/.test(each)))
  console.log(`  ${line}`);

const replicas = ["a", "b"].map((identity) => {
  const { client } = cluster.connect(identity);
  const leaderElection = { identity };
  const own = { client, clock, leaderElection, logger: silentLogger, signals: false };
  return new Manager({ name: "database-operator", ...own }).add(new DatabaseReconciler());
});
const show = (what: string): void => {
  console.log(`— ${what}`);
  for (const [index, each] of replicas.entries())
    console.log(`  ${"ab"[index]}: ${each.health().ready[0]?.reason ?? ""}`);
};

for (const each of replicas) {
  await each.start();
  await clock.advance(1_000);
}
show("two replicas run");

await replicas[0]?.stop();
await clock.advance(3_000);
show("the first one is stopped");

console.log("— a Database is paused, then let go on");
await cluster.patch(databases, orders, {
  metadata: { annotations: { [pauseAnnotation]: "true" } },
});
await cluster.apply(database("orders", 5));
cluster.requests.reset();
await clock.advance(1_000);
console.log(
  `  paused: ${cluster.requests.count({ isWrite: true, resource: "configmaps" })} writes`,
);
await cluster.patch(databases, orders, { metadata: { annotations: { [pauseAnnotation]: null } } });
await clock.advance(2_000);
console.log(`  after: ${cluster.requests.count({ isWrite: true, resource: "configmaps" })} write`);

await replicas[1]?.stop();
await cluster.close();
