// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a CEL expression, and the error that tells where a text is none.

/** A literal's value: int is a bigint, double a number; uint has a form of its own. */
export type LiteralValue = null | boolean | bigint | number | string | Uint8Array;

/** Entry of a map literal. */
export interface MapEntry {
  readonly key: CelNode;
  readonly value: CelNode;
  /** `?key: value`: left out when the value is an empty optional. */
  readonly optional: boolean;
  readonly position: number;
}

/** Field of a message literal. */
export interface MessageField {
  readonly name: string;
  readonly value: CelNode;
  readonly optional: boolean;
}

/** One node; `position` is the code point that messages point at, `depth` the height of its tree. */
export type CelNode = { readonly position: number; readonly depth: number } & (
  | { readonly kind: "literal"; readonly value: LiteralValue; readonly unsigned?: true }
  | { readonly kind: "ident"; readonly name: string }
  | { readonly kind: "select"; readonly operand: CelNode; readonly field: string }
  | { readonly kind: "optSelect"; readonly operand: CelNode; readonly field: string }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly target: CelNode | undefined;
      readonly args: readonly CelNode[];
    }
  /** Chains of `&&` and `||` are one node, so that a long chain is not a deep tree. */
  | { readonly kind: "logic"; readonly isAnd: boolean; readonly terms: readonly CelNode[] }
  | { readonly kind: "list"; readonly items: readonly CelNode[]; readonly optional: Set<number> }
  | { readonly kind: "map"; readonly entries: readonly MapEntry[] }
  | { readonly kind: "message"; readonly name: string; readonly fields: readonly MessageField[] }
);

/** A place in the text and what is wrong there. */
export interface CelIssue {
  /** Index of the code point; -1 for the text as a whole. */
  readonly position: number;
  readonly message: string;
}

/** A text that is no CEL expression. */
export class CelSyntaxError extends Error {
  readonly issue: CelIssue;

  constructor(position: number, message: string) {
    super(message);
    this.name = "CelSyntaxError";
    this.issue = { position, message };
  }
}

/** Issues as the compiler tells them: line, column, the line of text, a caret under the place. */
export function formatIssues(text: string, issues: readonly CelIssue[]): string {
  const points = [...text];
  return issues
    .map(({ position, message }) => {
      if (position < 0) return `ERROR: <input>:-1:0: ${message}`;
      const before = points.slice(0, position);
      const line = before.filter((point) => point === "\n").length;
      const column = position - (before.lastIndexOf("\n") + 1);
      const shown = (text.split("\n")[line] ?? "").replaceAll("\t", " ");
      const caret = `${".".repeat(column)}^`;
      return `ERROR: <input>:${line + 1}:${column + 1}: ${message}\n | ${shown}\n | ${caret}`;
    })
    .join("\n");
}
