// SPDX-License-Identifier: Apache-2.0
// Paths of fields as definitions write them (`.spec.size`, `.spec['a-b']`): fieldPath of rules,
// selectable fields.
import type { Schema } from "./schema.js";

/** A path that leads to a field of a schema, or why it does not. */
export type FieldPath =
  { readonly path: string; readonly schema: Schema } | { readonly error: string };

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

/** Delimiters, quoted names and the texts between them. */
function tokensOf(text: string): string[] {
  return text.match(/[.[\]]|'(?:\\.|[^'\\])*'?|[^.[\]]+/gs) ?? [];
}

function unquote(token: string): string | undefined {
  if (!/^'.*'$/s.test(token) || token.length < 2) return undefined;
  let isValid = true;
  const name = token.slice(1, -1).replace(/\\(.)/gs, (_all, letter: string) => {
    const point = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    isValid &&= point !== undefined;
    return point ?? "";
  });
  return isValid ? name : undefined;
}

/** Walks a schema along a path. */
class Walk {
  path = "";
  schema: Schema;
  constructor(schema: Schema) {
    this.schema = schema;
  }

  /** Goes one step; returns what is wrong with it. */
  step(name: string): string | undefined {
    const { properties, additionalProperties } = this.schema;
    if (properties !== undefined) {
      const field = properties.get(name);
      if (field === undefined) return "does not refer to a valid field";
      this.schema = field;
      this.path = this.path === "" ? name : `${this.path}.${name}`;
      return undefined;
    }
    if (additionalProperties === undefined) return "does not refer to a valid field";
    this.schema = additionalProperties;
    this.path = `${this.path}[${name}]`;
    return undefined;
  }
}

/** Reads a path and follows it. */
export function readFieldPath(text: string, schema: Schema, withBrackets = true): FieldPath {
  const walk = new Walk(schema);
  const tokens = tokensOf(text);
  for (let at = 0; at < tokens.length;) {
    const [mark, name, close] = tokens.slice(at, at + 3);
    if (mark !== "." && mark !== "[") return { error: `expected [ or . but got: ${mark ?? ""}` };
    if (mark === "[" && !withBrackets) return { error: "array notation is not allowed" };
    if (name === undefined) return { error: "unexpected end of JSON path" };
    const field = mark === "[" ? unquote(name) : name;
    if (field === undefined) return { error: `expected single quoted string but got ${name}` };
    const why = walk.step(field);
    if (why !== undefined) return { error: why };
    if (mark === "[" && close !== "]") {
      return {
        error: close === undefined ? "unexpected end of JSON path" : `expected ] but got ${close}`,
      };
    }
    at += mark === "[" ? 3 : 2;
  }
  return { path: walk.path, schema: walk.schema };
}
