// SPDX-License-Identifier: Apache-2.0
// Regular expressions of schemas and rules, by RE2: the dialect of the API server, matched in linear
// time, so that no pattern and no text can hang the server.
import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

/** A compiled pattern. */
export interface Pattern {
  /** Whether the pattern matches anywhere in the text. */
  matches(text: string): boolean;
  /** Matches from left to right, at most so many (all when negative). */
  findAll(text: string, limit: number): string[];
}

/** A pattern that RE2 refuses; the message is the API server's. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PatternError";
  }
}

/** Compiled patterns kept at a time: schemas have few, rules may make them up. */
const maxKept = 1_000;

const compiled = new Map<string, Pattern | PatternError>();

let engine: typeof RE2JS | undefined;

/** The engine is loaded with the first pattern: a server without patterns starts without it. */
function loadEngine(): typeof RE2JS {
  engine ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  return engine;
}

function compile(source: string): Pattern | PatternError {
  const re2 = loadEngine();
  let program: RE2JS;
  try {
    program = re2.compile(source);
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (!name.startsWith("RE2JS")) throw error;
    return new PatternError((error as Error).message);
  }
  return {
    matches: (text) => program.test(text),
    findAll: (text, limit) => {
      const found: string[] = [];
      const matcher = program.matcher(text);
      while (found.length !== limit && matcher.find()) found.push(matcher.group() ?? "");
      return found;
    },
  };
}

/** Compiles a pattern, or tells why it is none. */
export function compilePattern(source: string): Pattern | PatternError {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const made = compile(source);
  const [oldest] = compiled.keys();
  if (compiled.size >= maxKept && oldest !== undefined) compiled.delete(oldest);
  compiled.set(source, made);
  return made;
}
