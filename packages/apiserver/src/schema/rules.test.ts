// SPDX-License-Identifier: Apache-2.0
// Validation rules (CEL) of custom resources: what is refused when the definition is written, and what
// when objects are.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { crdsPath, TestApi, widget, widgetCrd, widgets } from "../../test/api.js";
import type { Answer } from "../../test/api.js";
import type { JsonObject } from "../index.js";

type Change = (spec: JsonObject) => void;

/** The definition with rules and fields in the schema of `spec`. */
function crdWith(change: Change): JsonObject {
  return widgetCrd((version) => {
    const { openAPIV3Schema } = version["schema"] as { openAPIV3Schema: JsonObject };
    const { spec } = openAPIV3Schema["properties"] as { spec: JsonObject };
    change(spec);
  });
}

const rules = (...list: (string | JsonObject)[]): JsonObject => ({
  "x-kubernetes-validations": list.map((rule) => (typeof rule === "string" ? { rule } : rule)),
});

const field = (spec: JsonObject, name: string): JsonObject =>
  (spec["properties"] as Record<string, JsonObject>)[name] as JsonObject;

const causes = (answer: Answer): string[] =>
  answer.body.details.causes.map((cause) => `${String(cause.field)}: ${String(cause.message)}`);

const at = "spec.validation.openAPIV3Schema.properties[spec]";

describe("a definition with rules", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterAll(() => api.close());

  const refusedFor = async (change: Change): Promise<string[]> => {
    const answer = await api.post(`${crdsPath}?dryRun=All`, crdWith(change));
    expect([answer.status, answer.body.reason]).toEqual([422, "Invalid"]);
    return causes(answer);
  };

  it("is refused with a field that is not there, and shows the place", async () => {
    const [text] = await refusedFor((spec) => Object.assign(spec, rules("self.nope > 1")));
    expect(text).toBe(
      `${at}.x-kubernetes-validations[0].rule: Invalid value: ` +
        '{"Rule":"self.nope \\u003e 1","Message":"","MessageExpression":"","Reason":null,' +
        '"FieldPath":"","OptionalOldSelf":null}: compilation failed: ' +
        "ERROR: <input>:1:5: undefined field 'nope'\n | self.nope > 1\n | ....^",
    );
  });

  const refused: [string, Change, string][] = [
    ["syntax", (spec) => Object.assign(spec, rules("self.size >")), "Syntax error"],
    [
      "another type than bool",
      (spec) => Object.assign(spec, rules("self.size")),
      "must evaluate to a bool",
    ],
    [
      "an operator of other types",
      (spec) => Object.assign(spec, rules("self.size == 'a'")),
      "found no matching overload for '_==_' applied to '(int, string)'",
    ],
    [
      "an unknown function",
      (spec) => Object.assign(spec, rules("frob(self.size)")),
      "undeclared reference to 'frob' (in container '')",
    ],
    [
      "a pattern that RE2 refuses",
      (spec) => Object.assign(spec, rules("self.code.matches('(?=a)')")),
      "invalid matches argument",
    ],
    [
      "an empty rule",
      (spec) => Object.assign(spec, rules(" ")),
      "rule: Required value: rule is not specified",
    ],
    [
      "an unknown reason",
      (spec) => Object.assign(spec, rules({ rule: "true", reason: "Odd" })),
      'Unsupported value: "Odd": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
    ],
    [
      "a field path that leads nowhere",
      (spec) => Object.assign(spec, rules({ rule: "true", fieldPath: ".nope" })),
      'fieldPath: Invalid value: ".nope": must be a valid path',
    ],
    [
      "a message of several lines",
      (spec) => Object.assign(spec, rules({ rule: "true", message: "a\nb" })),
      "must not contain line breaks",
    ],
    [
      "a message expression that is no text",
      (spec) => Object.assign(spec, rules({ rule: "true", messageExpression: "self.size" })),
      "messageExpression must evaluate to a string",
    ],
    [
      "oldSelf on items without identity",
      (spec) =>
        Object.assign(field(spec, "plain")["items"] as JsonObject, rules("self == oldSelf")),
      `oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}.properties[plain]`,
    ],
    [
      "optionalOldSelf without oldSelf",
      (spec) => Object.assign(spec, rules({ rule: "true", optionalOldSelf: true })),
      "optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule",
    ],
    [
      "a rule over lists without bounds",
      (spec) => Object.assign(spec, rules("self.plain.all(x, self.plain.all(y, x == y))")),
      "estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
    ],
  ];
  it.each(refused)("is refused with %s", async (_title, change, text) => {
    expect((await refusedFor(change)).join("\n")).toContain(text);
  });

  it("is accepted with the same rule over lists with bounds", async () => {
    const answer = await api.post(
      `${crdsPath}?dryRun=All`,
      crdWith((spec) => {
        Object.assign(spec, rules("self.plain.all(x, self.plain.all(y, x == y))"));
        Object.assign(field(spec, "plain"), { maxItems: 10 });
        Object.assign(field(spec, "plain")["items"] as JsonObject, { maxLength: 10 });
      }),
    );
    expect(answer.status).toBe(201);
  });

  it("counts a rule as often as its lists can repeat it", async () => {
    const change: Change = (spec) => {
      const { items } = field(spec, "items") as { items: JsonObject };
      delete field(spec, "items")["maxItems"];
      Object.assign(items, rules("self.name.matches('^[a-z]+$')"));
    };
    expect((await refusedFor(change)).join("\n")).toContain("estimated rule cost exceeds budget");
  });

  it("is refused with patterns that RE2 refuses, in the engine's words", async () => {
    const texts = await refusedFor((spec) => Object.assign(field(spec, "code"), { pattern: "(" }));
    expect(texts).toEqual([
      `${at}.properties[code].pattern: Invalid value: "(": must be a valid regular expression, ` +
        "but isn't: error parsing regexp: missing closing ): `(`",
    ]);
  });
});

/** A server with the definition, and its objects checked against rules. */
async function serving(change: Change): Promise<TestApi> {
  const api = await TestApi.start();
  const answer = await api.post(crdsPath, crdWith(change));
  if (answer.status !== 201) throw new Error(answer.text);
  await api.server.settle();
  return api;
}

describe("an object under rules", () => {
  it("is refused with the message, reason and path that a rule names", async () => {
    const api = await serving((spec) => {
      Object.assign(
        spec,
        rules(
          { rule: "self.size < 5", message: " too large ", fieldPath: ".size" },
          {
            rule: "self.size != 4",
            messageExpression: "'not in ' + self.color",
            reason: "FieldValueForbidden",
          },
          { rule: "!has(self.code) || self.code != 'x'", reason: "FieldValueDuplicate" },
        ),
      );
      Object.assign(field(spec, "code"), rules("self.startsWith('x')"));
    });
    expect(causes(await api.post(widgets, widget("a", { size: 9 })))).toEqual([
      "spec.size: Invalid value: too large",
    ]);
    expect(causes(await api.post(widgets, widget("a", { size: 4 })))).toEqual([
      "spec: Forbidden: not in red",
    ]);
    expect(causes(await api.post(widgets, widget("a", { size: 1, code: "y" })))).toEqual([
      `spec.code: Invalid value: "y": failed rule: self.startsWith('x')`,
    ]);
    const twice = await api.post(widgets, widget("a", { size: 1, code: "x" }));
    expect([causes(twice), twice.body.details.causes.map((cause) => cause.reason)]).toEqual([
      ["spec: Duplicate value"],
      ["FieldValueDuplicate"],
    ]);
    expect((await api.post(widgets, widget("a", { size: 1, code: "xy" }))).status).toBe(201);
    await api.close();
  });

  it("is not run through rules while its shape is wrong, and is told so", async () => {
    const api = await serving((spec) => Object.assign(spec, rules("self.size < 5")));
    expect(causes(await api.post(widgets, widget("a", { size: 1, code: 5 })))).toEqual([
      'spec.code: Invalid value: "integer": spec.code in body must be of type string: "integer"',
      "<nil>: Invalid value: null: some validation rules were not checked because the object was " +
        "invalid; correct the existing errors to complete validation",
    ]);
    await api.close();
  });

  it("is held to what it was by transition rules, on updates only", async () => {
    const api = await serving((spec) => {
      Object.assign(field(spec, "size"), rules({ rule: "self >= oldSelf", message: "only grows" }));
      Object.assign(
        field(spec, "items")["items"] as JsonObject,
        rules({ rule: "self.count >= oldSelf.count", message: "items only grow" }),
      );
    });
    const items = [{ name: "a", count: 2 }, { name: "b" }];
    expect((await api.post(widgets, widget("a", { size: 3, items }))).status).toBe(201);
    expect(causes(await api.patch(`${widgets}/a`, { spec: { size: 2 } }))).toEqual([
      "spec.size: Invalid value: 2: only grows",
    ]);
    // Items are told apart by their keys, wherever they stand.
    const moved = [{ name: "c" }, { name: "a", count: 1 }];
    expect(causes(await api.patch(`${widgets}/a`, { spec: { items: moved } }))).toEqual([
      "spec.items[1]: Invalid value: items only grow",
    ]);
    expect((await api.patch(`${widgets}/a`, { spec: { size: 4 } })).status).toBe(200);
    await api.close();
  });

  it("has an empty oldSelf on creation where a rule asks for an optional one", async () => {
    const rule = "oldSelf.hasValue() ? self.size > oldSelf.value().size : self.size == 1";
    const api = await serving((spec) =>
      Object.assign(spec, rules({ rule, optionalOldSelf: true, message: "one more each time" })),
    );
    expect((await api.post(widgets, widget("a", { size: 2 }))).status).toBe(422);
    expect((await api.post(widgets, widget("a", { size: 1 }))).status).toBe(201);
    expect((await api.patch(`${widgets}/a`, { spec: { size: 2 } })).status).toBe(200);
    expect((await api.patch(`${widgets}/a`, { spec: { size: 1 } })).status).toBe(422);
    await api.close();
  });

  it("keeps an unchanged value that a newer rule refuses, with a warning", async () => {
    const api = await serving(() => undefined);
    await api.post(widgets, widget("old", { size: 9, code: "abc" }));
    const crd = crdWith((spec) => {
      Object.assign(field(spec, "size"), rules({ rule: "self < 5", message: "small" }));
    });
    await api.patch(`${crdsPath}/widgets.lab.example.com`, { spec: crd["spec"] });
    await api.server.settle();
    const kept = await api.patch(`${widgets}/old`, { spec: { code: "abd" } });
    expect([kept.status, kept.headers.get("warning")]).toEqual([
      200,
      '299 - "spec.size: Invalid value: 9: small"',
    ]);
    expect((await api.patch(`${widgets}/old`, { spec: { size: 8 } })).status).toBe(422);
    expect((await api.post(widgets, widget("new", { size: 9 }))).status).toBe(422);
    await api.close();
  });

  it("sees its own name and generateName, and nothing else of its metadata", async () => {
    const onRoot = (rule: string): JsonObject =>
      widgetCrd((version) => {
        const { openAPIV3Schema } = version["schema"] as { openAPIV3Schema: JsonObject };
        Object.assign(openAPIV3Schema, rules(rule));
      });
    const api = await TestApi.start();
    const refused = await api.post(crdsPath, onRoot("self.metadata.labels.size() == 0"));
    expect(refused.body.message).toContain("undefined field 'labels'");
    await api.post(crdsPath, onRoot("self.metadata.name == self.spec.code"));
    await api.server.settle();
    expect((await api.post(widgets, widget("abc", { code: "abc" }))).status).toBe(201);
    const wrong = await api.post(widgets, widget("abd", { code: "abc" }));
    expect(causes(wrong)).toEqual([
      "<nil>: Invalid value: failed rule: self.metadata.name == self.spec.code",
    ]);
    await api.close();
  });
});
