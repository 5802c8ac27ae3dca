// SPDX-License-Identifier: Apache-2.0
// JSON, merge and strategic merge patches.
import { describe, expect, it } from "@jest/globals";
import { builtinKindSchema } from "../kinds/parse-types.js";
import { StatusError } from "../status-error.js";
import { applyJsonPatch } from "./json-patch.js";
import { applyMergePatch } from "./merge-patch.js";
import { applyStrategicMerge } from "./strategic-merge.js";

describe("applyJsonPatch()", () => {
  const rows: [string, unknown, unknown[], unknown][] = [
    ["adds a member", {}, [{ op: "add", path: "/a", value: 1 }], { a: 1 }],
    ["inserts into a list", [1, 3], [{ op: "add", path: "/1", value: 2 }], [1, 2, 3]],
    ["appends with a dash", [1], [{ op: "add", path: "/-", value: 2 }], [1, 2]],
    ["removes", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    ["replaces", { a: 1 }, [{ op: "replace", path: "/a", value: 2 }], { a: 2 }],
    ["moves", { a: 1 }, [{ op: "move", from: "/a", path: "/b" }], { b: 1 }],
    ["copies", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    [
      "unescapes pointers",
      { "a/b": 1, "~": 2 },
      [
        { op: "remove", path: "/a~1b" },
        { op: "remove", path: "/~0" },
      ],
      {},
    ],
    [
      "goes on after a passing test",
      { a: { b: 1 } },
      [{ op: "test", path: "/a", value: { b: 1 } }],
      { a: { b: 1 } },
    ],
    ["replaces the document", { a: 1 }, [{ op: "replace", path: "", value: { b: 1 } }], { b: 1 }],
  ];
  it.each(rows)("%s", (_title, document, patch, result) => {
    const before = JSON.stringify(document);
    expect(applyJsonPatch(document, patch)).toEqual(result);
    expect(JSON.stringify(document)).toBe(before);
  });

  const failing: [string, unknown, unknown[]][] = [
    ["a failing test", { a: 1 }, [{ op: "test", path: "/a", value: 2 }]],
    ["a missing path", {}, [{ op: "remove", path: "/a" }]],
    ["a missing parent", {}, [{ op: "add", path: "/a/b", value: 1 }]],
    ["an index out of bounds", [1], [{ op: "add", path: "/3", value: 1 }]],
    ["an index with a leading zero", [1, 2], [{ op: "remove", path: "/01" }]],
    ["an unknown operation", {}, [{ op: "x", path: "/a" }]],
    ["a move into itself", { a: { b: {} } }, [{ op: "move", from: "/a", path: "/a/b" }]],
    ["an inherited member", {}, [{ op: "remove", path: "/constructor" }]],
    ["a pointer without its slash", { a: 1 }, [{ op: "remove", path: "a" }]],
  ];
  it.each(failing)("refuses %s with the API server's text", (_title, document, patch) => {
    const error = catchError(() => applyJsonPatch(document, patch));
    expect(error).toMatchObject({
      code: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    });
  });

  it("refuses a body that is no list with 400, and more than 10,000 operations", () => {
    expect(catchError(() => applyJsonPatch({}, { op: "add" }))).toMatchObject({ code: 400 });
    const many = Array.from({ length: 10_001 }, () => ({ op: "add", path: "/a", value: 1 }));
    expect(catchError(() => applyJsonPatch({}, many))).toBeInstanceOf(StatusError);
  });
});

describe("applyMergePatch()", () => {
  it("deletes by null, merges objects, replaces lists", () => {
    const target = { a: 1, b: { c: 1, d: 2 }, e: [1, 2] };
    const patch = { a: null, b: { c: null, f: 3 }, e: [3], g: { h: null, i: 1 } };
    expect(applyMergePatch(target, patch)).toEqual({ b: { d: 2, f: 3 }, e: [3], g: { i: 1 } });
  });
});

describe("applyStrategicMerge()", () => {
  const pod = builtinKindSchema("Pod");
  const merge = (target: unknown, patch: unknown): unknown => {
    const result = applyStrategicMerge({ spec: target }, { spec: patch }, pod) as { spec: unknown };
    return result.spec;
  };
  const container = (name: string, more: object = {}): object => ({ name, ...more });

  const rows: [string, unknown, unknown, unknown][] = [
    [
      "merges containers by name",
      { containers: [container("a", { image: "1" }), container("b")] },
      { containers: [container("a", { command: ["x"] })] },
      { containers: [container("a", { image: "1", command: ["x"] }), container("b")] },
    ],
    [
      "deletes an item",
      { containers: [container("a"), container("b")] },
      { containers: [{ name: "a", $patch: "delete" }] },
      { containers: [container("b")] },
    ],
    [
      "replaces a list",
      { containers: [container("a"), container("b")] },
      { containers: [{ $patch: "replace" }, container("c")] },
      { containers: [container("c")] },
    ],
    [
      "replaces an object",
      { securityContext: { runAsUser: 1, fsGroup: 2 } },
      { securityContext: { $patch: "replace", fsGroup: 3 } },
      { securityContext: { fsGroup: 3 } },
    ],
    [
      "replaces atomic lists",
      { tolerations: [{ key: "a" }] },
      { tolerations: [{ key: "b" }] },
      { tolerations: [{ key: "b" }] },
    ],
    [
      "puts items into the wished order",
      { containers: [container("a"), container("b")] },
      { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [] },
      { containers: [container("b"), container("a")] },
    ],
    [
      "keeps only the retained keys",
      { volumes: [{ name: "v", emptyDir: {} }] },
      { volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] },
      { volumes: [{ name: "v", hostPath: { path: "/x" } }] },
    ],
    ["deletes by null", { nodeName: "n", hostname: "h" }, { nodeName: null }, { hostname: "h" }],
  ];
  it.each(rows)("%s", (_title, target, patch, result) => {
    expect(merge(target, patch)).toEqual(result);
  });

  it("merges primitive lists as sets and deletes from them", () => {
    const live = { metadata: { finalizers: ["a/a", "b/b"] } };
    const add = { metadata: { finalizers: ["b/b", "c/c"] } };
    expect(applyStrategicMerge(live, add, pod)).toEqual({
      metadata: { finalizers: ["a/a", "b/b", "c/c"] },
    });
    const remove = { metadata: { "$deleteFromPrimitiveList/finalizers": ["a/a"] } };
    expect(applyStrategicMerge(live, remove, pod)).toEqual({ metadata: { finalizers: ["b/b"] } });
  });

  it("refuses an item without its merge key", () => {
    expect(
      catchError(() => merge({ containers: [] }, { containers: [{ image: "x" }] })),
    ).toMatchObject({
      code: 500,
      message: "map: map[image:x] does not contain declared merge key: name",
    });
  });
});

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
