// SPDX-License-Identifier: Apache-2.0
// Checks the rules of a definition when it is written: they must compile, cost little enough in the
// worst case, and use oldSelf only where old and new values can be told to belong together.
import { declaredType, maxRequestBytes, ruleSchema } from "../cel/schema-types.js";
import type { DeclaredType } from "../cel/schema-types.js";
import { unbounded } from "../cel/estimate.js";
import { forbiddenField, invalid, notSupported, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { readFieldPath } from "./field-path.js";
import { compileRule, rulesOf } from "./rules.js";
import type { CompiledRule, Rule } from "./rules.js";
import type { Schema } from "./schema.js";

/** Largest estimate of one expression, and of all in a schema. Source: API server. */
const expressionLimit = 10_000_000;
const schemaLimit = 100_000_000;

const reasons = [
  "FieldValueDuplicate",
  "FieldValueForbidden",
  "FieldValueInvalid",
  "FieldValueRequired",
];

/** Where a schema stands in its definition. */
interface Place {
  readonly path: string;
  readonly isRoot: boolean;
  /** How often values of the schema can occur in an object; undefined when nothing bounds it. */
  readonly count: number | undefined;
  /** The nearest list or map whose items have no identity. */
  readonly uncorrelated: string | undefined;
}

/** Checks how all rules of a schema are written, without compiling them. */
export function checkAllRuleTexts(schema: Schema, path: string, isRoot = true): FieldError[] {
  const below = (part: Schema | undefined, name: string): FieldError[] =>
    part === undefined
      ? []
      : checkAllRuleTexts(part, `${path}.${name}`, part.embeddedResource === true);
  return [
    ...checkRuleTexts(schema, path, isRoot),
    ...[...(schema.properties ?? [])].flatMap(([name, field]) =>
      below(field, `properties[${name}]`),
    ),
    ...below(schema.additionalProperties, "additionalProperties"),
    ...below(schema.items, "items"),
  ];
}

function checkRuleTexts(schema: Schema, path: string, isRoot: boolean): FieldError[] {
  const seen = ruleSchema(schema, isRoot);
  return rulesOf(schema).flatMap((rule, index) =>
    textFaults(rule, `${path}.x-kubernetes-validations[${index}]`, seen),
  );
}

const hasLineBreak = (text: string): boolean => text.includes("\n");

function textFaults(rule: Rule, path: string, schema: Schema): FieldError[] {
  const errors: FieldError[] = [...messageFaults(rule, path)];
  if (rule.messageExpression !== "" && rule.messageExpression.trim() === "") {
    const why = "messageExpression must be non-empty if specified";
    errors.push(required(`${path}.messageExpression`, why));
  }
  if (rule.reason !== undefined && !reasons.includes(rule.reason)) {
    errors.push(notSupported(`${path}.reason`, rule.reason, reasons));
  }
  const field = (why: string): number =>
    errors.push(invalid(`${path}.fieldPath`, rule.fieldPath, why));
  if (rule.fieldPath !== "" && rule.fieldPath.trim() === "")
    field("must be non-empty if specified");
  if (hasLineBreak(rule.fieldPath)) field("must not contain line breaks");
  if (rule.fieldPath !== "" && "error" in readFieldPath(rule.fieldPath, schema)) {
    field("must be a valid path");
  }
  return errors;
}

function messageFaults({ rule, message }: Rule, path: string): FieldError[] {
  const trimmed = message.trim();
  if (rule.trim() === "") return [required(`${path}.rule`, "rule is not specified")];
  if (message !== "" && trimmed === "") {
    return [invalid(`${path}.message`, message, "must be non-empty if specified")];
  }
  if (hasLineBreak(trimmed)) {
    return [invalid(`${path}.message`, message, "must not contain line breaks")];
  }
  if (hasLineBreak(rule.trim()) && trimmed === "") {
    return [required(`${path}.message`, "message must be specified if rule contains line breaks")];
  }
  return [];
}

/** Findings on the rules of a definition's schema. */
export function checkRuleDefinitions(schema: Schema, path: string): FieldError[] {
  const check = new RuleCheck();
  check.visit(schema, { path, isRoot: true, count: 1, uncorrelated: undefined });
  return [...check.errors, ...check.totalFaults(path)];
}

class RuleCheck {
  readonly errors: FieldError[] = [];
  #total = 0;
  #dearest: { readonly path: string; readonly cost: number }[] = [];

  visit(schema: Schema, place: Place): void {
    const { path, uncorrelated } = place;
    const type = declaredType(schema, place.isRoot);
    if (type !== undefined) this.#rules(schema, type, place);
    for (const [name, field] of schema.properties ?? []) {
      this.#below(field, { ...place, path: `${path}.properties[${name}]` });
    }
    const { additionalProperties: values, items } = schema;
    if (values !== undefined) {
      const count = multiply(place.count, schema.maxProperties);
      this.#below(values, { ...place, path: `${path}.additionalProperties`, count });
    }
    if (items === undefined) return;
    const count = multiply(place.count, schema.maxItems);
    const lost = schema.listType === "map" ? uncorrelated : (uncorrelated ?? path);
    this.#below(items, { ...place, path: `${path}.items`, count, uncorrelated: lost });
  }

  #below(schema: Schema, place: Place): void {
    this.visit(schema, { ...place, isRoot: schema.embeddedResource === true });
  }

  #rules(schema: Schema, type: DeclaredType, place: Place): void {
    const seen = ruleSchema(schema, place.isRoot);
    rulesOf(schema).forEach((source, index) => {
      const rule = compileRule(source, type.type, seen);
      this.#rule(rule, `${place.path}.x-kubernetes-validations[${index}]`, type, place);
    });
  }

  #rule(rule: CompiledRule, path: string, type: DeclaredType, place: Place): void {
    const { source, error, messageError, message } = rule;
    // Values of unknown number are as many as fit into a request.
    const count = place.count ?? Math.floor(maxRequestBytes / (type.minBytes + 1));
    const cost = Math.min((rule.program?.maxCost ?? 0) * count, unbounded);
    this.#observe(`${path}.rule`, cost, "estimated rule cost");
    if (error !== undefined) this.errors.push(wrongRule(`${path}.rule`, source, error));
    if (messageError !== undefined) {
      this.errors.push(wrongRule(`${path}.messageExpression`, source, messageError));
    } else if (message !== undefined) {
      this.#observe(
        `${path}.messageExpression`,
        message.maxCost,
        "estimated messageExpression cost",
      );
    }
    if (error !== undefined) return;
    if (rule.usesOldSelf && place.uncorrelated !== undefined) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`;
      this.errors.push(invalid(`${path}.rule`, source.rule, why));
    }
    if (!rule.usesOldSelf && source.optionalOldSelf !== undefined) {
      const why = "may not be set if oldSelf is not used in rule";
      this.errors.push(invalid(`${path}.optionalOldSelf`, source.optionalOldSelf, why));
    }
  }

  #observe(path: string, cost: number, name: string): void {
    if (cost > expressionLimit) {
      this.errors.push(forbiddenField(path, costText(name, cost, expressionLimit)));
    }
    this.#total = Math.min(this.#total + cost, unbounded);
    // What is less than a hundredth of the limit is not the reason.
    if (cost < schemaLimit / 100) return;
    this.#dearest = [...this.#dearest, { path, cost }].sort((a, b) => b.cost - a.cost).slice(0, 4);
  }

  /** Findings on all rules together. */
  totalFaults(path: string): FieldError[] {
    if (this.#total <= schemaLimit) return [];
    const part =
      "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...this.#dearest.map((rule) => forbiddenField(rule.path, part)),
      forbiddenField(path, costText(name, this.#total, schemaLimit)),
    ];
  }
}

function multiply(count: number | undefined, bound: number | undefined): number | undefined {
  return count === undefined || bound === undefined
    ? undefined
    : Math.min(count * bound, unbounded);
}

function costText(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown =
    factor > 100
      ? "more than 100x"
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`;
  return (
    `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, ` +
    "maxProperties, and maxLength where arrays, maps, and strings are declared)"
  );
}

/** The whole rule is shown as the wrong value, with the names and escapes of its Go form. */
function wrongRule(field: string, rule: Rule, why: string): FieldError {
  const value = JSON.stringify({
    Rule: rule.rule,
    Message: rule.message,
    MessageExpression: rule.messageExpression,
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath,
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  }).replace(
    /[<>&\u2028\u2029]/g,
    (point) => `\\u${point.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { field, reason: "FieldValueInvalid", detail: `: ${value}: ${why}` };
}
