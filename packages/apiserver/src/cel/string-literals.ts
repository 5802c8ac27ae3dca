// SPDX-License-Identifier: Apache-2.0
// String and bytes literals of CEL: prefixes, quotes in threes, escapes.
import { CelSyntaxError } from "./syntax.js";
import type { Token } from "./lexer.js";

const simpleEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  "'": 39,
  '"': 34,
  "`": 96,
  "?": 63,
};

interface Opening {
  readonly raw: boolean;
  readonly bytes: boolean;
  readonly quote: string;
  readonly start: number;
}

/** Reads the prefix and the opening quote, when there is one. */
function readOpening(points: readonly string[], at: number): Opening | undefined {
  let raw = false;
  let bytes = false;
  let end = at;
  for (; end < at + 2; end++) {
    const letter = points[end]?.toLowerCase();
    if (letter === "r" && !raw) raw = true;
    else if (letter === "b" && !bytes) bytes = true;
    else break;
  }
  const mark = points[end];
  if (mark !== "'" && mark !== '"') return undefined;
  const isTriple = points[end + 1] === mark && points[end + 2] === mark;
  const quote = isTriple ? mark.repeat(3) : mark;
  return { raw, bytes, quote, start: end + quote.length };
}

/** The literal at a place and where it ends; undefined when none starts there. */
export function readLiteralText(
  points: readonly string[],
  at: number,
): [Token, number] | undefined {
  const opening = readOpening(points, at);
  if (opening === undefined) return undefined;
  const reader = new LiteralReader(points, at, opening);
  const end = reader.read();
  return [reader.token(), end];
}

class LiteralReader {
  readonly #points: readonly string[];
  readonly #start: number;
  readonly #opening: Opening;
  /** Code points of a string, byte values of bytes. */
  readonly #values: number[] = [];

  constructor(points: readonly string[], start: number, opening: Opening) {
    this.#points = points;
    this.#start = start;
    this.#opening = opening;
  }

  token(): Token {
    const position = this.#start;
    if (this.#opening.bytes) {
      return { kind: "bytes", text: "", position, bytes: Uint8Array.from(this.#values) };
    }
    let text = "";
    for (const value of this.#values) text += String.fromCodePoint(value);
    return { kind: "string", text, position };
  }

  read(): number {
    const { quote, raw } = this.#opening;
    const points = this.#points;
    for (let at = this.#opening.start; at < points.length;) {
      const point = points[at] as string;
      if (point === quote[0] && points.slice(at, at + quote.length).join("") === quote) {
        return at + quote.length;
      }
      if (quote.length === 1 && (point === "\n" || point === "\r")) break;
      if (point === "\\" && !raw) at = this.#escape(at + 1);
      else {
        this.#push(point);
        at += 1;
      }
    }
    const shown = points.slice(this.#start, this.#start + 10).join("");
    throw new CelSyntaxError(this.#start, `Syntax error: token recognition error at: '${shown}'`);
  }

  #push(point: string): void {
    if (!this.#opening.bytes) this.#values.push(point.codePointAt(0) as number);
    else this.#values.push(...new TextEncoder().encode(point));
  }

  /** Reads the escape after a backslash. */
  #escape(at: number): number {
    const letter = this.#points[at] ?? "";
    const simple = Object.hasOwn(simpleEscapes, letter) ? simpleEscapes[letter] : undefined;
    if (simple !== undefined) {
      this.#values.push(simple);
      return at + 1;
    }
    if (letter === "x" || letter === "X") return this.#number(at + 1, 2, 16);
    if (letter === "u" && !this.#opening.bytes) return this.#number(at + 1, 4, 16);
    if (letter === "U" && !this.#opening.bytes) return this.#number(at + 1, 8, 16);
    if (/[0-3]/.test(letter)) return this.#number(at, 3, 8);
    throw this.#invalid(at);
  }

  #number(at: number, length: number, base: 8 | 16): number {
    const digits = this.#points.slice(at, at + length).join("");
    const grammar = base === 16 ? /^[0-9a-fA-F]+$/ : /^[0-7]+$/;
    if (digits.length !== length || !grammar.test(digits)) throw this.#invalid(at);
    const value = Number.parseInt(digits, base);
    const isSurrogate = value >= 0xd800 && value <= 0xdfff;
    if (value > 0x10_ffff || isSurrogate || (this.#opening.bytes && value > 255)) {
      throw this.#invalid(at);
    }
    this.#values.push(value);
    return at + length;
  }

  #invalid(at: number): CelSyntaxError {
    const shown = this.#points.slice(this.#start, at + 1).join("");
    return new CelSyntaxError(this.#start, `Syntax error: token recognition error at: '${shown}'`);
  }
}
