// SPDX-License-Identifier: Apache-2.0
// Turns a YAML body into the value that its JSON would be, in time that grows with its length.
import type { Document } from "yaml";
import { badRequest } from "../status-error.js";
import { yaml } from "../yaml.js";
import { isTooDeep, maxDepth, tooLarge } from "./read-body.js";
import type { ParsedBody } from "./read-body.js";

/** Brackets that may be open in the raw text; those in its strings count too. */
const maxRawDepth = 10 * maxDepth;

/** Largest YAML body: beyond it no object could be stored. Source: etcd's request limit. */
const maxYamlChars = 1_572_864;

/** Characters that aliases may stand for. */
const maxAliasedChars = 16_777_216;

/** A run of list or key marks on one line, each one level deeper. */
const markRun = new RegExp(`(?:[-?] ){${maxDepth}}`);

function isRawTooDeep(text: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5b || code === 0x7b) depth += 1;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth -= 1;
    if (depth > maxRawDepth) return true;
  }
  return markRun.test(text);
}

/** The one document of a text. The first error ends the work: the rest may hold millions more. */
function compose(text: string, introduction: string): Document {
  const { Composer, Parser } = yaml();
  // The composer takes what is thrown for one more error: the first one stays.
  let failure: Error | undefined;
  const fail = (offset: number, message: string): never => {
    const line = text.slice(0, offset).split("\n").length;
    failure ??= message.includes("call stack")
      ? badRequest(`${introduction}exceeded max depth`)
      : badRequest(`${introduction}yaml: line ${line}: ${message}`);
    throw failure;
  };
  const composer = new Composer({ uniqueKeys: false, merge: true, prettyErrors: false });
  const hooks = composer as unknown as {
    onError: (source: unknown, code: string, message: string, warning?: boolean) => void;
  };
  hooks.onError = (source, _code, message, warning) => {
    const [first] = Array.isArray(source) ? source : [source];
    const { offset = first } = first as { offset?: unknown };
    if (warning !== true) fail(typeof offset === "number" ? offset : 0, message);
  };
  const documents = composer.compose(new Parser().parse(text), true, text.length);
  const first = documents.next();
  if (first.done === true) return new (yaml().Document)(null);
  if (documents.next().done !== true) fail(0, "expected a single document in the stream");
  const [error] = first.value.errors;
  if (error !== undefined) fail(error.pos[0], error.message);
  return first.value;
}

/** Aliases of long values would make a short text a very long one. */
function checkAliases(document: Document, text: string, introduction: string): void {
  if (!text.includes("*")) return;
  let aliases = 0;
  yaml().visit(document, { Alias: () => void (aliases += 1) });
  if (aliases * text.length <= maxAliasedChars) return;
  throw badRequest(`${introduction}yaml: document contains excessive aliasing`);
}

/** Parses YAML. @throws {@link StatusError} 400 with the given introduction. */
export function parseYamlBody(text: string, introduction: string): ParsedBody {
  if (text.length > maxYamlChars) throw tooLarge(maxYamlChars);
  const tooDeep = (): Error => badRequest(`${introduction}exceeded max depth`);
  if (isRawTooDeep(text)) throw tooDeep();
  try {
    const document = compose(text, introduction);
    checkAliases(document, text, introduction);
    // Through JSON: dates and other YAML values take the form they have on the wire, and prototypes
    // that a document names stay plain keys.
    const json = JSON.stringify(document.toJS({ maxAliasCount: 100 })) ?? "null";
    if (isTooDeep(json)) throw tooDeep();
    return { value: JSON.parse(json) as unknown, duplicates: () => [] };
  } catch (error) {
    if (error instanceof ReferenceError) throw badRequest(`${introduction}yaml: ${error.message}`);
    // The parser's stack is used up by what is nested.
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}
