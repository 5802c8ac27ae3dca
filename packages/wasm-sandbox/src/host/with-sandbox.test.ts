// SPDX-License-Identifier: Apache-2.0
// One reconciler class with all packs, in this process and in guests: the same world comes out.
import { describe, expect, it } from "@jest/globals";
import { configMaps, silentLogger, startReconciler } from "haversack";
import { FakeClock, startCluster } from "@haversack/testing";
import { buildTestGuest } from "../../test/binary.js";
import { databases, makeReconciler } from "../../test/whole-reconciler.js";
import { classEngine } from "../turn/class.js";
import { embeddedEngine } from "../turn/embedded.js";
import type { Engine } from "../turn/engine.js";
import { SandboxHost } from "./sandbox-host.js";

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: databases.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Database, plural: databases, singular: database }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: { spec: { type: object, properties: { size: { type: integer } } } }
`;
const database = (size: number): string => `
apiVersion: example.com/v1
kind: Database
metadata: { namespace: default, name: orders }
spec: { size: ${size} }
`;

const places: readonly [string, (() => Engine) | undefined][] = [
  ["this process", undefined],
  ["a guest of the class engine", classEngine],
  ["a guest that sleeps between any two turns", embeddedEngine],
];

describe.each(places)("a reconciler with withSandbox() in %s", (_name, engine) => {
  it("sees its own writes, sleeps, and leaves the same world", async () => {
    const clock = new FakeClock();
    const cluster = await startCluster({ clock });
    await cluster.apply(definition);
    const sandboxes =
      engine &&
      new SandboxHost({
        engine: engine(),
        clock,
        logger: silentLogger,
        hibernation: { idleMs: 0, awakeBeforeTimerMs: 0 },
      });
    if (sandboxes !== undefined) {
      clock.addIdleProbe(() => sandboxes.isQuiet);
      const rules = [{ kinds: [configMaps], verbs: ["get", "create", "patch"] as const }];
      await sandboxes.start({ name: "db", file: await buildTestGuest("whole"), policy: { rules } });
    }
    const { client } = cluster;
    const reconciler = makeReconciler({ sandboxes });
    const running = startReconciler(reconciler, { client, clock, logger: silentLogger });
    await running.ready;
    await cluster.apply(database(3));
    await cluster.settle();
    const asleep = { state: "asleep", memoryBytes: 0 };
    if (sandboxes?.engine === "embedded") expect(sandboxes.list()).toMatchObject([asleep]);
    await clock.advance(5000);
    const data = async (name: string): Promise<unknown> =>
      (await cluster.get(configMaps, { namespace: "default", name }))?.data;
    expect(await data("orders-config")).toEqual({ size: "3" });
    expect(await data("orders-seen")).toBeUndefined();
    const gate = (go: string): string =>
      `{ apiVersion: v1, kind: ConfigMap, metadata: { namespace: default, name: gate }, data: { go: "${go}" } }`;
    await cluster.apply(gate("no"));
    await cluster.settle();
    if (sandboxes?.engine === "embedded") expect(sandboxes.list()).toMatchObject([asleep]);
    await cluster.apply(gate("yes"));
    await cluster.settle();
    expect(await data("orders-seen")).toEqual({ before: "0", seen: "3", hasCome: "true" });
    await cluster.remove(configMaps, { namespace: "default", name: "gate" });
    await cluster.patch(databases, { namespace: "default", name: "orders" }, { spec: { size: 4 } });
    await clock.advance(600_000); // Two more runs: for its own write, and for what that one wrote.
    expect(await data("orders-seen")).toMatchObject({ hasCome: "false" });
    expect(await data("orders-config")).toEqual({ size: "4" });
    await running.stop();
    await sandboxes?.close();
    await cluster.close();
  });
});
