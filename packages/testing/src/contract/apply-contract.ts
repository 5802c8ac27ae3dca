// SPDX-License-Identifier: Apache-2.0
// The contract of server-side apply: ownership of fields, conflicts, removal (stage 6: writes).
import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { configMaps, deployments } from "@haversack/core";
import type { ContractSuite } from "./contract-suite.js";
import { gadgets, refusal, type Answer } from "./contract-target.js";

/** Server-side apply. */
export function applyContract({ it, api }: ContractSuite): void {
  it("creates what is not there, under the manager's name", async () => {
    const on = await api();
    const made = await on.apply(configMaps, "a", { data: { x: "1" } }, { by: "one" });
    deepEqual(
      made.metadata.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [["one", "Apply"]],
    );
    deepEqual(made.metadata.managedFields?.[0]?.fieldsV1, { "f:data": { "f:x": {} } });
  });

  it("makes no new version when the same is applied again", async () => {
    const on = await api();
    const first = await on.apply(gadgets, "a", { spec: { size: 4 } }, { by: "one" });
    const again = await on.apply(gadgets, "a", { spec: { size: 4 } }, { by: "one" });
    equal(again.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  it("refuses a field of another manager and names both, unless forced", async () => {
    const on = await api();
    await on.apply(gadgets, "a", { spec: { size: 4 } }, { by: "one" });
    const refused = await refusal(on.apply(gadgets, "a", { spec: { size: 5 } }, { by: "two" }));
    deepEqual([refused.status, refused.reason], [409, "Conflict"]);
    match(refused.body?.message ?? "", /conflict with "one": \.spec\.size/);
    deepEqual(
      refused.body?.details?.causes?.map(({ reason, field }) => [reason, field]),
      [["FieldManagerConflict", ".spec.size"]],
    );
    const forced = await on.apply(gadgets, "a", { spec: { size: 5 } }, { by: "two", force: true });
    equal(forced.spec?.["size"], 5);
    const first = forced.metadata.managedFields?.find(({ manager }) => manager === "one");
    equal(first, undefined);
  });

  it("lets two managers own a field whose value they agree on", async () => {
    const on = await api();
    const first = await on.apply(gadgets, "a", { spec: { size: 4 } }, { by: "one" });
    const second = await on.apply(gadgets, "a", { spec: { size: 4 } }, { by: "two" });
    notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
    deepEqual(managersOf(second), ["one", "two"]);
  });

  it("removes a field that its only owner no longer declares, and keeps one that another owns", async () => {
    const on = await api();
    await on.apply(configMaps, "a", { data: { x: "1", y: "1" } }, { by: "one" });
    await on.apply(configMaps, "a", { data: { y: "1", z: "1" } }, { by: "two" });
    const left = await on.apply(configMaps, "a", { data: {} }, { by: "one" });
    deepEqual(left.data, { y: "1", z: "1" });
  });

  it("does not own what the server filled in", async () => {
    const on = await api();
    const made = await on.apply(gadgets, "a", { spec: { color: "red" } }, { by: "one" });
    deepEqual(made.spec, { color: "red", size: 3 });
    deepEqual(made.metadata.managedFields?.[0]?.fieldsV1, { "f:spec": { "f:color": {} } });
  });

  it("merges lists by their keys", async () => {
    const on = await api();
    const container = (name: string): object => ({ name, image: `${name}:1` });
    const spec = (...containers: object[]): object => ({
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: { metadata: { labels: { app: "a" } }, spec: { containers } },
      },
    });
    await on.apply(deployments, "a", spec(container("one")), { by: "one" });
    const both = await on.apply(deployments, "a", spec(container("two")), { by: "two" });
    deepEqual(containersOf(both), ["one", "two"]);
    const left = await on.apply(deployments, "a", spec(container("three")), { by: "two" });
    deepEqual(containersOf(left), ["one", "three"]);
  });

  it("keeps ownership of status apart, and needs an object for it", async () => {
    const on = await api();
    const by = { by: "one", subresource: "status" };
    equal((await refusal(on.apply(gadgets, "a", { status: { ready: true } }, by))).status, 404);
    await on.apply(gadgets, "a", { spec: { size: 4 } }, { by: "one" });
    const ready = await on.apply(gadgets, "a", { status: { ready: true } }, by);
    deepEqual(ready.status, { ready: true });
    equal(ready.spec?.["size"], 4);
    // Before 1.22 both had one entry.
    if ((await on.minor()) < 22) return;
    const entries = ready.metadata.managedFields?.map(({ manager }) => manager);
    deepEqual(entries, ["one", "one"]);
  });

  it("demands a field manager", async () => {
    const on = await api();
    equal((await refusal(on.apply(gadgets, "a", {}, { by: "" }))).status, 422);
  });

  it("honours a version in the applied object", async () => {
    const on = await api();
    const { metadata } = await on.apply(configMaps, "a", { data: { x: "1" } }, { by: "one" });
    await on.merge(configMaps, "a", { data: { y: "1" } });
    const { name, namespace, resourceVersion } = metadata;
    const stale = { metadata: { name, namespace, resourceVersion }, data: { x: "2" } };
    equal((await refusal(on.apply(configMaps, "a", stale, { by: "one" }))).reason, "Conflict");
  });
}

function managersOf(object: Answer): readonly string[] {
  return (object.metadata.managedFields ?? []).map(({ manager = "" }) => manager).sort();
}

function containersOf(object: Answer): readonly string[] {
  const { template } = object.spec as {
    template: { spec: { containers: readonly { name: string }[] } };
  };
  return template.spec.containers.map(({ name }) => name).sort();
}
