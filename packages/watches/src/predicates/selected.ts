// SPDX-License-Identifier: Apache-2.0
// Selectors declared as data, so that the server can apply them (stage 2: predicate).
import { ConfigurationError, type KubernetesObject } from "@haversack/core";
import { objectOf } from "@haversack/core";
import type { Predicate } from "../predicate.js";
import { valueAt } from "./content.js";

type Test = (object: KubernetesObject) => boolean;

/**
 * Passes objects with these labels, before or after the change.
 *
 * As the only predicate, or as a part of `and`, it is left to the server: objects that do not match
 * are neither sent nor cached. One that ceases to match is then seen as deleted.
 *
 * **API requests:** 0 of its own; it narrows the LIST and WATCH of its kind.
 *
 * @param selector As in kubectl: `app=db,tier!=web,env in (a, b),!legacy`.
 * @throws {@link ConfigurationError} when the selector cannot be read. Terminal.
 */
export function labelled(selector: string): Predicate {
  return selecting(`labelled(${selector})`, { labelSelector: selector }, labelTest(selector));
}

/**
 * Passes objects with these fields, before or after the change; left to the server like
 * {@link labelled}.
 *
 * @param selector `path=value` and `path!=value`, joined by commas. Which paths a server selects by
 * depends on the kind; `metadata.name` and `metadata.namespace` always are.
 * @throws {@link ConfigurationError} when the selector cannot be read. Terminal.
 */
export function fieldSelected(selector: string): Predicate {
  return selecting(`fieldSelected(${selector})`, { fieldSelector: selector }, fieldTest(selector));
}

function selecting(name: string, needs: Predicate["needs"], matches: Test): Predicate {
  return {
    name,
    needs,
    decide: (event) =>
      (event.old !== undefined && matches(event.old)) ||
      (event.new !== undefined && matches(event.new)),
    explain: (event) => (matches(objectOf(event)) ? "selected" : "not selected"),
  };
}

const setPattern = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equalPattern = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!()]*)$/;
const existsPattern = /^(!?)\s*([^\s=!(),]+)$/;

function labelTest(selector: string): Test {
  const tests = selector
    .split(/,(?![^(]*\))/)
    .map((text) => labelRequirement(text.trim(), selector));
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return tests.every((test) => test(labels));
  };
}

function labelRequirement(
  text: string,
  selector: string,
): (labels: Readonly<Record<string, string>>) => boolean {
  const set = setPattern.exec(text);
  if (set !== null) {
    const [, name = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    return operator === "in"
      ? (labels) => Object.hasOwn(labels, name) && values.has(labels[name] ?? "")
      : (labels) => !Object.hasOwn(labels, name) || !values.has(labels[name] ?? "");
  }
  const equal = equalPattern.exec(text);
  if (equal !== null) {
    const [, name = "", operator, value] = equal;
    return operator === "!="
      ? (labels) => !Object.hasOwn(labels, name) || labels[name] !== value
      : (labels) => Object.hasOwn(labels, name) && labels[name] === value;
  }
  const exists = existsPattern.exec(text);
  if (exists === null) throw unreadable("label", selector, text);
  const [, negation, name = ""] = exists;
  return (labels) => Object.hasOwn(labels, name) === (negation === "");
}

function fieldTest(selector: string): Test {
  const tests = selector.split(",").map((part): Test => {
    const match = equalPattern.exec(part.trim());
    if (match === null) throw unreadable("field", selector, part);
    const [, path = "", operator, value] = match;
    return (object) => (textOf(valueAt(object, path)) === value) === (operator !== "!=");
  });
  return (object) => tests.every((test) => test(object));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function unreadable(what: string, selector: string, part: string): ConfigurationError {
  return new ConfigurationError(
    `cannot read the ${what} selector "${selector}": "${part}" is no requirement. ` +
      "Write it as for kubectl, such as app=db,tier!=web.",
  );
}
