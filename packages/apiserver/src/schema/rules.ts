// SPDX-License-Identifier: Apache-2.0
// The rules of a schema (`x-kubernetes-validations`), compiled once, as a tree beside the schema's own.
import { compileCel } from "../cel/compile.js";
import type { Program } from "../cel/compile.js";
import { declaredType, ruleSchema } from "../cel/schema-types.js";
import { optionalOf } from "../cel/types.js";
import type { CelType } from "../cel/types.js";
import { isObject, own, stringAt } from "../json.js";
import { readFieldPath } from "./field-path.js";
import type { Schema } from "./schema.js";

/** Most that one evaluation may cost. Source: API server. */
export const callLimit = 1_000_000;

/** A rule as it is written. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string | undefined;
  readonly fieldPath: string;
  readonly optionalOldSelf: boolean | undefined;
}

/** A rule that can be run, or what is wrong with it. */
export interface CompiledRule {
  readonly source: Rule;
  readonly program: Program | undefined;
  /** Why there is no program. */
  readonly error: string | undefined;
  readonly message: Program | undefined;
  readonly messageError: string | undefined;
  readonly usesOldSelf: boolean;
  /** Path of the finding below the rule's own place. */
  readonly path: string;
}

/** The rules at one place of a schema, and those below. */
export interface RuleNode {
  readonly schema: Schema;
  readonly isRoot: boolean;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly values: RuleNode | undefined;
  readonly items: RuleNode | undefined;
  readonly allOf: readonly RuleNode[];
}

/** The rules that stand at a schema, as written. */
export function rulesOf(schema: Schema): readonly Rule[] {
  return (schema.validations ?? []).map((json) => ({
    rule: stringAt(json, "rule") ?? "",
    message: stringAt(json, "message") ?? "",
    messageExpression: stringAt(json, "messageExpression") ?? "",
    reason: stringAt(json, "reason"),
    fieldPath: stringAt(json, "fieldPath") ?? "",
    optionalOldSelf:
      isObject(json) && typeof own(json, "optionalOldSelf") === "boolean"
        ? (own(json, "optionalOldSelf") as boolean)
        : undefined,
  }));
}

/** Compiles one rule for values of a type. */
export function compileRule(source: Rule, type: CelType, schema: Schema): CompiledRule {
  const old = source.optionalOldSelf === true ? optionalOf(type) : type;
  const variables = [
    ["self", type],
    ["oldSelf", old],
  ] as const;
  const none = { source, program: undefined, error: undefined, message: undefined };
  const rest = { messageError: undefined, usesOldSelf: false, path: "" };
  if (source.rule.trim() === "") return { ...none, ...rest };
  const program = compileCel(source.rule, variables);
  if ("issues" in program) {
    const stage = program.isProgramFault === true ? "program instantiation" : "compilation";
    return { ...none, ...rest, error: `${stage} failed: ${program.issues}` };
  }
  if (program.type.kind !== "bool") {
    return { ...none, ...rest, error: "cel expression must evaluate to a bool" };
  }
  const path = readFieldPath(source.fieldPath, schema);
  return {
    ...none,
    ...compileMessage(source.messageExpression, variables),
    program,
    usesOldSelf: program.uses.has("oldSelf"),
    path: "path" in path ? path.path : "",
  };
}

function compileMessage(
  text: string,
  variables: readonly (readonly [string, CelType])[],
): Pick<CompiledRule, "message" | "messageError"> {
  if (text === "") return { message: undefined, messageError: undefined };
  const message = compileCel(text, variables);
  const failed = (messageError: string): Pick<CompiledRule, "message" | "messageError"> => ({
    message: undefined,
    messageError,
  });
  if ("issues" in message) {
    return failed(`messageExpression compilation failed: ${message.issues}`);
  }
  if (message.type.kind !== "string") {
    return failed("messageExpression must evaluate to a string");
  }
  return { message, messageError: undefined };
}

const trees = new WeakMap<Schema, { readonly tree: RuleNode | undefined }>();

/** The rules of a custom resource's schema; undefined when it has none. */
export function ruleTree(schema: Schema): RuleNode | undefined {
  const known = trees.get(schema);
  if (known !== undefined) return known.tree;
  const tree = buildNode(schema, schema, true);
  trees.set(schema, { tree });
  return tree;
}

/** Rules come from `source`; the values' shape from `schema` (they differ below allOf). */
function buildNode(source: Schema, schema: Schema, isRoot: boolean): RuleNode | undefined {
  const type = declaredType(schema, isRoot)?.type;
  const seen = ruleSchema(schema, isRoot);
  const rules =
    type === undefined ? [] : rulesOf(source).map((rule) => compileRule(rule, type, seen));
  const properties = new Map<string, RuleNode>();
  for (const [name, field] of source.properties ?? []) {
    const shape = schema.properties?.get(name);
    const node = shape === undefined ? undefined : buildNode(field, shape, isEmbedded(shape));
    if (node !== undefined) properties.set(name, node);
  }
  const below = (part: Schema | undefined, shape: Schema | undefined): RuleNode | undefined =>
    part === undefined || shape === undefined
      ? undefined
      : buildNode(part, shape, isEmbedded(shape));
  const values = below(source.additionalProperties, schema.additionalProperties);
  const items = below(source.items, schema.items);
  const allOf = (source.allOf ?? []).flatMap((part) => buildNode(part, schema, isRoot) ?? []);
  const isEmpty =
    rules.length === 0 &&
    properties.size === 0 &&
    values === undefined &&
    items === undefined &&
    allOf.length === 0;
  return isEmpty ? undefined : { schema, isRoot, rules, properties, values, items, allOf };
}

const isEmbedded = (schema: Schema): boolean => schema.embeddedResource === true;
