// SPDX-License-Identifier: Apache-2.0
// The second pass over an unchanged world sends nothing, whatever the server filled in (stage 6).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { configMaps, objectPath, type KubernetesObject } from "@haversack/core";
import { database, databases, defineDatabases } from "./databases.js";
import { startEmbedded, type EmbeddedRig } from "./embedded-rig.js";
import { workloads, type Workload } from "./workloads.js";

let rig: EmbeddedRig;
beforeEach(async () => {
  rig = await startEmbedded();
});
afterEach(() => rig.close());

/** A change by somebody else that concerns nothing that is declared. */
async function touch({ kind, desired }: Workload): Promise<void> {
  await rig.client.request({
    method: "PATCH",
    path: objectPath(kind, desired.metadata),
    contentType: "application/merge-patch+json",
    body: JSON.stringify({ metadata: { annotations: { touched: "yes" } } }),
  });
}

describe.each(workloads)("a %s", (_kind, workload) => {
  const { kind, desired } = workload;

  it("is created by one request and found unchanged by none", async () => {
    const { objects } = rig.process();
    expect(await objects.apply(kind, desired)).toMatchObject({ outcome: "created", requests: 1 });
    rig.requests();
    expect(await objects.apply(kind, desired)).toMatchObject({ outcome: "unchanged", requests: 0 });
    await touch(workload);
    rig.requests();
    const third = await objects.apply(kind, desired);
    expect(third).toMatchObject({ outcome: "unchanged", requests: 0 });
    expect(third.object.metadata.annotations).toMatchObject({ touched: "yes" });
    expect(rig.requests()).toEqual([]);
  });

  it("is found unchanged by the next process with reads and dry runs only, and then by none", async () => {
    await rig.process().objects.apply(kind, desired);
    const version = versionOf(workload);
    const { objects } = rig.process();
    rig.requests();
    expect((await objects.apply(kind, desired)).outcome).toBe("unchanged");
    const asked = rig.requests();
    expect(asked.filter((line) => !/^get |dryRun$/.test(line))).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(2);
    await touch(workload);
    rig.requests();
    expect((await objects.apply(kind, desired)).requests).toBe(0);
    expect(rig.requests()).toEqual([]);
    expect(versionOf(workload)).not.toBe(version);
  });

  it("is found unchanged without a cache by one GET", async () => {
    const { objects } = rig.process({ cached: false });
    await objects.apply(kind, desired);
    const version = versionOf(workload);
    rig.requests();
    expect((await objects.apply(kind, desired)).outcome).toBe("unchanged");
    expect(rig.requests()).toHaveLength(1);
    expect(versionOf(workload)).toBe(version);
  });
});

describe("a secondary with an owner and a finalizer", () => {
  it.each([
    ["built-in", configMaps],
    ["custom", databases],
  ])("of a %s kind is found unchanged by the next process with one GET", async (_title, kind) => {
    await defineDatabases(rig);
    const { object: owner } = await rig.process().objects.apply(databases, database("owner"));
    const metadata = { name: "owned", namespace: "prod", finalizers: ["example.com/hold"] };
    await rig.process().objects.apply(kind, { metadata }, { owner });
    rig.requests();
    const { objects } = rig.process();
    expect((await objects.apply(kind, { metadata }, { owner })).outcome).toBe("unchanged");
    expect((await objects.apply(kind, { metadata }, { owner })).requests).toBe(0);
    expect(rig.requests()).toHaveLength(1);
  });
});

function versionOf({ kind, desired }: Workload): string | undefined {
  const resource = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
  const stored = rig.server.get(resource, desired.metadata.namespace, desired.metadata.name);
  return (stored as unknown as KubernetesObject | undefined)?.metadata.resourceVersion;
}
