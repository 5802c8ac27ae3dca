// SPDX-License-Identifier: Apache-2.0
// The built-in predicates, one table each (stage 2: predicate).
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, type KubernetesObject } from "@haversack/core";
import { event } from "../../test/fake-informers.js";
import { explain } from "../predicate-gate.js";
import type { Predicate } from "../predicate.js";
import {
  annotationChanged,
  annotationsChanged,
  becameReady,
  conditionChanged,
  deletionStarted,
  fieldSelected,
  finalizersChanged,
  generationChanged,
  isReady,
  labelChanged,
  labelled,
  labelsChanged,
  notCausedBy,
  ownerChanged,
  readinessChanged,
  resourceVersionChanged,
  specChanged,
  statusChanged,
} from "./index.js";

type Loose = Record<string, unknown>;

/** An object from its metadata and the rest. */
function object(metadata: Loose, rest: Loose = {}): KubernetesObject {
  return { metadata: { name: "x", uid: "u", ...metadata }, ...rest };
}

function passes(predicate: Predicate, old: KubernetesObject, after: KubernetesObject): boolean {
  return explain(predicate, event({ type: "modified", old, new: after })).passed;
}

describe("generationChanged", () => {
  it("passes when the generation changed, not when only status or metadata did", () => {
    const before = object({ generation: 1, resourceVersion: "1" }, { spec: { a: 1 } });
    const status = object({ generation: 1, resourceVersion: "2" }, { spec: { a: 1 }, status: {} });
    const label = object({ generation: 1, labels: { a: "b" } }, { spec: { a: 1 } });
    expect(passes(generationChanged, before, object({ generation: 2 }))).toBe(true);
    expect(passes(generationChanged, before, status)).toBe(false);
    expect(passes(generationChanged, before, label)).toBe(false);
  });

  it("compares the content of kinds without a generation", () => {
    const before = object({ resourceVersion: "1" }, { data: { a: "1" } });
    expect(passes(generationChanged, before, object({}, { data: { a: "2" } }))).toBe(true);
    expect(passes(generationChanged, before, object({}, { data: { a: "1" }, type: "x" }))).toBe(
      true,
    );
    const same = object({ resourceVersion: "2", labels: { x: "y" } }, { data: { a: "1" } });
    expect(passes(generationChanged, before, same)).toBe(false);
  });

  it("passes every change where the cache keeps metadata only and there is no generation", () => {
    const before = object({ resourceVersion: "1" });
    expect(passes(generationChanged, before, object({ resourceVersion: "2" }))).toBe(true);
    expect(passes(generationChanged, before, object({ resourceVersion: "1" }))).toBe(false);
  });

  it("passes when deletion starts, with and without a generation", () => {
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    const data = { data: {} };
    expect(passes(generationChanged, object({}, data), object({ deletionTimestamp }, data))).toBe(
      true,
    );
    const before = object({ generation: 1 });
    expect(passes(generationChanged, before, object({ generation: 1, deletionTimestamp }))).toBe(
      true,
    );
  });

  it("sees keys called __proto__ and constructor", () => {
    const hostile = JSON.parse('{"data":{"__proto__":"1","constructor":"2"}}') as Loose;
    const other = JSON.parse('{"data":{"__proto__":"9","constructor":"2"}}') as Loose;
    expect(passes(generationChanged, object({}, hostile), object({}, other))).toBe(true);
    expect(passes(generationChanged, object({}, hostile), object({}, hostile))).toBe(false);
    expect(passes(generationChanged, object({}, hostile), object({}, { data: {} }))).toBe(true);
    const empty = JSON.parse('{"data":{"__proto__":{}}}') as Loose;
    expect(passes(generationChanged, object({}, empty), object({}, { data: { a: {} } }))).toBe(
      true,
    );
  });
});

describe("specChanged() and statusChanged()", () => {
  const before = object({}, { spec: { a: { b: 1 }, c: [1, 2] }, status: { phase: "x", n: 1 } });

  it("look at all of it, or at the paths given", () => {
    const spec = object({}, { spec: { a: { b: 2 }, c: [1, 2] }, status: { phase: "x", n: 1 } });
    expect(passes(specChanged(), before, spec)).toBe(true);
    expect(passes(specChanged("a.b"), before, spec)).toBe(true);
    expect(passes(specChanged("c", "d"), before, spec)).toBe(false);
    expect(passes(statusChanged(), before, spec)).toBe(false);
    const status = object({}, { spec: { a: { b: 1 }, c: [1, 2] }, status: { phase: "y", n: 1 } });
    expect(passes(statusChanged("phase"), before, status)).toBe(true);
    expect(passes(statusChanged("n"), before, status)).toBe(false);
    expect(passes(specChanged(), before, status)).toBe(false);
  });

  it("do not mind the order of keys, but that of arrays", () => {
    const turned = object({}, { status: { n: 1, phase: "x" }, spec: { c: [1, 2], a: { b: 1 } } });
    expect(passes(specChanged(), before, turned)).toBe(false);
    const swapped = object({}, { spec: { a: { b: 1 }, c: [2, 1] } });
    expect(passes(specChanged("c"), before, swapped)).toBe(true);
  });

  it("see parts that appear, go or change their type", () => {
    expect(passes(specChanged("a"), before, object({}, { spec: { c: [1, 2] } }))).toBe(true);
    expect(passes(specChanged("a.b"), before, object({}, { spec: { a: null } }))).toBe(true);
    expect(passes(statusChanged(), object({}), object({}, { status: {} }))).toBe(true);
  });

  it("say what changed", () => {
    const after = object({}, { spec: { a: { b: 2 } } });
    const changed = event({ type: "modified", old: before, new: after });
    expect(explain(specChanged("a", "c"), changed).because).toBe("changed: spec.a, spec.c");
  });
});

describe("metadata predicates", () => {
  it("labelsChanged, annotationsChanged and their named forms", () => {
    const before = object({ labels: { a: "1", b: "1" }, annotations: { a: "1", b: "1" } });
    const after = object({ labels: { a: "2", b: "1" }, annotations: { a: "1" } });
    expect(passes(labelsChanged, before, after)).toBe(true);
    expect(passes(labelChanged("a"), before, after)).toBe(true);
    expect(passes(labelChanged("b", "constructor"), before, after)).toBe(false);
    expect(passes(annotationsChanged, before, after)).toBe(true);
    expect(passes(annotationChanged("b"), before, after)).toBe(true);
    expect(passes(annotationChanged("a", "__proto__"), before, after)).toBe(false);
    expect(passes(labelsChanged, object({}), object({ labels: {} }))).toBe(false);
    expect(passes(annotationsChanged, before, before)).toBe(false);
  });

  it("ownerChanged minds who and who controls, not the order", () => {
    const owner = (uid: string, controller?: boolean): Loose => ({ uid, controller });
    const before = object({ ownerReferences: [owner("a", true), owner("b")] });
    const turned = object({ ownerReferences: [owner("b"), owner("a", true)] });
    const other = object({ ownerReferences: [owner("a"), owner("b", true)] });
    expect(passes(ownerChanged, before, turned)).toBe(false);
    expect(passes(ownerChanged, before, other)).toBe(true);
    expect(passes(ownerChanged, before, object({}))).toBe(true);
  });

  it("deletionStarted passes once", () => {
    const going = object({ deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(passes(deletionStarted, object({}), going)).toBe(true);
    expect(passes(deletionStarted, going, going)).toBe(false);
  });

  it("finalizersChanged and resourceVersionChanged", () => {
    const before = object({ finalizers: ["a"], resourceVersion: "1" });
    expect(passes(finalizersChanged, before, object({ finalizers: ["a", "b"] }))).toBe(true);
    expect(passes(finalizersChanged, before, before)).toBe(false);
    expect(passes(resourceVersionChanged, before, object({ resourceVersion: "2" }))).toBe(true);
    expect(passes(resourceVersionChanged, before, before)).toBe(false);
  });
});

describe("conditionChanged() and becameReady", () => {
  const condition = (type: string, status: string, rest: Loose = {}): Loose => ({
    status: {
      conditions: [
        { type: "Other", status: "True" },
        { type, status, ...rest },
      ],
    },
  });

  it("mind what a condition says, not when", () => {
    const before = object({}, condition("Ready", "False", { lastTransitionTime: "1" }));
    const later = object({}, condition("Ready", "False", { lastTransitionTime: "2" }));
    const ready = object({}, condition("Ready", "True"));
    expect(passes(conditionChanged("Ready"), before, later)).toBe(false);
    expect(passes(conditionChanged("Ready"), before, ready)).toBe(true);
    expect(passes(conditionChanged("Other"), before, ready)).toBe(false);
    expect(passes(conditionChanged("Ready"), object({}), before)).toBe(true);
    expect(passes(becameReady, before, ready)).toBe(true);
    expect(passes(becameReady, ready, before)).toBe(false);
    expect(passes(readinessChanged, ready, before)).toBe(true);
  });

  it("isReady reads conditions, replicas, phases, and waits for the controller", () => {
    const replicas = (ready: number, rest: Loose = {}): KubernetesObject =>
      object(
        { generation: 2 },
        { spec: { replicas: 3 }, status: { readyReplicas: ready, ...rest } },
      );
    expect(isReady(replicas(3))).toBe(true);
    expect(isReady(replicas(2))).toBe(false);
    expect(isReady(replicas(3, { observedGeneration: 1 }))).toBe(false);
    expect(isReady(object({}, { status: { desiredNumberScheduled: 2, numberReady: 2 } }))).toBe(
      true,
    );
    expect(isReady(object({}, { status: { phase: "Bound" } }))).toBe(true);
    expect(isReady(object({}, { status: { phase: "Pending" } }))).toBe(false);
    expect(isReady(object({}, condition("Available", "True")))).toBe(true);
    expect(isReady(object({}, condition("Complete", "False")))).toBe(false);
    expect(isReady(object({}, { status: { conditions: [null, "x"] } }))).toBe(false);
    expect(isReady(object({}))).toBe(false);
  });
});

describe("notCausedBy()", () => {
  const entry = (manager: string, time: string, fields: Loose = {}): Loose => ({
    manager,
    operation: "Apply",
    time,
    fieldsV1: fields,
  });
  const at = (resourceVersion: string, ...managedFields: Loose[]): KubernetesObject =>
    object({ resourceVersion, managedFields });
  const mine = notCausedBy("me");
  const before = at("1", entry("me", "1"), entry("kubelet", "1"));

  it("holds back what only this manager wrote", () => {
    expect(passes(mine, before, at("2", entry("me", "2"), entry("kubelet", "1")))).toBe(false);
    expect(passes(mine, before, at("2", entry("me", "1", { a: {} }), entry("kubelet", "1")))).toBe(
      false,
    );
  });

  it("passes what another wrote too, also by giving up fields", () => {
    expect(passes(mine, before, at("2", entry("me", "2"), entry("kubelet", "2")))).toBe(true);
    expect(passes(mine, before, at("2", entry("me", "1"), entry("kubelet", "2")))).toBe(true);
    expect(passes(mine, before, at("2", entry("me", "2")))).toBe(true);
  });

  it("passes what nobody seems to have written", () => {
    expect(passes(mine, before, at("2", entry("me", "1"), entry("kubelet", "1")))).toBe(true);
    expect(passes(mine, object({ resourceVersion: "1" }), object({ resourceVersion: "2" }))).toBe(
      true,
    );
    expect(passes(mine, before, before)).toBe(false);
  });

  it("asks the informer to keep managed fields, and says who wrote", () => {
    expect(mine.needs).toEqual({ managedFields: true });
    const after = at("2", entry("me", "2"), entry("kubelet", "1"));
    const written = event({ type: "modified", old: before, new: after });
    expect(explain(mine, written).because).toBe("written by me");
  });
});

describe("labelled() and fieldSelected()", () => {
  const matches = (selector: string, labels: Record<string, string>): boolean =>
    explain(labelled(selector), event({ type: "added", old: undefined, new: object({ labels }) }))
      .passed;

  it.each([
    ["app=db", { app: "db" }, true],
    ["app==db", { app: "web" }, false],
    ["app!=db", {}, true],
    ["app", { app: "" }, true],
    ["!app", { app: "" }, false],
    ["app in (db, web),tier=back", { app: "web", tier: "back" }, true],
    ["app in (db, web),tier=back", { app: "web" }, false],
    ["app notin (db)", {}, true],
    ["app notin (db)", { app: "db" }, false],
    ["constructor", {}, false],
  ])("%s on %j => %s", (selector, labels, expected) => {
    expect(matches(selector, labels as Record<string, string>)).toBe(expected);
  });

  it("passes what matched before or matches now", () => {
    const [inside, outside] = [object({ labels: { a: "b" } }), object({ labels: {} })];
    expect(passes(labelled("a=b"), inside, outside)).toBe(true);
    expect(passes(labelled("a=b"), outside, inside)).toBe(true);
    expect(passes(labelled("a=b"), outside, outside)).toBe(false);
    const gone = event({ type: "deleted", old: outside, new: undefined });
    expect(explain(labelled("a=b"), gone).passed).toBe(false);
  });

  it("selects by fields", () => {
    const secret = object({ name: "x" }, { type: "Opaque", spec: { on: true } });
    const added = event({ type: "added", old: undefined, new: secret });
    for (const [selector, expected] of [
      ["metadata.name=x,type!=other", true],
      ["metadata.name=y", false],
      ["spec.on=true", true],
      ["spec.missing=", true],
    ] as const)
      expect(explain(fieldSelected(selector), added).passed).toBe(expected);
  });

  it.each(["", "a=b,", "a=(b)", "in (a)", "a in b", "a b"])("refuses the selector %j", (text) => {
    expect(() => labelled(text)).toThrow(ConfigurationError);
  });

  it("refuses field selectors that are none", () => {
    expect(() => fieldSelected("metadata.name")).toThrow(ConfigurationError);
  });
});
