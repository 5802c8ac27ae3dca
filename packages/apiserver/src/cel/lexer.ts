// SPDX-License-Identifier: Apache-2.0
// Cuts a CEL expression into tokens; positions count code points, as the API server's messages do.
import { CelSyntaxError } from "./syntax.js";
import { readLiteralText } from "./string-literals.js";

/** What a token is. */
export type TokenKind = "ident" | "int" | "uint" | "double" | "string" | "bytes" | "punct" | "end";

/** One token. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly position: number;
  /** Bytes of a bytes literal. */
  readonly bytes?: Uint8Array;
  /** Written in backquotes: a name that is no identifier. */
  readonly quoted?: true;
}

/** Longest expression. Source: the reference implementation's default. */
const maxCodePoints = 100_000;

const punctuation = [
  ..."&& || == != <= >=".split(" "),
  ...["?", ":", "+", "-", "*", "/", "%", "<", ">", "!", "(", ")", "[", "]", "{", "}", ".", ","],
];

const isSpace = (point: string): boolean => /[ \t\r\n\f\v]/.test(point);
const isDigit = (point: string | undefined): boolean => point !== undefined && /\d/.test(point);
const startsName = (point: string | undefined): boolean =>
  point !== undefined && /[A-Za-z_]/.test(point);
const insideName = (point: string | undefined): boolean => point !== undefined && /\w/.test(point);

/** Cuts text into tokens. @throws {@link CelSyntaxError} for characters that start none. */
export function tokenize(text: string): readonly Token[] {
  const points = [...text];
  if (points.length > maxCodePoints) {
    const why = `expression code point size exceeds limit: size: ${points.length}, limit ${maxCodePoints}`;
    throw new CelSyntaxError(-1, why);
  }
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = skipBlank(points, at);
    if (at >= points.length) break;
    const [token, next] = readToken(points, at);
    tokens.push(token);
    at = next;
  }
  tokens.push({ kind: "end", text: "<EOF>", position: points.length });
  return tokens;
}

function skipBlank(points: readonly string[], start: number): number {
  let at = start;
  while (at < points.length) {
    if (isSpace(points[at] as string)) at += 1;
    else if (points[at] === "/" && points[at + 1] === "/") {
      while (at < points.length && points[at] !== "\n") at += 1;
    } else break;
  }
  return at;
}

function readToken(points: readonly string[], at: number): [Token, number] {
  const point = points[at] as string;
  const literal = readLiteralText(points, at);
  if (literal !== undefined) return literal;
  if (startsName(point)) return readName(points, at);
  if (isDigit(point) || (point === "." && isDigit(points[at + 1]))) return readNumber(points, at);
  if (point === "`") return readQuotedName(points, at);
  const two = point + (points[at + 1] ?? "");
  const match = punctuation.find((mark) => mark === two || mark === point);
  if (match === undefined) {
    throw new CelSyntaxError(at, `Syntax error: token recognition error at: '${point}'`);
  }
  return [{ kind: "punct", text: match, position: at }, at + match.length];
}

function readName(points: readonly string[], at: number): [Token, number] {
  let end = at;
  while (insideName(points[end])) end += 1;
  return [{ kind: "ident", text: points.slice(at, end).join(""), position: at }, end];
}

function readQuotedName(points: readonly string[], at: number): [Token, number] {
  const end = points.indexOf("`", at + 1);
  const name = points.slice(at + 1, end).join("");
  if (end === -1 || !/^[\w.\-/ ]+$/.test(name)) {
    throw new CelSyntaxError(at, "Syntax error: token recognition error at: '`'");
  }
  return [{ kind: "ident", text: name, position: at, quoted: true }, end + 1];
}

function readNumber(points: readonly string[], at: number): [Token, number] {
  const rest = points.slice(at, at + 400).join("");
  const hex = /^0x[0-9a-fA-F]+/.exec(rest)?.[0];
  const double =
    hex === undefined
      ? /^(\d+\.\d+([eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+([eE][+-]?\d+)?)/.exec(rest)?.[0]
      : undefined;
  if (double !== undefined) {
    return [{ kind: "double", text: double, position: at }, at + double.length];
  }
  const digits = hex ?? (/^\d+/.exec(rest) as RegExpExecArray)[0];
  const end = at + digits.length;
  const isUnsigned = points[end] === "u" || points[end] === "U";
  const kind = isUnsigned ? "uint" : "int";
  return [{ kind, text: digits, position: at }, isUnsigned ? end + 1 : end];
}
