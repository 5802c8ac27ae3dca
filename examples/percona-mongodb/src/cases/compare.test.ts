// SPDX-License-Identifier: Apache-2.0
// The comparison finds every change that counts and none that does not.
import { describe, expect, it } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { isJsonObject, type Json, type JsonObject } from "../json.js";
import { expectedObjects, readCaseFile, readCaseIndex } from "./case-index.js";
import { differences, normalise } from "./compare.js";

const directory = fileURLToPath(new URL("../../data/given", import.meta.url));
const { cases } = await readCaseIndex(directory);

/** Every path to a value that is neither object nor list, and to every empty one. */
function leaves(
  value: Json | undefined,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((child: Json, index) => leaves(child, [...path, index]));
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
  }
  return [path];
}

function changedAt(value: Json, [key, ...rest]: readonly (string | number)[]): Json {
  if (key === undefined) return typeof value === "string" ? `${value} changed` : "changed";
  const copy = structuredClone(value) as Record<string | number, Json>;
  copy[key] = changedAt(copy[key] ?? null, rest);
  return copy as Json;
}

describe("differences()", () => {
  it("finds nothing between an object and itself", async () => {
    for (const entry of cases) {
      for (const { file } of entry.steps.flatMap(({ expected }) => expected)) {
        for (const object of expectedObjects(await readCaseFile(directory, entry, file))) {
          expect(differences(object, structuredClone(object), "e2e", "ns")).toEqual([]);
          expect(differences(object, structuredClone(object), "unit", "ns")).toEqual([]);
        }
      }
    }
  });

  it("finds a change of any single value that is left after normalising", async () => {
    const files = [
      "init-deploy-some-name",
      "non-voting-and-hidden",
      "expose-sharded",
      "tls-issue-cert-manager",
    ];
    for (const entry of cases.filter(({ id }) => files.includes(id))) {
      for (const { file } of entry.steps[0]?.expected ?? []) {
        const object = normalise(await readCaseFile(directory, entry, file), "e2e", "ns");
        for (const path of leaves(object)) {
          const changed = changedAt(object, path) as JsonObject;
          expect({ path, found: differences(object, changed, "e2e", "ns").length }).toEqual({
            path,
            found: 1,
          });
        }
      }
    }
  });

  it("finds a changed order in lists, and none in objects", () => {
    expect(differences({ a: [1, 2] }, { a: [2, 1] }, "e2e", "ns")).toHaveLength(2);
    expect(differences({ a: 1, b: 2 }, { b: 2, a: 1 }, "e2e", "ns")).toEqual([]);
  });

  it("names the path, what was expected and what was there", () => {
    const expected = { spec: { ports: [{ port: 1 }] } };
    const got = { spec: { ports: [{ port: 2 }, { port: 3 }] } };
    expect(differences(expected, got, "e2e", "ns")).toEqual([
      { path: "spec.ports[0].port", expected: 1, got: 2 },
      { path: "spec.ports[1]", expected: undefined, got: { port: 3 } },
    ]);
  });

  it("drops what no two clusters share", () => {
    const live = {
      kind: "StatefulSet",
      metadata: {
        name: "a",
        namespace: "case-x",
        uid: "u",
        resourceVersion: "7",
        generation: 3,
        annotations: { "percona.com/last-config-hash": "x" },
        ownerReferences: [{ apiVersion: "psmdb.percona.com/v1", kind: "K", name: "n", uid: "u" }],
      },
      spec: {
        template: {
          spec: {
            containers: [
              {
                image: "i",
                env: [
                  { name: "NAMESPACE", value: "case-x" },
                  { name: "A", value: "b.case-x.svc" },
                ],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            apiVersion: "v1",
            kind: "P",
            metadata: { name: "d" },
            spec: { volumeMode: "Filesystem" },
            status: { phase: "Pending" },
          },
        ],
      },
      status: { replicas: 3 },
    };
    expect(normalise(live, "e2e", "case-x")).toEqual({
      kind: "StatefulSet",
      metadata: { name: "a", annotations: {}, ownerReferences: [{ kind: "K", name: "n" }] },
      spec: {
        template: { spec: { containers: [{ env: [{ name: "A", value: "b.NAME_SPACE.svc" }] }] } },
        volumeClaimTemplates: [{ metadata: { name: "d" }, spec: {}, status: { phase: "Pending" } }],
      },
    });
  });

  it("tells absent from empty after defaulting, and not before", () => {
    expect(differences({ a: {} }, {}, "e2e", "ns")).toHaveLength(1);
    expect(differences({ a: {}, b: [], c: null }, {}, "unit", "ns")).toEqual([]);
  });

  it("keeps images, namespaces and configuration hashes in unit cases", () => {
    const object = {
      metadata: { namespace: "n" },
      image: "i",
      a: { "percona.com/configuration-hash": "h" },
    };
    expect(normalise(object, "unit", "n")).toEqual(object);
  });

  it("is not fooled by a key named __proto__", () => {
    const strange = JSON.parse('{"a":{"__proto__":{"x":1}}}') as JsonObject;
    expect(differences(strange, { a: {} }, "e2e", "ns")).toHaveLength(1);
    expect(differences(strange, structuredClone(strange), "e2e", "ns")).toEqual([]);
  });
});
