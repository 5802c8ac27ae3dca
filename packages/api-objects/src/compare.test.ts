// SPDX-License-Identifier: Apache-2.0
// Tests of comparing what is declared with what is live (stage 6).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  configMaps,
  defineKind,
  deployments,
  networkPolicies,
  roles,
  secrets,
  services,
  statefulSets,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";
import { findMismatches } from "./compare.js";
import { copyJson, type JsonObject } from "./json-value.js";

const customs = defineKind("example.com/v1", "Custom");
const ref = { group: "", kind: "Any", name: "any" };

function paths(
  kind: Kind<KubernetesObject>,
  desired: object,
  live: object,
  extras?: "ignored" | "reported",
): readonly string[] {
  const [left, right] = [desired, live].map((each) => copyJson(each, ref) as JsonObject);
  return findMismatches(kind, left ?? {}, right ?? {}, extras).map((each) => each.path);
}

const pod = (spec: object): object => ({ spec: { template: { spec } } });
const container = (fields: object): object => pod({ containers: [{ name: "m", ...fields }] });

describe("findMismatches() finds nothing", () => {
  it.each<[string, Kind<KubernetesObject>, object, object]>([
    [
      "in a quantity written another way",
      deployments,
      container({ resources: { limits: { cpu: "1000m", memory: "1024Mi" } } }),
      container({ resources: { limits: { cpu: "1", memory: "1Gi" } } }),
    ],
    [
      "in a port as text",
      services,
      { spec: { ports: [{ port: 80, targetPort: "8080" }] } },
      { spec: { ports: [{ port: 80, targetPort: 8080, protocol: "TCP", nodePort: 30001 }] } },
    ],
    [
      "in an environment variable without a value",
      deployments,
      container({ env: [{ name: "A", value: "" }] }),
      container({ env: [{ name: "A" }] }),
    ],
    [
      "in empty lists and maps that are not stored",
      deployments,
      { metadata: { labels: {} }, ...container({ args: [], resources: { limits: {} } }) },
      { metadata: {}, ...container({ resources: {} }) },
    ],
    ["in null and absent", configMaps, { metadata: { creationTimestamp: null } }, { metadata: {} }],
    [
      "in the order of a set",
      roles,
      { rules: [{ verbs: ["list", "get"] }] },
      { rules: [{ verbs: ["get", "list"] }] },
    ],
    [
      "in fields, items and labels of others",
      deployments,
      { metadata: { labels: { a: "1" } }, ...container({ image: "i" }) },
      {
        metadata: { labels: { a: "1", b: "2" } },
        ...pod({ containers: [{ name: "side" }, { name: "m", image: "i", tty: true }] }),
      },
    ],
    [
      "in the default protocol that is part of a list's key",
      services,
      { spec: { ports: [{ port: 53 }, { port: 53, protocol: "UDP" }] } },
      {
        spec: {
          ports: [
            { port: 53, protocol: "UDP" },
            { port: 53, protocol: "TCP" },
          ],
        },
      },
    ],
    [
      "in the defaults of a volume claim template",
      statefulSets,
      { spec: { volumeClaimTemplates: [{ spec: { accessModes: ["ReadWriteOnce"] } }] } },
      {
        spec: {
          volumeClaimTemplates: [
            {
              apiVersion: "v1",
              kind: "PersistentVolumeClaim",
              spec: { accessModes: ["ReadWriteOnce"], volumeMode: "Filesystem" },
              status: { phase: "Pending" },
            },
          ],
        },
      },
    ],
    [
      "in base64 with line breaks",
      secrets,
      { data: { a: "YWJj\nZGVm" } },
      { data: { a: "YWJjZGVm" } },
    ],
    [
      "in a duration of a custom resource",
      customs,
      { spec: { renewBefore: "60m", interval: "90s" } },
      { spec: { renewBefore: "1h0m0s", interval: "1m30s" } },
    ],
  ])("%s", (_title, kind, desired, live) => {
    expect(paths(kind, desired, live)).toEqual([]);
  });
});

describe("findMismatches() reports", () => {
  it.each<[string, Kind<KubernetesObject>, object, object, readonly string[]]>([
    [
      "another value",
      deployments,
      container({ image: "a" }),
      container({ image: "b" }),
      ['/spec/template/spec/containers/["m"]/image'],
    ],
    [
      "a version that looks like a quantity",
      configMaps,
      { data: { v: "1.0" } },
      { data: { v: "1" } },
      ["/data/v"],
    ],
    [
      "an annotation that looks like a duration",
      deployments,
      { metadata: { annotations: { timeout: "60m" } } },
      { metadata: { annotations: { timeout: "1h" } } },
      ["/metadata/annotations/timeout"],
    ],
    [
      "a quantity of a custom resource",
      customs,
      { spec: { limits: { cpu: "1000m" } } },
      { spec: { limits: { cpu: "1" } } },
      ["/spec/limits/cpu"],
    ],
    ["an empty text in data", configMaps, { data: { a: "" } }, { data: {} }, ["/data/a"]],
    [
      "false where absent means true",
      deployments,
      pod({ automountServiceAccountToken: false }),
      pod({}),
      ["/spec/template/spec/automountServiceAccountToken"],
    ],
    [
      "an empty storage class, which is not the default one",
      statefulSets,
      { spec: { volumeClaimTemplates: [{ spec: { storageClassName: "" } }] } },
      { spec: { volumeClaimTemplates: [{ spec: {} }] } },
      ["/spec/volumeClaimTemplates/0/spec/storageClassName"],
    ],
    [
      "an empty selector, which selects all",
      networkPolicies,
      { spec: { podSelector: {} } },
      { spec: {} },
      ["/spec/podSelector"],
    ],
    [
      "a key that was added to a selector",
      services,
      { spec: { selector: { app: "a" } } },
      { spec: { selector: { app: "a", more: "b" } } },
      ["/spec/selector/more"],
    ],
    [
      "a longer atomic list",
      deployments,
      container({ args: ["a"] }),
      container({ args: ["a", "b"] }),
      ['/spec/template/spec/containers/["m"]/args'],
    ],
    [
      "the order of environment variables",
      deployments,
      container({ env: [{ name: "A" }, { name: "B" }] }),
      container({ env: [{ name: "B" }, { name: "A" }] }),
      ['/spec/template/spec/containers/["m"]/env/order'],
    ],
    [
      "a missing set item",
      configMaps,
      { metadata: { finalizers: ["a"] } },
      { metadata: { finalizers: ["b"] } },
      ["/metadata/finalizers"],
    ],
    [
      "a verb too many",
      roles,
      { rules: [{ verbs: ["get"] }] },
      { rules: [{ verbs: ["get", "list"] }] },
      ["/rules/0/verbs"],
    ],
    [
      "items of a custom list by position",
      customs,
      { spec: { ports: [{ port: 1 }] } },
      { spec: { ports: [{ port: 2 }, { port: 1 }] } },
      ["/spec/ports"],
    ],
    ["a list that became a map", configMaps, { data: ["a"] }, { data: { a: "a" } }, ["/data"]],
    [
      "slashes in keys, escaped",
      configMaps,
      { data: { "a/b~c": "1" } },
      { data: {} },
      ["/data/a~1b~0c"],
    ],
  ])("%s", (_title, kind, desired, live, expected) => {
    expect(paths(kind, desired, live)).toEqual(expected);
  });

  it("what is live and not declared, where the live side holds only ours", () => {
    const live = { metadata: { labels: { a: "1", b: "2" } }, data: { x: "1" } };
    expect(paths(configMaps, { metadata: { labels: { a: "1" } } }, live, "reported")).toEqual([
      "/metadata/labels/b",
      "/data",
    ]);
  });
});

describe("findMismatches()", () => {
  it("finds no difference of anything from itself, in any kind", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(configMaps, deployments, customs, roles),
        (fields, kind) => {
          expect(paths(kind, { spec: fields }, { spec: fields })).toEqual([]);
          expect(paths(kind, { spec: fields }, { spec: fields }, "reported")).toEqual([]);
        },
      ),
    );
  });

  it("finds a ConfigMap's data different exactly when a declared key is", () => {
    const data = fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor"), fc.string());
    fc.assert(
      fc.property(data, data, (desired, live) => {
        const isMissing = Object.keys(desired).some(
          (key) => !Object.hasOwn(live, key) || live[key] !== desired[key],
        );
        expect(paths(configMaps, { data: desired }, { data: live }).length > 0).toBe(isMissing);
      }),
    );
  });
});
