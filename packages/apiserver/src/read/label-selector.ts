// SPDX-License-Identifier: Apache-2.0
// Label selectors of the query string, as predicates over an object's labels.
import { objectAt, own } from "../json.js";
import { badRequest } from "../status-error.js";
import { labelValueFaults, qualifiedNameFaults } from "../write/names.js";

/** Decides whether an object is selected. */
export type Selector = (object: unknown) => boolean;

type Labels = Record<string, unknown>;
type Requirement = (labels: Labels) => boolean;

/** Splits at commas outside parentheses. */
function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character !== "," || depth !== 0) continue;
    parts.push(text.slice(start, index));
    start = index + 1;
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}

const setForm = /^(\S+?)\s+(in|notin)\s*\(([^()]*)\)$/;
const equalForm = /^([^\s=!<>()]+)\s*(==|=|!=)\s*([^\s=!<>()]*)$/;
const compareForm = /^([^\s=!<>()]+)\s*([<>])\s*(-?\d+)$/;
const existsForm = /^(!?)\s*([^\s=!<>(),]+)$/;

function unparsed(text: string, why: string): Error {
  return badRequest(`unable to parse requirement: ${why.replace("%s", text)}`);
}

function checkKey(key: string): void {
  const [fault] = qualifiedNameFaults(key);
  if (fault === undefined) return;
  throw badRequest(`unable to parse requirement: <nil>: Invalid value: "${key}": ${fault}`);
}

function checkValue(value: string): void {
  const [fault] = labelValueFaults(value);
  if (fault === undefined) return;
  throw badRequest(
    `unable to parse requirement: values[0][key]: Invalid value: "${value}": ${fault}`,
  );
}

function setRequirement(key: string, operator: string, list: string): Requirement {
  const values = new Set(list.split(",").map((value) => value.trim()));
  for (const value of values) checkValue(value);
  const isIn = (labels: Labels): boolean => values.has(own(labels, key) as string);
  return operator === "in" ? isIn : (labels) => !isIn(labels);
}

function parseRequirement(text: string): Requirement {
  const set = setForm.exec(text);
  if (set !== null) {
    const [, key = "", operator = "", list = ""] = set;
    checkKey(key);
    return setRequirement(key, operator, list);
  }
  const compare = compareForm.exec(text);
  if (compare !== null) {
    const [, key = "", operator, bound] = compare;
    checkKey(key);
    return (labels) => {
      const value = Number(own(labels, key) ?? NaN);
      return operator === ">" ? value > Number(bound) : value < Number(bound);
    };
  }
  const same = equalForm.exec(text);
  if (same !== null) {
    const [, key = "", operator, value = ""] = same;
    checkKey(key);
    checkValue(value);
    return operator === "!="
      ? (labels) => own(labels, key) !== value
      : (labels) => own(labels, key) === value;
  }
  const exists = existsForm.exec(text);
  if (exists === null) {
    throw unparsed(text, `found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  const [, not, key = ""] = exists;
  checkKey(key);
  return (labels) => Object.hasOwn(labels, key) !== (not === "!");
}

/**
 * Parses a label selector; empty selects everything.
 *
 * @throws {@link StatusError} 400 when it cannot be parsed.
 */
export function parseLabelSelector(text: string): Selector | undefined {
  if (text.trim() === "") return undefined;
  const requirements = splitRequirements(text).map(parseRequirement);
  return (object) => {
    const labels = objectAt(object, "metadata", "labels") ?? {};
    return requirements.every((requirement) => requirement(labels));
  };
}
