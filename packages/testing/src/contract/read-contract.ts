// SPDX-License-Identifier: Apache-2.0
// The contract of lists and watches: snapshots, selectors, pages, resuming, 410 (stage 1).
import { deepEqual, equal, ok } from "node:assert/strict";
import { compareVersions, configMaps, resourcePath } from "@haversack/core";
import type { ContractSuite } from "./contract-suite.js";
import { gadgets, refusal } from "./contract-target.js";
import { WatchReader } from "./watch-reader.js";

/** Lists. */
export function listContract({ it, api, compact }: ContractSuite): void {
  it("gives an empty list a version", async () => {
    const on = await api();
    const list = await on.list(gadgets);
    deepEqual(list.items, []);
    ok((compareVersions(list.metadata.resourceVersion, "1") ?? -1) >= 0);
  });

  it("selects by labels and by name", async () => {
    const on = await api();
    await on.create(gadgets, "a", {}, { labels: { tier: "front", x: "1" } });
    await on.create(gadgets, "b", {}, { labels: { tier: "back" } });
    await on.create(gadgets, "c");
    const named = async (query: Record<string, string>): Promise<string> =>
      (await on.list(gadgets, query)).items.map(({ metadata }) => metadata.name).join();
    equal(await named({ labelSelector: "tier=front" }), "a");
    equal(await named({ labelSelector: "tier!=front" }), "b,c");
    equal(await named({ labelSelector: "tier in (front,back),!x" }), "b");
    equal(await named({ labelSelector: "tier" }), "a,b");
    equal(await named({ labelSelector: "tier notin (front)" }), "b,c");
    equal(await named({ fieldSelector: "metadata.name=c" }), "c");
    equal((await refusal(named({ labelSelector: "=" }))).status, 400);
    equal((await refusal(named({ fieldSelector: "spec.size=3" }))).status, 400);
  });

  it("pages through one moment's state, whatever is written meanwhile", async () => {
    const on = await api();
    for (const name of ["a", "b", "c", "d", "e"]) await on.create(gadgets, name);
    const first = await on.list(gadgets, { limit: 2 });
    equal(first.metadata.remainingItemCount, 3);
    await on.create(gadgets, "bb");
    await on.delete(gadgets, "d");
    const token = first.metadata.continue ?? "";
    const second = await on.list(gadgets, { limit: 2, continue: token });
    const third = await on.list(gadgets, { limit: 2, continue: second.metadata.continue ?? "" });
    const names = [first, second, third].flatMap(({ items }) => items.map((i) => i.metadata.name));
    deepEqual(names, ["a", "b", "c", "d", "e"]);
    equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    equal(third.metadata.continue ?? "", "");
  });

  it("refuses versions that are no numbers and continue tokens that are garbage", async () => {
    const on = await api();
    const garbage = await refusal(on.list(gadgets, { limit: 1, continue: "garbage" }));
    equal(garbage.status, 400);
    const exact = await refusal(on.list(gadgets, { resourceVersionMatch: "Exact" }));
    equal(exact.status, 422);
  });

  if (compact === undefined) return;
  it("answers 410 for a page of a state that is no longer kept", async () => {
    const on = await api();
    for (const name of ["a", "b", "c"]) await on.create(gadgets, name);
    const first = await on.list(gadgets, { limit: 1 });
    await on.create(gadgets, "d");
    await compact();
    const token = first.metadata.continue ?? "";
    const refused = await refusal(on.list(gadgets, { limit: 1, continue: token }));
    deepEqual([refused.status, refused.reason], [410, "Expired"]);
  });
}

/** Watches. */
export function watchContract({ it, api, compact }: ContractSuite): void {
  it("tells every event after the version, in order, each with its object's version", async () => {
    const on = await api();
    const before = await on.list(gadgets);
    await on.create(gadgets, "a");
    await on.merge(gadgets, "a", { spec: { size: 4 } });
    await on.delete(gadgets, "a");
    const { resourceVersion } = before.metadata;
    const watch = await WatchReader.open(on.client, gadgets, on.namespace, { resourceVersion });
    const seen = [await watch.next(), await watch.next(), await watch.next()];
    deepEqual(
      seen.map((event) => event?.type),
      ["ADDED", "MODIFIED", "DELETED"],
    );
    const versions = seen.map((event) => event?.object.metadata.resourceVersion);
    ok((compareVersions(versions[0], versions[1]) ?? 0) < 0);
    ok((compareVersions(versions[1], versions[2]) ?? 0) < 0);
    watch.close();
  });

  it("resumes where another watch ended, without a gap and without a repeat", async () => {
    const on = await api();
    const { metadata } = await on.list(gadgets);
    const { resourceVersion } = metadata;
    await on.create(gadgets, "a");
    await on.create(gadgets, "b");
    const first = await WatchReader.open(on.client, gadgets, on.namespace, { resourceVersion });
    const last = (await first.next())?.object.metadata.resourceVersion ?? "";
    first.close();
    await on.create(gadgets, "c");
    const query = { resourceVersion: last };
    const second = await WatchReader.open(on.client, gadgets, on.namespace, query);
    deepEqual(await second.take(2), ["ADDED b", "ADDED c"]);
    second.close();
  });

  it("begins with what is there when no version is given", async () => {
    const on = await api();
    await on.create(gadgets, "b");
    await on.create(gadgets, "a");
    const watch = await WatchReader.open(on.client, gadgets, on.namespace);
    deepEqual(await watch.take(2), ["ADDED a", "ADDED b"]);
    await on.create(gadgets, "c");
    deepEqual(await watch.take(1), ["ADDED c"]);
    watch.close();
  });

  it("tells an object that comes to match a selector as added, one that stops as deleted", async () => {
    const on = await api();
    await on.create(gadgets, "a");
    const query = { labelSelector: "tier=front" };
    const watch = await WatchReader.open(on.client, gadgets, on.namespace, query);
    await on.merge(gadgets, "a", { metadata: { labels: { tier: "front" } } });
    await on.merge(gadgets, "a", { metadata: { labels: { tier: "back" } } });
    const [came, went] = [await watch.next(), await watch.next()];
    deepEqual([came?.type, went?.type], ["ADDED", "DELETED"]);
    deepEqual(went?.object.metadata.labels, { tier: "front" });
    watch.close();
  });

  it("makes no event of a write that changes nothing", async () => {
    const on = await api();
    await on.create(gadgets, "a");
    const watch = await WatchReader.open(on.client, gadgets, on.namespace);
    await watch.take(1);
    await on.merge(gadgets, "a", { spec: { size: 3 } });
    await on.merge(gadgets, "a", { spec: { size: 4 } });
    deepEqual(await watch.take(1), ["MODIFIED a"]);
    watch.close();
  });

  it("ends a watch at its timeout without an error", async () => {
    const on = await api();
    const watch = await WatchReader.open(on.client, gadgets, on.namespace, { timeoutSeconds: 1 });
    equal(await watch.next(), undefined);
  });

  it("streams the initial list and marks its end with a bookmark, when asked", async () => {
    const on = await api();
    // Servers before 1.27 do not know the question.
    if ((await on.minor()) < 27) return;
    await on.create(gadgets, "a");
    const watch = await WatchReader.open(on.client, gadgets, on.namespace, {
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
    });
    deepEqual(await watch.take(1), ["ADDED a"]);
    const mark = await watch.next();
    equal(mark?.type, "BOOKMARK");
    equal(mark?.object.metadata.annotations?.["k8s.io/initial-events-end"], "true");
    watch.close();
  });

  it("watches metadata alone when asked for it", async () => {
    const on = await api();
    await on.create(configMaps, "a", { data: { x: "1" } });
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const path = resourcePath(configMaps, on);
    const list = await on.send<{ kind: string; items: { kind: string; data?: unknown }[] }>({
      method: "GET",
      path,
      accept,
    });
    equal(list.kind, "PartialObjectMetadataList");
    ok(list.items.every(({ data }) => data === undefined));
  });

  if (compact === undefined) return;
  it("tells 410 inside the stream for a version that is no longer kept, and ends", async () => {
    const on = await api();
    const { metadata } = await on.list(gadgets);
    await on.create(gadgets, "a");
    await on.create(gadgets, "b");
    await compact();
    const { resourceVersion } = metadata;
    const watch = await WatchReader.open(on.client, gadgets, on.namespace, { resourceVersion });
    const event = await watch.next();
    deepEqual([event?.type, event?.object.code, event?.object.reason], ["ERROR", 410, "Expired"]);
    equal(await watch.next(), undefined);
  });
}
