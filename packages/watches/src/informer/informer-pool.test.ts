// SPDX-License-Identifier: Apache-2.0
// Sharing, leases, replay and reports of the informer pool (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import { configMap, given } from "../../test/informer/given.js";
import { settle } from "../../test/informer/fake-clock.js";

describe("InformerPool", () => {
  it("tells the first list as initial events and then the watch's events", async () => {
    const { server, lease, events, told } = await given({
      objects: [configMap("a"), configMap("b")],
    });
    expect(events()).toEqual(["added a@101 initial", "added b@102 initial"]);
    expect(told.at(-1)).toEqual({ synced: "102", isRelist: false });
    server.put(configMap("a", { k: "v" }));
    server.remove(configMap("b"));
    await settle();
    expect(events()).toEqual(["modified a@103", "deleted b@104"]);
    expect(lease.get({ namespace: "prod", name: "a" })?.data).toEqual({ k: "v" });
    expect(lease.get({ namespace: "prod", name: "b" })).toBeUndefined();
    expect(lease.size).toBe(1);
    expect(lease.status).toEqual({
      state: "synced",
      resourceVersion: "104",
      staleSinceMs: undefined,
      problem: undefined,
    });
  });
});
