// SPDX-License-Identifier: Apache-2.0
// Field selectors of the query string, restricted to the labels that a kind supports.
import { getIn } from "../json.js";
import type { ResourceType } from "../kinds/resource-type.js";
import { badRequest } from "../status-error.js";
import type { Selector } from "./label-selector.js";

const everyKind = ["metadata.name", "metadata.namespace"];

/** Labels whose value is not at the path of the same name. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  source: ["source", "component"],
  reportingController: ["reportingComponent"],
};

/** Text form of a field: absent counts as empty (false for booleans). */
function textAt(object: unknown, label: string): string {
  // Selectors look at the stored form, which names what an event is about differently.
  const stored = label.replace(/^regarding\./, "involvedObject.");
  const value = getIn(object, ...(elsewhere[label] ?? stored.split(".")));
  if (value === undefined || value === null) {
    return label === "spec.unschedulable" || label === "spec.hostNetwork" ? "false" : "";
  }
  return String(value);
}

/**
 * Parses a field selector for a kind; empty selects everything.
 *
 * @throws {@link StatusError} 400 for a label the kind does not support or a term that is none.
 */
export function parseFieldSelector(text: string, type: ResourceType): Selector | undefined {
  if (text.trim() === "") return undefined;
  const terms = text.split(",").filter((term) => term !== "");
  const tests = terms.map((term) => {
    const match = /^([^=!]*)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) {
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    const [, label = "", operator, value = ""] = match;
    const bare = /(?<!\\)(?:\\\\)*=/.exec(value);
    if (bare !== null) {
      throw badRequest("invalid field selector: unescaped character in value: 61");
    }
    checkLabel(label, type);
    const wanted = value.replace(/\\([\\,=])/g, "$1");
    return (object: unknown) => (textAt(object, label) === wanted) === (operator !== "!=");
  });
  return (object) => tests.every((test) => test(object));
}

function checkLabel(label: string, type: ResourceType): void {
  const extra = type.rules.fieldLabels ?? [];
  if (everyKind.includes(label) || extra.includes(label)) return;
  if (type.custom || extra.length > 0) throw badRequest(`field label not supported: ${label}`);
  throw badRequest(
    `"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
