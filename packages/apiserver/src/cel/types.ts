// SPDX-License-Identifier: Apache-2.0
// The types of CEL expressions, what may stand for what, and their names in messages.

/** Types without parts. */
export type ScalarKind =
  | "dyn"
  | "null"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "duration"
  | "timestamp";

/** The type of an expression. `maxSize` bounds values that come from a schema. */
export type CelType =
  | { readonly kind: ScalarKind; readonly maxSize?: number }
  | { readonly kind: "list"; readonly element: CelType; readonly maxSize?: number }
  | {
      readonly kind: "map";
      readonly key: CelType;
      readonly value: CelType;
      readonly maxSize?: number;
    }
  | {
      readonly kind: "object";
      readonly name: string;
      readonly fields: ReadonlyMap<string, CelType>;
      readonly maxSize?: number;
    }
  | { readonly kind: "optional"; readonly value: CelType }
  | { readonly kind: "type"; readonly of: CelType }
  | { readonly kind: "opaque"; readonly name: string }
  /** A type variable of a function's signature. */
  | { readonly kind: "param"; readonly name: string };

const scalar = (kind: ScalarKind): CelType => ({ kind });

export const dynType: CelType = scalar("dyn");
export const boolType: CelType = scalar("bool");
export const intType: CelType = scalar("int");
export const uintType: CelType = scalar("uint");
export const doubleType: CelType = scalar("double");
export const stringType: CelType = scalar("string");
export const bytesType: CelType = scalar("bytes");
export const nullType: CelType = scalar("null");
export const durationType: CelType = scalar("duration");
export const timestampType: CelType = scalar("timestamp");

export const listOf = (element: CelType, maxSize?: number): CelType => ({
  kind: "list",
  element,
  ...(maxSize === undefined ? {} : { maxSize }),
});
export const mapOf = (key: CelType, value: CelType, maxSize?: number): CelType => ({
  kind: "map",
  key,
  value,
  ...(maxSize === undefined ? {} : { maxSize }),
});
export const optionalOf = (value: CelType): CelType => ({ kind: "optional", value });
export const typeOfType = (of: CelType): CelType => ({ kind: "type", of });

const scalarNames: Readonly<Record<ScalarKind, string>> = {
  dyn: "dyn",
  null: "null",
  bool: "bool",
  int: "int",
  uint: "uint",
  double: "double",
  string: "string",
  bytes: "bytes",
  duration: "google.protobuf.Duration",
  timestamp: "google.protobuf.Timestamp",
};

/** The name of a type as messages show it. */
export function typeName(type: CelType): string {
  switch (type.kind) {
    case "list":
      return `list(${typeName(type.element)})`;
    case "map":
      return `map(${typeName(type.key)}, ${typeName(type.value)})`;
    case "object":
    case "opaque":
    case "param":
      return type.name;
    case "optional":
      return `optional_type(${typeName(type.value)})`;
    case "type":
      return `type(${typeName(type.of)})`;
    default:
      return scalarNames[type.kind];
  }
}

/** What type variables stand for within one call. */
export type Bindings = Map<string, CelType>;

const nullable = new Set(["null", "duration", "timestamp", "object", "opaque", "optional"]);

/** Whether a value of the actual type may stand where the wanted type is asked for. */
export function accepts(wanted: CelType, actual: CelType, bindings: Bindings): boolean {
  if (wanted.kind === "param") return bind(wanted.name, actual, bindings);
  if (wanted.kind === "dyn" || actual.kind === "dyn" || actual.kind === "param") return true;
  if (actual.kind === "null" && nullable.has(wanted.kind)) return true;
  switch (wanted.kind) {
    case "list":
      return actual.kind === "list" && accepts(wanted.element, actual.element, bindings);
    case "map":
      return (
        actual.kind === "map" &&
        accepts(wanted.key, actual.key, bindings) &&
        accepts(wanted.value, actual.value, bindings)
      );
    case "optional":
      return actual.kind === "optional" && accepts(wanted.value, actual.value, bindings);
    case "type":
      return actual.kind === "type";
    case "object":
    case "opaque":
      return actual.kind === wanted.kind && actual.name === wanted.name;
    default:
      return actual.kind === wanted.kind;
  }
}

function bind(name: string, actual: CelType, bindings: Bindings): boolean {
  const bound = bindings.get(name);
  if (bound === undefined) {
    bindings.set(name, actual);
    return true;
  }
  if (accepts(bound, actual, new Map())) {
    if (isLoose(actual) && !isLoose(bound)) bindings.set(name, actual);
    return true;
  }
  if (!accepts(actual, bound, new Map())) return false;
  bindings.set(name, actual);
  return true;
}

/** Types with a part that may be anything: an empty list, a dyn. */
function isLoose(type: CelType): boolean {
  return type.kind === "dyn";
}

/** A type with its variables replaced; unbound ones may be anything. */
export function substitute(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case "param":
      return bindings.get(type.name) ?? dynType;
    case "list":
      return { ...type, element: substitute(type.element, bindings) };
    case "map":
      return {
        ...type,
        key: substitute(type.key, bindings),
        value: substitute(type.value, bindings),
      };
    case "optional":
      return optionalOf(substitute(type.value, bindings));
    case "type":
      return typeOfType(substitute(type.of, bindings));
    default:
      return type;
  }
}

/** Whether a type may turn out to be any: of items of an empty list nothing is known either. */
export function isOpen({ kind }: CelType): boolean {
  return kind === "dyn" || kind === "param";
}

/** Whether two types are the same, sizes aside. */
export function sameType(left: CelType, right: CelType): boolean {
  return typeName(left) === typeName(right);
}

/** The one type of several parts: theirs when they agree, else dyn. */
export function joinTypes(types: readonly CelType[]): CelType {
  const [first, ...rest] = types;
  if (first === undefined) return { kind: "param", name: "empty" };
  let joined = first;
  for (const type of rest) {
    if (accepts(joined, type, new Map())) {
      if (joined.kind === "null") joined = type;
      continue;
    }
    if (!accepts(type, joined, new Map())) return dynType;
    joined = type;
  }
  return joined;
}

/** Whether sizes of such values are always 1. */
export function isScalar({ kind }: CelType): boolean {
  return ["bool", "int", "uint", "double", "duration", "timestamp"].includes(kind);
}
