// SPDX-License-Identifier: Apache-2.0
// What the API server says of a body that is no JSON: the words of Go's decoder, and the body's beginning.

/** A character as Go quotes it. */
function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}

class Fault extends Error {}

/** Reads JSON only to find the first character that does not fit. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    this.#value();
    this.#skip();
    if (this.#at < this.#text.length) this.#fail("after top-level value");
  }

  #fail(where: string): never {
    const character = this.#text[this.#at];
    if (character === undefined) throw new Fault("unexpected end of JSON input");
    throw new Fault(`invalid character ${quoted(character)} ${where}`);
  }

  #skip(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #value(): void {
    this.#skip();
    const character = this.#text[this.#at] ?? "";
    if (character === "{") this.#container("}", true);
    else if (character === "[") this.#container("]", false);
    else if (character === '"') this.#string();
    else if (/[-0-9]/.test(character)) this.#number();
    else this.#literal(character);
  }

  #container(end: string, isObject: boolean): void {
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] === end) return void (this.#at += 1);
    for (;;) {
      if (isObject) this.#key();
      this.#value();
      this.#skip();
      const character = this.#text[this.#at];
      if (character === end) return void (this.#at += 1);
      if (character !== ",") {
        this.#fail(isObject ? "after object key:value pair" : "after array element");
      }
      this.#at += 1;
      this.#skip();
      if (isObject && this.#text[this.#at] !== '"') {
        this.#fail("looking for beginning of object key string");
      }
    }
  }

  #key(): void {
    if (this.#text[this.#at] !== '"') this.#fail("looking for beginning of object key string");
    this.#string();
    this.#skip();
    if (this.#text[this.#at] !== ":") this.#fail("after object key");
    this.#at += 1;
  }

  #string(): void {
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === undefined || character < " ") this.#fail("in string literal");
      if (character !== "\\") continue;
      this.#at += 1;
      if (!/[bfnrt\\/"u]/.test(this.#text[this.#at] ?? "")) this.#fail("in string escape code");
    }
    this.#at += 1;
  }

  #number(): void {
    const [number = ""] =
      /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += number.length;
    if (number !== "") return;
    this.#at += 1;
    this.#fail("in numeric literal");
  }

  #literal(first: string): void {
    const word = ["true", "false", "null"].find((name) => name.startsWith(first));
    if (word === undefined || first === "") this.#fail("looking for beginning of value");
    for (const expected of word) {
      if (this.#text[this.#at] !== expected) {
        this.#fail(`in literal ${word} (expecting '${expected}')`);
      }
      this.#at += 1;
    }
  }
}

/** Why a text is no JSON, as the API server tells it; empty when it is. */
export function jsonFault(text: string): string {
  try {
    new Scanner(text).scan();
    return "";
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

const goValue =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Why a value cannot be an object, as the API server tells it. */
export function notAnObject(value: unknown): string {
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type ${goValue}`;
}

/** How much of a body is shown. Source: API server. */
const shownBytes = 30;

/** The beginning of a body, as the API server shows it in refusals. */
export function bodySummary(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return "<empty>";
  const isLong = bytes.length > shownBytes;
  const start = bytes.subarray(0, shownBytes);
  const shown = text.startsWith("{") ? start.toString("utf8") : start.toString("hex");
  return isLong ? `${shown} ...` : shown;
}
