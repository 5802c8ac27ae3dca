// SPDX-License-Identifier: Apache-2.0
// Checks what a version of a definition offers beside its schema: subresources, printer columns,
// selectable fields.
import { duplicate, invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import { readFieldPath } from "./field-path.js";
import { parseStructural } from "./structural.js";
import type { Schema } from "./schema.js";

const simplePath = "must be a simple json path starting with .";

function pathFaults(path: string, field: string, below: string): FieldError[] {
  if (!path.startsWith(".")) return [invalid(field, path, simplePath)];
  if (path.startsWith(`${below}.`) || path === below) return [];
  return [invalid(field, path, `should be a json path under ${below}`)];
}

/** Findings on the scale subresource. */
export function checkSubresources(version: unknown, path: string): FieldError[] {
  const scale = objectAt(version, "subresources", "scale");
  if (scale === undefined) return [];
  const base = `${path}.subresources.scale`;
  const errors: FieldError[] = [];
  for (const [name, below] of [
    ["specReplicasPath", ".spec"],
    ["statusReplicasPath", ".status"],
  ] as const) {
    const value = stringAt(scale, name) ?? "";
    if (value === "") errors.push(required(`${base}.${name}`));
    else errors.push(...pathFaults(value, `${base}.${name}`, below));
  }
  const selector = stringAt(scale, "labelSelectorPath") ?? "";
  const isFine =
    selector === "" || selector.startsWith(".spec.") || selector.startsWith(".status.");
  if (!isFine) {
    const why = "should be a json path under either .spec or .status";
    errors.push(invalid(`${base}.labelSelectorPath`, selector, why));
  }
  return errors;
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = [
  ...["byte", "date", "date-time", "double", "float", "int32", "int64", "password"],
];

/** Findings on printer columns. */
export function checkColumns(version: unknown, path: string): FieldError[] {
  return arrayAt(version, "additionalPrinterColumns").flatMap((column, index) => {
    const base = `${path}.additionalPrinterColumns[${index}]`;
    const errors: FieldError[] = [];
    if ((stringAt(column, "name") ?? "") === "") errors.push(required(`${base}.name`));
    const type = stringAt(column, "type") ?? "";
    if (type === "") {
      errors.push(required(`${base}.type`, `must be one of ${columnTypes.join(",")}`));
    } else if (!columnTypes.includes(type)) {
      errors.push(invalid(`${base}.type`, type, `must be one of ${columnTypes.join(",")}`));
    }
    const format = stringAt(column, "format") ?? "";
    if (format !== "" && !columnFormats.includes(format)) {
      const why = `must be one of ${columnFormats.join(",")}`;
      errors.push(invalid(`${base}.format`, format, why));
    }
    const jsonPath = stringAt(column, "jsonPath") ?? "";
    if (jsonPath === "") errors.push(required(`${base}.JSONPath`));
    else if (!jsonPath.startsWith(".")) {
      errors.push(invalid(`${base}.JSONPath`, jsonPath, simplePath));
    }
    return errors;
  });
}

/** Most fields that a version may be selected by. Source: API server. */
const maxSelectable = 8;

function isSelectable({ type, intOrString }: Schema): boolean {
  return intOrString !== true && ["string", "boolean", "integer"].includes(type ?? "");
}

/** Findings on selectable fields. */
export function checkSelectableFields(version: unknown, path: string): FieldError[] {
  const fields = arrayAt(version, "selectableFields");
  if (fields.length === 0) return [];
  const schema = parseStructural(own(objectAt(version, "schema"), "openAPIV3Schema"));
  const seen = new Set<string>();
  const errors = fields.flatMap((field, index) => {
    const text = stringAt(field, "jsonPath") ?? "";
    const where = `${path}.selectableFields[${index}].jsonPath`;
    if (text === "") return [required(where)];
    const found = readFieldPath(text, schema, false);
    if ("error" in found) return [invalid(where, text, `is an invalid path: ${found.error}`)];
    return selectableFaults(text, found, where, seen);
  });
  if (seen.size <= maxSelectable) return errors;
  const detail = `: ${seen.size}: must have at most ${maxSelectable} items`;
  return [...errors, { field: `${path}.selectableFields`, reason: "FieldValueTooMany", detail }];
}

function selectableFaults(
  text: string,
  found: { readonly path: string; readonly schema: Schema },
  where: string,
  seen: Set<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (/^metadata(\.|$)/.test(found.path)) {
    errors.push(invalid(where, text, "must not point to fields in metadata"));
  }
  if (!isSelectable(found.schema)) {
    const why =
      "must point to a field of type string, boolean or integer. Enum string fields and strings with " +
      "formats are allowed.";
    errors.push(invalid(where, text, why));
  }
  if (seen.has(found.path)) errors.push(duplicate(where, text));
  seen.add(found.path);
  return errors;
}
