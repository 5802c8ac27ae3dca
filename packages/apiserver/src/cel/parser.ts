// SPDX-License-Identifier: Apache-2.0
// Parses a CEL expression by precedence climbing; depth is bounded, so that no text overflows the stack.
// Long because the grammar is kept in one place.
import { tokenize } from "./lexer.js";
import type { Token, TokenKind } from "./lexer.js";
import { CelSyntaxError } from "./syntax.js";
import type { CelNode, LiteralValue, MapEntry, MessageField } from "./syntax.js";

/** Deepest expression. Source: the reference implementation's default. */
const maxDepth = 250;

const reserved = new Set(
  (
    "as break const continue else for function if import let loop package namespace return var " +
    "void while in"
  ).split(" "),
);

/** Words that are no names even after a dot. */
const keywords = new Set(["true", "false", "null", "in"]);

/** Binary operators by rising precedence; names are those of the functions they call. */
const levels: readonly Readonly<Record<string, string>>[] = [
  {
    "==": "_==_",
    "!=": "_!=_",
    "<": "_<_",
    "<=": "_<=_",
    ">": "_>_",
    ">=": "_>=_",
    in: "@in",
  },
  { "+": "_+_", "-": "_-_" },
  { "*": "_*_", "/": "_/_", "%": "_%_" },
];

/** Parses an expression. @throws {@link CelSyntaxError} where it is none. */
export function parseCel(text: string): CelNode {
  return new Parser(tokenize(text)).parse();
}

const heightOf = (nodes: readonly CelNode[]): number =>
  nodes.reduce((height, node) => Math.max(height, node.depth), 0) + 1;

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): CelNode {
    const node = this.#expression();
    if (this.#peek().kind !== "end") throw this.#unexpected("<EOF>");
    return node;
  }

  #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  #is(text: string): boolean {
    const token = this.#peek();
    const isWord = token.kind === "ident" && token.quoted !== true;
    return token.text === text && (token.kind === "punct" || isWord);
  }

  #take(text: string): Token | undefined {
    return this.#is(text) ? this.#next() : undefined;
  }

  #expect(text: string): Token {
    const token = this.#take(text);
    if (token === undefined) throw this.#unexpected(`'${text}'`);
    return token;
  }

  #unexpected(expected: string): CelSyntaxError {
    const { text, position } = this.#peek();
    const what = text === "<EOF>" ? text : `'${text}'`;
    return new CelSyntaxError(
      position,
      `Syntax error: mismatched input ${what} expecting ${expected}`,
    );
  }

  /** A node whose tree is one higher than its parts. */
  #node<T extends object>(position: number, parts: readonly CelNode[], rest: T): CelNode & T {
    const depth = heightOf(parts);
    if (depth > maxDepth) this.#tooDeep();
    return { ...rest, position, depth } as unknown as CelNode & T;
  }

  #tooDeep(): never {
    throw new CelSyntaxError(-1, `expression recursion limit exceeded: ${maxDepth}`);
  }

  #call(
    position: number,
    name: string,
    target: CelNode | undefined,
    args: readonly CelNode[],
  ): CelNode {
    const parts = target === undefined ? args : [target, ...args];
    return this.#node(position, parts, { kind: "call" as const, name, target, args });
  }

  #expression(): CelNode {
    this.#nesting += 1;
    if (this.#nesting > maxDepth) this.#tooDeep();
    const condition = this.#logic(false);
    const mark = this.#take("?");
    let node = condition;
    if (mark !== undefined) {
      const yes = this.#logic(false);
      this.#expect(":");
      const no = this.#expression();
      node = this.#call(mark.position, "_?_:_", undefined, [condition, yes, no]);
    }
    this.#nesting -= 1;
    return node;
  }

  #logic(isAnd: boolean): CelNode {
    const mark = isAnd ? "&&" : "||";
    const part = (): CelNode => (isAnd ? this.#binary(0) : this.#logic(true));
    const terms = [part()];
    let position = -1;
    for (let token = this.#take(mark); token !== undefined; token = this.#take(mark)) {
      if (position === -1) ({ position } = token);
      terms.push(part());
    }
    const [only] = terms as [CelNode];
    return terms.length === 1
      ? only
      : this.#node(position, terms, { kind: "logic" as const, isAnd, terms });
  }

  #binary(level: number): CelNode {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { text, kind, quoted } = this.#peek();
      const isOperator = kind === "punct" || (kind === "ident" && quoted !== true);
      if (!isOperator || !Object.hasOwn(operators, text)) return left;
      const { position } = this.#next();
      const right = this.#binary(level + 1);
      left = this.#call(position, operators[text] as string, undefined, [left, right]);
    }
  }

  #unary(): CelNode {
    const token = this.#peek();
    if (token.kind !== "punct" || (token.text !== "!" && token.text !== "-")) return this.#member();
    let count = 0;
    while (this.#take(token.text) !== undefined) count += 1;
    const following = this.#peek();
    if (
      token.text === "-" &&
      count === 1 &&
      (following.kind === "int" || following.kind === "double")
    ) {
      this.#next();
      return this.#suffixes(this.#number(following, token.position, "-"));
    }
    this.#nesting += 1;
    if (this.#nesting > maxDepth) this.#tooDeep();
    let node =
      this.#peek().kind === "punct" && (this.#is("!") || this.#is("-"))
        ? this.#unary()
        : this.#member();
    this.#nesting -= 1;
    // Pairs cancel out.
    if (count % 2 === 1)
      node = this.#call(token.position, token.text === "!" ? "!_" : "-_", undefined, [node]);
    return node;
  }

  #number(token: Token, position: number, sign: string): CelNode {
    if (token.kind === "double") return this.#literal(position, Number(sign + token.text));
    const value = BigInt(token.text) * (sign === "-" ? -1n : 1n);
    const isUnsigned = token.kind === "uint";
    const fits = isUnsigned ? value < 2n ** 64n : value >= -(2n ** 63n) && value < 2n ** 63n;
    if (!fits) throw new CelSyntaxError(position, `invalid ${isUnsigned ? "uint" : "int"} literal`);
    return this.#node(position, [], {
      kind: "literal" as const,
      value: value as LiteralValue,
      ...(isUnsigned ? { unsigned: true as const } : {}),
    });
  }

  #literal(position: number, value: LiteralValue): CelNode {
    return this.#node(position, [], { kind: "literal" as const, value });
  }

  #member(): CelNode {
    return this.#suffixes(this.#primary());
  }

  #suffixes(start: CelNode): CelNode {
    let node = start;
    for (;;) {
      const mark = this.#peek();
      if (this.#take(".") !== undefined) node = this.#dot(node, mark.position);
      else if (this.#take("[") !== undefined) {
        const isOptional = this.#take("?") !== undefined;
        const index = this.#expression();
        this.#expect("]");
        node = this.#call(mark.position, isOptional ? "_[?_]" : "_[_]", undefined, [node, index]);
      } else if (this.#is("{") && nameOf(node) !== undefined) node = this.#message(node);
      else return node;
    }
  }

  #dot(operand: CelNode, position: number): CelNode {
    const isOptional = this.#take("?") !== undefined;
    const token = this.#next();
    const isKeyword = token.quoted !== true && keywords.has(token.text);
    if (token.kind !== "ident" || isKeyword) {
      this.#at -= token.kind === "end" ? 0 : 1;
      throw this.#unexpected("IDENTIFIER");
    }
    const opening = isOptional || token.quoted === true ? undefined : this.#take("(");
    if (opening !== undefined) {
      const args = this.#list(")");
      return this.#call(opening.position, token.text, operand, args);
    }
    const kind = isOptional ? ("optSelect" as const) : ("select" as const);
    return this.#node(position, [operand], { kind, operand, field: token.text });
  }

  /** Expressions up to a closing mark; a comma before it is allowed in lists. */
  #list(close: string): CelNode[] {
    const items: CelNode[] = [];
    while (!this.#is(close)) {
      items.push(this.#expression());
      if (this.#take(",") === undefined) break;
      if (close === ")" && this.#is(close)) throw this.#unexpected("an expression");
    }
    this.#expect(close);
    return items;
  }

  #primary(): CelNode {
    const token = this.#next();
    const { position, text, kind } = token;
    if (kind === "int" || kind === "uint" || kind === "double")
      return this.#number(token, position, "");
    if (kind === "string") return this.#literal(position, text);
    if (kind === "bytes") return this.#literal(position, token.bytes as Uint8Array);
    if (kind === "ident" && token.quoted !== true) return this.#name(token);
    if (kind === "punct") {
      if (text === "(") return this.#group();
      if (text === "[") return this.#listLiteral(position);
      if (text === "{") return this.#mapLiteral(position);
      if (text === "." && this.#peek().kind === "ident") return this.#name(this.#next(), ".");
    }
    const what = kind === ("end" satisfies TokenKind) ? text : `'${text}'`;
    throw new CelSyntaxError(position, `Syntax error: unexpected input ${what}`);
  }

  #group(): CelNode {
    const node = this.#expression();
    this.#expect(")");
    return node;
  }

  #name(token: Token, prefix = ""): CelNode {
    const { text, position } = token;
    if (text === "true" || text === "false") return this.#literal(position, text === "true");
    if (text === "null") return this.#literal(position, null);
    if (reserved.has(text)) throw new CelSyntaxError(position, `reserved identifier: ${text}`);
    const opening = this.#take("(");
    if (opening !== undefined) {
      return this.#call(opening.position, prefix + text, undefined, this.#list(")"));
    }
    return this.#node(position, [], { kind: "ident" as const, name: prefix + text });
  }

  #listLiteral(position: number): CelNode {
    const items: CelNode[] = [];
    const optional = new Set<number>();
    while (!this.#is("]")) {
      if (this.#take("?") !== undefined) optional.add(items.length);
      items.push(this.#expression());
      if (this.#take(",") === undefined) break;
    }
    this.#expect("]");
    return this.#node(position, items, { kind: "list" as const, items, optional });
  }

  #mapLiteral(position: number): CelNode {
    const entries: MapEntry[] = [];
    while (!this.#is("}")) {
      const optional = this.#take("?") !== undefined;
      const key = this.#expression();
      const colon = this.#expect(":");
      entries.push({ key, value: this.#expression(), optional, position: colon.position });
      if (this.#take(",") === undefined) break;
    }
    this.#expect("}");
    const parts = entries.flatMap(({ key, value }) => [key, value]);
    return this.#node(position, parts, { kind: "map" as const, entries });
  }

  #message(type: CelNode): CelNode {
    const { position } = this.#expect("{");
    const fields: MessageField[] = [];
    while (!this.#is("}")) {
      const optional = this.#take("?") !== undefined;
      const name = this.#next();
      if (name.kind !== "ident") throw this.#unexpected("IDENTIFIER");
      this.#expect(":");
      fields.push({ name: name.text, value: this.#expression(), optional });
      if (this.#take(",") === undefined) break;
    }
    this.#expect("}");
    const parts = fields.map(({ value }) => value);
    const name = nameOf(type) as string;
    return this.#node(position, parts, { kind: "message" as const, name, fields });
  }
}

/** `a.b.c` of a chain of selections, or undefined for anything else. */
export function nameOf(node: CelNode): string | undefined {
  if (node.kind === "ident") return node.name;
  if (node.kind !== "select") return undefined;
  const operand = nameOf(node.operand);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
}
