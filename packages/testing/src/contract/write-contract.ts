// SPDX-License-Identifier: Apache-2.0
// The contract of writes: versions, locking, patches, generation, status (stage 6: writes).
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { compareVersions, configMaps } from "@haversack/core";
import type { ContractSuite } from "./contract-suite.js";
import { gadgets, refusal } from "./contract-target.js";

/** Creates, updates and patches. */
export function writeContract({ it, api }: ContractSuite): void {
  it("gives a created object uid, creation time and a version, and drops what a client sends for them", async () => {
    const on = await api();
    const sent = { uid: "mine", generation: 99, creationTimestamp: "2001-01-01T00:00:00Z" };
    const { metadata } = await on.create(gadgets, "a", {}, sent);
    match(metadata.uid ?? "", /^[0-9a-f-]{36}$/);
    equal(metadata.generation, 1);
    notEqual(metadata.creationTimestamp, sent.creationTimestamp);
    match(metadata.resourceVersion ?? "", /^[1-9][0-9]*$/);
  });

  it("raises resourceVersions across kinds, and makes no event and no version of a write that changes nothing", async () => {
    const on = await api();
    const first = await on.create(configMaps, "a", { data: { x: "1" } });
    const second = await on.create(gadgets, "b");
    ok((compareVersions(first.metadata.resourceVersion, second.metadata.resourceVersion) ?? 0) < 0);
    const same = await on.merge(configMaps, "a", { data: { x: "1" } });
    equal(same.metadata.resourceVersion, first.metadata.resourceVersion);
    const again = await on.put(configMaps, same);
    equal(again.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  it("refuses a name that is taken, and a create with a version", async () => {
    const on = await api();
    await on.create(configMaps, "a");
    const taken = await refusal(on.create(configMaps, "a"));
    deepEqual([taken.status, taken.reason], [409, "AlreadyExists"]);
    const versioned = await refusal(on.create(configMaps, "b", {}, { resourceVersion: "1" }));
    equal(versioned.status, 500);
  });

  it("makes names from generateName", async () => {
    const on = await api();
    const made = await on.create(configMaps, undefined as never, {}, { generateName: "made-" });
    match(made.metadata.name, /^made-[a-z0-9]{5}$/);
  });

  it("refuses an update whose version is old, and takes one that is current", async () => {
    const on = await api();
    const old = await on.create(gadgets, "a");
    const current = await on.merge(gadgets, "a", { spec: { size: 4 } });
    const refused = await refusal(on.put(gadgets, { ...old, spec: { size: 5 } } as typeof old));
    deepEqual([refused.status, refused.reason], [409, "Conflict"]);
    const updated = await on.put(gadgets, { ...current, spec: { size: 5 } } as typeof old);
    equal(updated.spec?.["size"], 5);
  });

  it("takes a version inside a merge patch for a lock", async () => {
    const on = await api();
    const { metadata } = await on.create(gadgets, "a");
    await on.merge(gadgets, "a", { spec: { size: 4 } });
    const { resourceVersion } = metadata;
    const patch = { metadata: { resourceVersion }, spec: { size: 5 } };
    equal((await refusal(on.merge(gadgets, "a", patch))).reason, "Conflict");
  });

  it("demands a version for the update of a custom resource, not of a ConfigMap", async () => {
    const on = await api();
    const gadget = await on.create(gadgets, "a");
    const map = await on.create(configMaps, "a");
    const without = (object: typeof map): typeof map => {
      const metadata: Record<string, unknown> = { ...object.metadata };
      delete metadata["resourceVersion"];
      return { ...object, metadata: metadata as unknown as typeof object.metadata };
    };
    equal((await refusal(on.put(gadgets, without(gadget)))).status, 422);
    await on.put(configMaps, { ...without(map), data: { x: "1" } } as typeof map);
  });

  it("counts generations of the spec, not of metadata and status", async () => {
    const on = await api();
    await on.create(gadgets, "a");
    const labelled = await on.merge(gadgets, "a", { metadata: { labels: { x: "1" } } });
    equal(labelled.metadata.generation, 1);
    const resized = await on.merge(gadgets, "a", { spec: { size: 7 } });
    equal(resized.metadata.generation, 2);
    const ready = await on.merge(gadgets, "a", { status: { ready: true } }, "status");
    equal(ready.metadata.generation, 2);
  });

  it("splits spec and status: each endpoint ignores the other's part", async () => {
    const on = await api();
    await on.create(gadgets, "a", { status: { ready: true } });
    const main = await on.merge(gadgets, "a", { spec: { size: 4 }, status: { ready: true } });
    deepEqual([main.spec?.["size"], main.status], [4, undefined]);
    const patch = { spec: { size: 9 }, status: { ready: true } };
    const status = await on.merge(gadgets, "a", patch, "status");
    deepEqual([status.spec?.["size"], status.status], [4, { ready: true }]);
  });

  it("fills in defaults, prunes unknown fields and refuses what the schema forbids", async () => {
    const on = await api();
    const made = await on.create(gadgets, "a", { spec: { bogus: 1 } });
    deepEqual(made.spec, { size: 3 });
    const refused = await refusal(on.create(gadgets, "b", { spec: { size: 11 } }));
    deepEqual([refused.status, refused.reason], [422, "Invalid"]);
    equal(refused.body?.details?.causes?.[0]?.field, "spec.size");
  });

  it("applies JSON patches as a whole or not at all", async () => {
    const on = await api();
    await on.create(configMaps, "a", { data: { x: "1" } });
    const failing = [
      { op: "replace", path: "/data/x", value: "2" },
      { op: "test", path: "/data/x", value: "1" },
    ];
    equal((await refusal(on.jsonPatch(configMaps, "a", failing))).status, 422);
    deepEqual((await on.get(configMaps, "a")).data, { x: "1" });
    const done = await on.jsonPatch(configMaps, "a", [...failing].reverse());
    deepEqual(done.data, { x: "2" });
  });

  it("removes a key with null in a merge patch", async () => {
    const on = await api();
    await on.create(configMaps, "a", { data: { x: "1", y: "2" } });
    deepEqual((await on.merge(configMaps, "a", { data: { x: null } })).data, { y: "2" });
  });

  it("stores nothing in a dry run", async () => {
    const on = await api();
    const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
    const path = `/api/v1/namespaces/${on.namespace}/configmaps`;
    await on.send({ method: "POST", path, query: { dryRun: "All" }, body });
    equal((await refusal(on.get(configMaps, "a"))).status, 404);
  });
}
