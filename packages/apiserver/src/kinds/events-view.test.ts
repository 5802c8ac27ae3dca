// SPDX-License-Identifier: Apache-2.0
// One store of Events, two views of it.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { TestApi } from "../../test/api.js";

const core = "/api/v1/namespaces/default/events";
const view = "/apis/events.k8s.io/v1/namespaces/default/events";
const regarding = { kind: "Pod", namespace: "default", name: "p", uid: "u" };

describe("Events", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.close());

  it("written in one form are read in the other", async () => {
    const event = {
      metadata: { name: "new" },
      regarding,
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "op.io/ctl",
      reportingInstance: "op-0",
      action: "Scaling",
      reason: "Scaled",
      type: "Normal",
      note: "to 3",
    };
    const made = await api.post(view, event);
    expect([made.status, made.body]).toMatchObject([
      201,
      { ...event, apiVersion: "events.k8s.io/v1" },
    ]);
    const old = await api.get(`${core}/new`);
    expect(old.body).toMatchObject({
      apiVersion: "v1",
      involvedObject: regarding,
      message: "to 3",
      reportingComponent: "op.io/ctl",
    });
    const legacy = {
      metadata: { name: "old" },
      involvedObject: regarding,
      message: "hi",
      count: 2,
    };
    await api.post(core, { ...legacy, source: { component: "c" }, reason: "R", type: "Warning" });
    expect((await api.get(`${view}/old`)).body).toMatchObject({
      regarding,
      note: "hi",
      deprecatedCount: 2,
      deprecatedSource: { component: "c" },
    });
    const patched = await api.patch(`${view}/new`, {
      series: { count: 2, lastObservedTime: event.eventTime },
    });
    expect([patched.status, patched.body["note"]]).toEqual([200, "to 3"]);
  });

  it("are selected by what they are about in both views", async () => {
    const byNew = await api.get(`${view}?fieldSelector=regarding.name=p,reason=Scaled`);
    const byOld = await api.get(`${core}?fieldSelector=involvedObject.name=p,type=Warning`);
    expect(byNew.body.items.map((item) => item.metadata.name)).toEqual(["new"]);
    expect(byOld.body.items.map((item) => item.metadata.name)).toEqual(["old"]);
  });

  it("need their new fields in the new view, and their object's namespace in both", async () => {
    const bare = await api.post(view, { metadata: { name: "bare" }, regarding, eventTime: null });
    expect(bare.status).toBe(422);
    expect(bare.body.message).toContain("reportingInstance: Required value");
    const foreign = { ...regarding, namespace: "other" };
    const answer = await api.post(core, { metadata: { name: "f" }, involvedObject: foreign });
    expect([answer.status, answer.body.message]).toEqual([
      422,
      'Event "f" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
  });

  it("are watched in the form that is asked for", async () => {
    const watch = await api.watch(`${view}?watch=1&resourceVersion=${api.server.revision}`);
    await api.patch(`${core}/old`, { count: 3 });
    const event = await watch.next();
    expect(event?.object).toMatchObject({ apiVersion: "events.k8s.io/v1", deprecatedCount: 3 });
    watch.close();
  });
});
