// SPDX-License-Identifier: Apache-2.0
// Runs the rules of a schema on an object, with a budget for all of them, and words their findings.
import type { Outcome, Program } from "../cel/compile.js";
import { valueOfJson } from "../cel/json-values.js";
import { CelError, Optional } from "../cel/values.js";
import type { CelValue } from "../cel/values.js";
import { duplicate, fieldErrorMessage, forbiddenField, invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { isObject, own } from "../json.js";
import type { JsonObject } from "../json.js";
import { Correlation, oldItem } from "./correlation.js";
import { callLimit, ruleTree } from "./rules.js";
import type { CompiledRule, Rule, RuleNode } from "./rules.js";
import type { Schema } from "./schema.js";

/** Most that all rules of one object may cost together. Source: API server. */
const objectBudget = 10_000_000;

/** Longest message that an expression may make. Source: API server. */
const maxMessageBytes = 5 * 1024;

/** Findings that make rules unsafe to run: fields may be missing or of another type. */
const blocking = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/**
 * Appends a finding for every rule that the object breaks.
 *
 * **Guarantees:** ends within a fixed budget whatever the rules are; a rule that broke before the
 * update on a value that did not change only warns.
 */
export function checkRules(
  object: JsonObject,
  schema: Schema,
  errors: FieldError[],
  { old, warnings = [] }: { old?: JsonObject | undefined; warnings?: string[] | undefined },
): void {
  const tree = ruleTree(schema);
  if (tree === undefined) return;
  if (errors.some(({ reason }) => blocking.has(reason))) {
    const why =
      "some validation rules were not checked because the object was invalid; correct the existing " +
      "errors to complete validation";
    errors.push(invalid("<nil>", null, why));
    return;
  }
  const run = new RuleRun(errors, warnings);
  run.visit(tree, "", object, old, Correlation.of(object, old));
}

const at = (path: string): string => (path === "" ? "<nil>" : path);
const child = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** One object's rules. */
class RuleRun {
  readonly #errors: FieldError[];
  readonly #warnings: string[];
  #budget = objectBudget;
  #stopped = false;

  constructor(errors: FieldError[], warnings: string[]) {
    this.#errors = errors;
    this.#warnings = warnings;
  }

  visit(
    node: RuleNode,
    path: string,
    value: unknown,
    old: unknown,
    correlation: Correlation,
  ): void {
    if (this.#stopped || value === null || value === undefined) return;
    this.#rules(node, path, value, old ?? undefined, correlation);
    for (const part of node.allOf) this.visit(part, path, value, old, correlation.ofParent);
    if (Array.isArray(value)) this.#items(node, path, value, old, correlation);
    else if (isObject(value)) this.#fields(node, path, value, old, correlation);
  }

  #items(
    { items, schema }: RuleNode,
    path: string,
    value: readonly unknown[],
    old: unknown,
    correlation: Correlation,
  ): void {
    if (items === undefined) return;
    value.forEach((item, index) => {
      const before = oldItem(item, old, schema);
      this.visit(items, `${path}[${index}]`, item, before, correlation.index(item, schema));
    });
  }

  #fields(
    { values, properties }: RuleNode,
    path: string,
    value: JsonObject,
    old: unknown,
    correlation: Correlation,
  ): void {
    for (const key of Object.keys(value)) {
      const field = properties.get(key);
      const next = correlation.key(key);
      if (field !== undefined) this.visit(field, child(path, key), value[key], own(old, key), next);
      else if (values !== undefined) {
        this.visit(values, `${path}[${key}]`, value[key], own(old, key), next);
      }
    }
  }

  #rules(
    node: RuleNode,
    path: string,
    value: unknown,
    old: unknown,
    correlation: Correlation,
  ): void {
    const values = new RuleValues(node, value, old);
    for (const rule of node.rules) {
      if (this.#stopped) return;
      this.#rule(rule, values, path, correlation);
    }
  }

  #rule(rule: CompiledRule, values: RuleValues, path: string, correlation: Correlation): void {
    const type = values.typeName;
    if (rule.error !== undefined) {
      this.#errors.push(invalid(at(path), type, `rule compile error: ${rule.error}`));
      return;
    }
    const { program, source } = rule;
    if (program === undefined) return;
    // Transition rules speak of a change: there is none without an old value.
    if (rule.usesOldSelf && !values.hasOld && source.optionalOldSelf !== true) return;
    const outcome = this.#evaluate(program, values, source.optionalOldSelf === true);
    if (outcome.kind === "value" && outcome.value === true) return;
    if (outcome.kind === "value") this.#broken(rule, values, path, correlation);
    else this.#failed(outcome, source, type, path);
  }

  #evaluate(program: Program, values: RuleValues, isOptional: boolean): Outcome {
    if (this.#budget <= 0) return budgetSpent;
    const input = values.read(isOptional);
    if ("error" in input) return { kind: "error", message: input.error, cost: 0 };
    const outcome = program.run(input.values, callLimit);
    if (outcome.cost > this.#budget) return budgetSpent;
    this.#budget -= outcome.cost;
    return outcome;
  }

  #failed(outcome: Outcome, rule: Rule, type: string, path: string): void {
    const message = outcome.kind === "value" ? "" : outcome.message;
    const name = (rule.message === "" ? rule.rule : rule.message).trim();
    if (outcome === budgetSpent) {
      this.#errors.push(invalid(at(path), type, message));
      this.#stopped = true;
    } else if (outcome.kind === "limit") {
      const why = `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
      this.#errors.push(invalid(at(path), type, why));
      this.#stopped = true;
    } else if (message.startsWith("no such overload")) {
      const why = `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`;
      this.#errors.push(invalid(at(path), type, why));
    } else {
      this.#errors.push(invalid(at(path), type, `${message} evaluating rule: ${name}`));
    }
  }

  #broken(rule: CompiledRule, values: RuleValues, path: string, correlation: Correlation): void {
    const where = at(rule.path === "" ? path : child(path, rule.path));
    const text = this.#message(rule, values, where);
    if (text === undefined) return;
    const error = findingOf(rule.source.reason, where, values.shown, text);
    if (rule.usesOldSelf || !correlation.isUnchanged) this.#errors.push(error);
    else this.#warnings.push(fieldErrorMessage(error));
  }

  /** The message of a broken rule; undefined when making it ended the run. */
  #message(
    { message, source }: CompiledRule,
    values: RuleValues,
    where: string,
  ): string | undefined {
    const written = source.message.trim();
    const fallback = written === "" ? `failed rule: ${source.rule.trim()}` : written;
    if (message === undefined) return fallback;
    const outcome = this.#evaluate(message, values, source.optionalOldSelf === true);
    if (outcome === budgetSpent || outcome.kind === "limit") {
      const why =
        outcome === budgetSpent
          ? "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run"
          : `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(source.messageExpression)}`;
      this.#errors.push(invalid(where, values.typeName, why));
      this.#stopped = true;
      return undefined;
    }
    const text = outcome.kind === "value" ? String(outcome.value).trim() : "";
    const isUsable =
      text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= maxMessageBytes;
    return isUsable ? text : fallback;
  }
}

const budgetSpent: Outcome = {
  kind: "limit",
  message:
    "validation failed due to running out of cost budget, no further validation rules will be run",
  cost: 0,
};

/** A finding with the reason that the rule names; objects and lists are not shown. */
function findingOf(
  reason: string | undefined,
  field: string,
  shown: { readonly value: unknown } | undefined,
  text: string,
): FieldError {
  if (reason === "FieldValueForbidden") return forbiddenField(field, text);
  if (reason === "FieldValueRequired") return required(field, text);
  if (reason === "FieldValueDuplicate") {
    return shown === undefined
      ? { field, reason: "FieldValueDuplicate", detail: "" }
      : duplicate(field, shown.value);
  }
  if (shown !== undefined) return invalid(field, shown.value, text);
  return { field, reason: "FieldValueInvalid", detail: `: ${text}` };
}

/** The variables of the rules at one place, read when the first rule needs them. */
class RuleValues {
  readonly #node: RuleNode;
  readonly #value: unknown;
  readonly #old: unknown;
  #self: CelValue | undefined;
  #oldSelf: CelValue | undefined;

  constructor(node: RuleNode, value: unknown, old: unknown) {
    this.#node = node;
    this.#value = value;
    this.#old = old === null ? undefined : old;
  }

  get hasOld(): boolean {
    return this.#old !== undefined;
  }

  get typeName(): string {
    return this.#node.schema.type ?? "";
  }

  get shown(): { readonly value: unknown } | undefined {
    const hidden = this.typeName === "object" || this.typeName === "array";
    return hidden ? undefined : { value: this.#value };
  }

  read(isOptional: boolean): { values: (CelValue | undefined)[] } | { error: string } {
    const { schema, isRoot } = this.#node;
    try {
      this.#self ??= valueOfJson(this.#value, schema, isRoot);
      if (this.hasOld) this.#oldSelf ??= valueOfJson(this.#old, schema, isRoot);
    } catch (error) {
      if (error instanceof CelError) return { error: error.message };
      throw error;
    }
    const old = this.#oldSelf;
    if (!isOptional) return { values: [this.#self, old] };
    return { values: [this.#self, old === undefined ? Optional.none : new Optional(old)] };
  }
}
