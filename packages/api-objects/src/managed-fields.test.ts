// SPDX-License-Identifier: Apache-2.0
// Tests of pruning a live object to what a field manager owns (stage 6).
import { describe, expect, it } from "@jest/globals";
import type { KubernetesObject, ManagedFieldsEntry } from "@haversack/core";
import type { Json } from "./json-value.js";
import { otherManagers, ownedFields, pruneToOwned } from "./managed-fields.js";
import { applied } from "../test/samples.js";

const with_ = (...managedFields: ManagedFieldsEntry[]): KubernetesObject => ({
  metadata: { name: "a", managedFields },
});

describe("ownedFields()", () => {
  const fields = { "f:data": {} };

  it("knows nothing without managedFields, and that a manager owns nothing with them", () => {
    expect(ownedFields({ metadata: { name: "a" } }, "us", undefined)).toBeUndefined();
    expect(ownedFields(with_(), "us", undefined)).toBeUndefined();
    expect(ownedFields(with_(applied("other", fields)), "us", undefined)).toBe("nothing");
  });

  it("takes our apply entry, not our update entry nor that of a subresource", () => {
    const update: ManagedFieldsEntry = { ...applied("us", { "f:x": {} }), operation: "Update" };
    const status: ManagedFieldsEntry = {
      ...applied("us", { "f:status": {} }),
      subresource: "status",
    };
    const object = with_(update, status, applied("us", fields));
    expect(ownedFields(object, "us", undefined)).toEqual(fields);
    expect(ownedFields(object, "us", "status")).toEqual({ "f:status": {} });
  });
});

describe("pruneToOwned()", () => {
  const live: Json = {
    labels: { a: "1", b: "2" },
    containers: [
      { name: "ours", image: "i", tty: true },
      { name: "theirs", image: "j" },
    ],
    finalizers: ["x/ours", "x/theirs"],
    ports: [{ port: 1 }, { port: 2 }],
    atomic: [{ deep: { all: "of it" } }],
  };

  it.each<[string, Record<string, Json>, Json]>([
    ["fields", { "f:labels": { "f:a": {} } }, { labels: { a: "1" } }],
    [
      "keyed items",
      { "f:containers": { 'k:{"name":"ours"}': { ".": {}, "f:name": {}, "f:image": {} } } },
      { containers: [{ name: "ours", image: "i" }] },
    ],
    ["set values", { "f:finalizers": { 'v:"x/ours"': {} } }, { finalizers: ["x/ours"] }],
    ["positions", { "f:ports": { "i:1": {} } }, { ports: [{ port: 2 }] }],
    ["whole lists", { "f:atomic": {} }, { atomic: [{ deep: { all: "of it" } }] }],
    ["an owned map without its entries", { "f:labels": { ".": {} } }, { labels: {} }],
    ["fields that are gone", { "f:gone": {}, "f:labels": { "f:gone": {} } }, { labels: {} }],
    ["forms it does not know", { "f:ports": { "q:new": {}, "k:{broken": {} } }, { ports: [] }],
  ])("keeps %s", (_title, owned, expected) => {
    expect(pruneToOwned(live, owned)).toEqual(expected);
  });

  it("keeps a key named __proto__", () => {
    const data = JSON.parse('{"__proto__":"x","other":"y"}') as Json;
    const owned = JSON.parse('{"f:__proto__":{}}') as Record<string, Json>;
    expect(JSON.stringify(pruneToOwned(data, owned))).toBe('{"__proto__":"x"}');
  });
});

describe("otherManagers()", () => {
  it("names those that own the field or the whole that holds it, once each, and never us", () => {
    const object = with_(
      applied("us", { "f:data": { "f:a": {} } }),
      applied("field", { "f:data": { "f:a": {} } }),
      applied("whole", { "f:data": {} }),
      applied("whole", { "f:data": { "f:a": {} } }),
      applied("elsewhere", { "f:data": { "f:b": {} } }),
    );
    expect(otherManagers(object, "us", "/data/a")).toEqual(["field", "whole"]);
  });

  it("finds them in items of keyed lists", () => {
    const fields = { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { "f:targetPort": {} } } };
    const object = with_(applied("them", fields));
    expect(otherManagers(object, "us", '/ports/[80,"TCP"]/targetPort')).toEqual(["them"]);
    expect(otherManagers(object, "us", '/ports/[81,"TCP"]/targetPort')).toEqual([]);
  });
});
