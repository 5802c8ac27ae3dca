// SPDX-License-Identifier: Apache-2.0
// The engine of validation rules, loaded when the first definition is written: a server without custom
// resources starts without it.
import type { FieldError } from "../field-error.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "./schema.js";

/** What the engine does for writes. */
export interface RuleEngine {
  /** Findings on an object by the rules of its schema. */
  readonly checkRules: (
    object: JsonObject,
    schema: Schema,
    errors: FieldError[],
    options: { old?: JsonObject | undefined; warnings?: string[] | undefined },
  ) => void;
  /** Findings on how the rules of a definition are written. */
  readonly checkAllRuleTexts: (schema: Schema, path: string) => FieldError[];
  /** Findings on what they mean and cost. */
  readonly checkRuleDefinitions: (schema: Schema, path: string) => FieldError[];
}

let engine: RuleEngine | undefined;
let loading: Promise<RuleEngine> | undefined;

/** Loads the engine; every write of a definition waits for this first. */
export async function loadRuleEngine(): Promise<void> {
  loading ??= import("./engine-parts.js");
  engine = await loading;
}

/** The engine. @throws Error when it was not loaded, which is a fault of the server's own. */
export function ruleEngine(): RuleEngine {
  if (engine !== undefined) return engine;
  throw new Error("Running validation rules failed: their engine is not loaded.");
}

const known = new WeakMap<Schema, boolean>();

/** Whether a schema has rules anywhere. */
export function hasRules(schema: Schema): boolean {
  const answer = known.get(schema);
  if (answer !== undefined) return answer;
  const found =
    (schema.validations?.length ?? 0) > 0 ||
    [...(schema.properties?.values() ?? [])].some(hasRules) ||
    [schema.additionalProperties, schema.items].some(
      (part) => part !== undefined && hasRules(part),
    ) ||
    (schema.allOf ?? []).some(hasRules);
  known.set(schema, found);
  return found;
}
