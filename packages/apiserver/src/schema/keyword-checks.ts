// SPDX-License-Identifier: Apache-2.0
// Single keywords of a schema (length, range, pattern, size) with the API server's texts.
import type { FieldError } from "../field-error.js";
import { textSize } from "./text-size.js";
import { compilePattern, PatternError } from "./patterns.js";
import type { Schema } from "./schema.js";

const plain = (field: string, value: unknown, text: string): FieldError => ({
  field,
  reason: "FieldValueInvalid",
  detail: `: ${JSON.stringify(value)}: ${field} in body ${text}`,
});

/** The first finding on a string's length and pattern; length counts code points. */
export function stringFaults(value: string, schema: Schema, path: string): FieldError[] {
  const length = textSize(value);
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    const detail = `: may not be more than ${schema.maxLength} bytes`;
    return [{ field: path, reason: "FieldValueTooLong", detail }];
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    return [plain(path, value, `should be at least ${schema.minLength} chars long`)];
  }
  if (schema.pattern === undefined) return [];
  const pattern = compilePattern(schema.pattern);
  const isMatch = !(pattern instanceof PatternError) && pattern.matches(value);
  return isMatch ? [] : [plain(path, value, `should match '${schema.pattern}'`)];
}

/** Findings on a number's range. */
export function numberFaults(value: number, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (maximum !== undefined) {
    const excluded = schema.exclusiveMaximum === true;
    if (excluded ? value >= maximum : value > maximum) {
      const text = excluded ? "should be less than" : "should be less than or equal to";
      errors.push(plain(path, value, `${text} ${maximum}`));
    }
  }
  if (minimum !== undefined) {
    const excluded = schema.exclusiveMinimum === true;
    if (excluded ? value <= minimum : value < minimum) {
      const text = excluded ? "should be greater than" : "should be greater than or equal to";
      errors.push(plain(path, value, `${text} ${minimum}`));
    }
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    errors.push(plain(path, value, `should be a multiple of ${multipleOf}`));
  }
  return errors;
}

/** Findings on the number of items. */
export function sizeFaults(
  count: number,
  minItems: number | undefined,
  maxItems: number | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (maxItems !== undefined && count > maxItems) {
    const detail = `: ${count}: must have at most ${maxItems} items`;
    errors.push({ field: path, reason: "FieldValueTooMany", detail });
  }
  if (minItems !== undefined && count < minItems) {
    errors.push(plain(path, count, `should have at least ${minItems} items`));
  }
  return errors;
}

/** Findings on the number of properties. */
export function objectFaults(count: number, schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { maxProperties, minProperties } = schema;
  if (maxProperties !== undefined && count > maxProperties) {
    const detail = `: ${count}: must have at most ${maxProperties} items`;
    errors.push({ field: path, reason: "FieldValueTooMany", detail });
  }
  if (minProperties !== undefined && count < minProperties) {
    errors.push(plain(path, count, `should have at least ${minProperties} properties`));
  }
  return errors;
}
