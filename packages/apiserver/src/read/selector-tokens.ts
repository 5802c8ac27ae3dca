// SPDX-License-Identifier: Apache-2.0
// Cuts a label selector into words, operators and brackets.

/** A token; `in` and `notin` are words whose place decides. */
export interface Token {
  readonly kind: "word" | "end" | "!" | "," | "(" | ")" | "=" | "==" | "!=" | ">" | "<";
  readonly text: string;
}

const symbols = ["==", "!=", "!", ",", "(", ")", "=", ">", "<"] as const;
const special = /[=!(),<>]/;

/** The tokens of a selector, without an end mark. */
export function scanSelector(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[ \t\r\n]/.test(text[at] as string)) {
      at += 1;
      continue;
    }
    const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
    if (symbol !== undefined) {
      tokens.push({ kind: symbol, text: symbol });
      at += symbol.length;
      continue;
    }
    let end = at;
    while (
      end < text.length &&
      !special.test(text[end] as string) &&
      !/[ \t\r\n]/.test(text[end] as string)
    ) {
      end += 1;
    }
    tokens.push({ kind: "word", text: text.slice(at, end) });
    at = end;
  }
  return tokens;
}
