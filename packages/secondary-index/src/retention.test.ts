// SPDX-License-Identifier: Apache-2.0
// What is kept of an object (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import type { KubernetesObject } from "@haversack/core";
import { freezeDeep, project, projectionOf } from "./retention.js";

const object = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "a", labels: { x: "y" }, managedFields: [{ manager: "m" }] },
  spec: { deep: { one: 1, two: 2 }, list: [1] },
  data: { secret: "c2VjcmV0" },
} as KubernetesObject;
const metadata = { name: "a", labels: { x: "y" } };

describe("project()", () => {
  it("drops managedFields only, when objects are kept", () => {
    expect(project(object, { keep: "object" })).toEqual({ ...object, metadata });
    expect(object.metadata.managedFields).toHaveLength(1);
  });

  it("keeps nothing of the body, when metadata is kept", () => {
    const kept = project(object, { keep: "metadata" });
    expect(kept).toEqual({ apiVersion: "v1", kind: "Secret", metadata });
  });

  it("keeps chosen paths, and none that are not there", () => {
    const paths = ["spec.deep.two", "spec.list", "spec.absent.x", "data.x.y", "metadata.name"];
    expect(project(object, { keep: "paths", paths })).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      spec: { deep: { two: 2 }, list: [1] },
      data: {},
    });
  });

  it("keeps keys such as __proto__ as ordinary keys", () => {
    const hostile = JSON.parse(
      '{"metadata":{"name":"a"},"spec":{"__proto__":{"x":1},"constructor":{"y":2}}}',
    ) as KubernetesObject;
    const paths = ["spec.__proto__.x", "spec.constructor.y"];
    const kept = project(hostile, { keep: "paths", paths });
    expect(JSON.stringify(kept)).toBe(JSON.stringify(hostile));
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});

describe("projectionOf()", () => {
  it("keeps with refs what relations read", () => {
    expect(projectionOf("objects", ["spec.x"])).toEqual({ keep: "object" });
    expect(projectionOf("refs", [])).toEqual({ keep: "metadata" });
    expect(projectionOf("refs", ["spec.x"])).toEqual({ keep: "paths", paths: ["spec.x"] });
  });
});

describe("freezeDeep()", () => {
  it("freezes 5,000 levels of nesting", () => {
    const root: Record<string, unknown> = {};
    let inner = root;
    for (let level = 0; level < 5000; level += 1) {
      inner["next"] = {};
      inner = inner["next"] as Record<string, unknown>;
    }
    freezeDeep(root);
    expect(Object.isFrozen(inner)).toBe(true);
  });
});
