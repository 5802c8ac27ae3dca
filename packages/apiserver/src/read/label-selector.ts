// SPDX-License-Identifier: Apache-2.0
// Label selectors of the query string, as predicates over an object's labels.
import { objectAt, own } from "../json.js";
import { badRequest } from "../status-error.js";
import type { StatusError } from "../status-error.js";
import { labelValueFaults, qualifiedNameFaults } from "../write/names.js";
import { scanSelector } from "./selector-tokens.js";
import type { Token } from "./selector-tokens.js";

/** Decides whether an object is selected. */
export type Selector = (object: unknown) => boolean;

type Labels = Record<string, unknown>;
type Requirement = (labels: Labels) => boolean;

/** A failure inside one requirement, which the server introduces as such. */
const unparsed = (why: string): StatusError => badRequest(`unable to parse requirement: ${why}`);

const operators = ["in", "notin", "=", "==", "!=", ">", "<"];

/** Reads requirements token by token; refuses in the API server's words. */
class SelectorParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = scanSelector(text);
  }

  /** All requirements, which must hold together. */
  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { kind, text } = this.#ahead();
      if (kind === "end") return requirements;
      if (kind !== "word" && kind !== "!") {
        throw badRequest(`found '${text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const next = this.#take();
      if (next.kind === "end") return requirements;
      if (next.kind !== ",") {
        throw badRequest(`found '${next.text}', expected: ',' or 'end of string'`);
      }
      const after = this.#ahead();
      if (after.kind !== "word" && after.kind !== "!") {
        throw badRequest(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #ahead(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  #take(): Token {
    const token = this.#ahead();
    this.#at += 1;
    return token;
  }

  #requirement(): Requirement {
    const isNegated = this.#ahead().kind === "!";
    if (isNegated) this.#at += 1;
    const key = this.#take();
    if (key.kind !== "word") throw unparsed(`found '${key.text}', expected: identifier`);
    checkKey(key.text);
    if (isNegated) return (labels) => !Object.hasOwn(labels, key.text);
    const { kind } = this.#ahead();
    if (kind === "end" || kind === ",") return (labels) => Object.hasOwn(labels, key.text);
    return this.#comparison(key.text);
  }

  #comparison(key: string): Requirement {
    const { text: operator } = this.#take();
    if (!operators.includes(operator)) {
      throw unparsed(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    const isSet = operator === "in" || operator === "notin";
    const values = isSet ? this.#values() : new Set([this.#exactValue()]);
    const [first = ""] = values;
    if (operator === ">" || operator === "<") return ordered(key, operator, first);
    [...values].sort().forEach(checkValue);
    const isAmong = (labels: Labels): boolean => values.has(own(labels, key) as string);
    const isPositive = operator === "in" || operator === "=" || operator === "==";
    return isPositive ? isAmong : (labels) => !isAmong(labels);
  }

  #exactValue(): string {
    const { kind } = this.#ahead();
    if (kind === "end" || kind === ",") return "";
    const value = this.#take();
    if (value.kind !== "word") throw unparsed(`found '${value.text}', expected: identifier`);
    return value.text;
  }

  #values(): Set<string> {
    const open = this.#take();
    if (open.kind !== "(") throw unparsed(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    for (;;) {
      const token = this.#take();
      if (token.kind === ")" && values.size === 0) return values.add("");
      if (token.kind === "word") {
        values.add(token.text);
        const next = this.#take();
        if (next.kind === ")") return values;
        if (next.kind !== ",") throw unparsed(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.kind === ",") values.add("");
      else throw unparsed(`found '${token.text}', expected: ',', or identifier`);
      // A comma before the end is one more value, the empty one.
      if (this.#ahead().kind === ")") {
        this.#at += 1;
        return values.add("");
      }
    }
  }
}

function checkKey(key: string): void {
  const [fault] = qualifiedNameFaults(key);
  if (fault !== undefined) throw unparsed(`<nil>: Invalid value: "${key}": ${fault}`);
}

function checkValue(value: string, index: number): void {
  const [fault] = labelValueFaults(value);
  if (fault === undefined) return;
  throw unparsed(`values[${index}][key]: Invalid value: "${value}": ${fault}`);
}

function ordered(key: string, operator: string, bound: string): Requirement {
  if (!/^[+-]?\d+$/.test(bound)) {
    throw unparsed("for 'Gt', 'Lt' operators, the value must be an integer");
  }
  return (labels) => {
    const value = Number(own(labels, key) ?? NaN);
    return operator === ">" ? value > Number(bound) : value < Number(bound);
  };
}

/**
 * Parses a label selector; empty selects everything.
 *
 * @throws {@link StatusError} 400 when it cannot be parsed.
 */
export function parseLabelSelector(text: string): Selector | undefined {
  const requirements = new SelectorParser(text).parse();
  if (requirements.length === 0) return undefined;
  return (object) => {
    const labels = objectAt(object, "metadata", "labels") ?? {};
    return requirements.every((requirement) => requirement(labels));
  };
}
