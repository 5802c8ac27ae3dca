// SPDX-License-Identifier: Apache-2.0
// Runs the published conformance suite of CEL (Google's data, packaged as @bufbuild/cel-spec).
import { tests as suite } from "@bufbuild/cel-spec/testdata/conformance.js";
import { equalValues } from "../src/cel/compare.js";
import { compileCel } from "../src/cel/compile.js";
import { dynType, typeName } from "../src/cel/types.js";
import { ArrayList, EntryMap, mapKey, TypeValue, Uint } from "../src/cel/values.js";
import type { CelValue, MapKey } from "../src/cel/values.js";
import { parseDuration, parseTimestamp } from "../src/cel/times.js";
import { arrayAt, isObject, objectAt, own, stringAt } from "../src/json.js";
import type { JsonObject } from "../src/json.js";

/** One test of the suite, with the names of its groups. */
export interface SuiteTest {
  readonly path: string;
  readonly test: JsonObject;
}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: unknown }[];
}

function flatten({ name, suites = [], tests = [] }: Suite, path: string): SuiteTest[] {
  const here = path === "" ? name : `${path}/${name}`;
  const own = tests.map(({ original }) => {
    const test = original as JsonObject;
    return { path: `${here}/${String(test["name"])}`, test };
  });
  return [...own, ...suites.flatMap((inner) => flatten(inner, here))];
}

/** All tests. */
export const suiteTests: readonly SuiteTest[] = flatten(suite, "").map(({ path, test }) => ({
  path: path.replace(/^conformance\//, ""),
  test,
}));

const specialNumbers: Readonly<Record<string, number>> = {
  NaN: NaN,
  Infinity: Infinity,
  "-Infinity": -Infinity,
};

/** The value that a test speaks of; undefined for messages, which are no part of Kubernetes' use. */
export function readValue(json: unknown): CelValue | undefined {
  if (!isObject(json)) return undefined;
  const [kind = ""] = Object.keys(json);
  const value = json[kind];
  switch (kind) {
    case "int64Value":
      return BigInt(String(value));
    case "uint64Value":
      return new Uint(BigInt(String(value)));
    case "doubleValue":
      return typeof value === "number" ? value : specialNumbers[String(value)];
    case "stringValue":
    case "boolValue":
      return value as string | boolean;
    case "nullValue":
      return null;
    case "bytesValue":
      return new Uint8Array(Buffer.from(String(value), "base64"));
    case "typeValue":
      return new TypeValue(String(value));
    case "listValue":
      return readList(value);
    case "mapValue":
      return readMap(value);
    case "objectValue":
      return readMessage(value);
    default:
      return undefined;
  }
}

function readList(json: unknown): CelValue | undefined {
  const items = arrayAt(json, "values").map(readValue);
  return items.every((item) => item !== undefined) ? new ArrayList(items) : undefined;
}

function readMap(json: unknown): CelValue | undefined {
  const entries = new Map<MapKey, readonly [CelValue, CelValue]>();
  for (const entry of arrayAt(json, "entries")) {
    const [key, value] = [readValue(own(entry, "key")), readValue(own(entry, "value"))];
    const name = key === undefined ? undefined : mapKey(key);
    if (key === undefined || value === undefined || name === undefined) return undefined;
    entries.set(name, [key, value]);
  }
  return new EntryMap(entries);
}

function readMessage(json: unknown): CelValue | undefined {
  const type = stringAt(json, "@type") ?? "";
  const text = stringAt(json, "value") ?? "";
  if (type.endsWith("google.protobuf.Duration")) return parseDuration(text);
  if (type.endsWith("google.protobuf.Timestamp")) return parseTimestamp(text);
  return undefined;
}

/** Whether the evaluator does what a test says; a reason when it does not. */
export function runSuiteTest({ test }: SuiteTest): "passed" | string {
  const variables: [string, CelValue][] = [];
  const bindings = objectAt(test, "bindings") ?? {};
  for (const name of Object.keys(bindings)) {
    const value = readValue(own(bindings[name], "value"));
    if (value === undefined) return "has a message as a variable";
    variables.push([name, value]);
  }
  const types = variables.map(([name]) => [name, dynType] as const);
  const program = compileCel(String(test["expr"]), types, { homogeneous: false });
  const fails = own(test, "evalError") !== undefined || own(test, "anyEvalErrors") !== undefined;
  if ("issues" in program) return fails ? "passed" : program.issues;
  const deduced = objectAt(test, "typedResult", "deducedType");
  if (deduced !== undefined && deducedName(deduced) !== typeName(program.type)) {
    return `has the type ${typeName(program.type)}, not ${deducedName(deduced)}`;
  }
  if (test["checkOnly"] === true) return "passed";
  const outcome = program.run(
    variables.map(([, value]) => value),
    1e9,
  );
  if (fails) return outcome.kind === "error" ? "passed" : "did not fail";
  if (outcome.kind !== "value") return outcome.message;
  return compare(test, outcome.value);
}

const scalarNames: Readonly<Record<string, string>> = { INT64: "int", UINT64: "uint" };

/** The name of a type of the suite, as messages show types. */
function deducedName(type: JsonObject): string {
  const [kind = ""] = Object.keys(type);
  const inner = (...path: string[]): string => deducedName(objectAt(type, ...path) ?? {});
  if (kind === "primitive") {
    const name = String(type[kind]);
    return scalarNames[name] ?? name.toLowerCase();
  }
  if (kind === "listType") return `list(${inner(kind, "elemType")})`;
  if (kind === "mapType") return `map(${inner(kind, "keyType")}, ${inner(kind, "valueType")})`;
  if (kind === "abstractType") {
    const [part] = arrayAt(type, kind, "parameterTypes");
    return `${String(stringAt(type, kind, "name"))}(${deducedName((part ?? {}) as JsonObject)})`;
  }
  return kind;
}

function compare(test: JsonObject, found: CelValue): "passed" | string {
  const typed = objectAt(test, "typedResult");
  const json = own(test, "value") ?? own(typed, "result");
  const wanted = json === undefined ? true : readValue(json);
  if (wanted === undefined) return "results in a message";
  const isNaN = Number.isNaN(wanted) && Number.isNaN(found);
  return isNaN || equalValues(wanted, found) ? "passed" : "has another value";
}
