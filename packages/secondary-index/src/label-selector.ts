// SPDX-License-Identifier: Apache-2.0
// Evaluating a label selector on own writes, which no server has selected (stage 7: index).
import { ConfigurationError } from "@haversack/core";

type Labels = Readonly<Record<string, string>>;

/** Whether labels fit a selector. */
export type LabelTest = (labels: Labels | undefined) => boolean;

const term =
  /^\s*(?:(!)\s*([^\s!=,()]+)|([^\s!=,()]+)\s*(?:(==?|!=)\s*([^\s!=,()]*)|\s(in|notin)\s*\(([^()]*)\))?)\s*(?:,|$)/;

/**
 * Compiles a label selector as the API server reads it: `a=b`, `a==b`, `a!=b`, `a in (b,c)`,
 * `a notin (b,c)`, `a`, `!a`, joined by commas. **API requests:** 0.
 *
 * @throws {@link ConfigurationError} when the text is not a selector. Terminal.
 * @see Kubernetes "Labels and Selectors".
 * @example
 * ```ts
 * compileSelector("app=db,tier notin (dev)")({ app: "db" }); // => true
 * ```
 */
export function compileSelector(selector: string | undefined): LabelTest {
  if (selector === undefined || selector.trim() === "") return () => true;
  const tests: LabelTest[] = [];
  for (let rest = selector; rest.trim() !== "";) {
    const match = term.exec(rest);
    if (match === null) {
      throw new ConfigurationError(
        `cannot read the label selector ${JSON.stringify(selector)}: ${JSON.stringify(rest)} is no requirement. ` +
          'Write "key=value", "key!=value", "key in (a,b)", "key notin (a,b)", "key" or "!key", joined by commas.',
      );
    }
    tests.push(requirement(match));
    rest = rest.slice(match[0].length);
  }
  return (labels) => tests.every((test) => test(labels));
}

function requirement(match: RegExpExecArray): LabelTest {
  const [, , absent, key = "", operator, value = "", set, listed = ""] = match;
  if (absent !== undefined) return (labels) => valueOf(labels, absent) === undefined;
  if (operator === "!=") return (labels) => valueOf(labels, key) !== value;
  if (operator !== undefined) return (labels) => valueOf(labels, key) === value;
  if (set === undefined) return (labels) => valueOf(labels, key) !== undefined;
  const values = new Set<string | undefined>(listed.split(",").map((text) => text.trim()));
  if (set === "in") return (labels) => values.has(valueOf(labels, key));
  return (labels) => !values.has(valueOf(labels, key));
}

function valueOf(labels: Labels | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
