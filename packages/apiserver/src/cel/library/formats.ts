// SPDX-License-Identifier: Apache-2.0
// Named formats as CEL values: `format.dns1123Label().validate(text)`.
import { checkFormat } from "../../schema/formats.js";
import { labelValueFaults, nameFaults, qualifiedNameFaults } from "../../write/names.js";
import { fn, matchCost, method } from "../overload.js";
import type { Overload } from "../overload.js";
import { ArrayList, Optional } from "../values.js";
import type { CelValue, Opaque } from "../values.js";

type Faults = (text: string) => readonly string[];

/** What the cost model takes for the length of the longest pattern of a format. */
const patternSize = 128;

class Format implements Opaque {
  readonly opaque = "kubernetes.NamedFormat";
  readonly size = 1;
  readonly name: string;
  readonly faults: Faults;
  constructor(name: string, faults: Faults) {
    this.name = name;
    this.faults = faults;
  }
  equals(other: Opaque): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

/** The prefix of a generated name may end in a dash. */
const prefixed =
  (faults: Faults): Faults =>
  (text) =>
    faults(text.endsWith("-") && text.length > 1 ? `${text.slice(0, -1)}a` : text);

const dns1123Label: Faults = (text) => nameFaults(text, "label");
const dns1123Subdomain: Faults = (text) => nameFaults(text, "subdomain");
const dns1035Label: Faults = (text) => nameFaults(text, "label1035");

const named =
  (format: string, why: string): Faults =>
  (text) =>
    checkFormat(text, format, "").length === 0 ? [] : [why];

const formats: Readonly<Record<string, Faults>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName: qualifiedNameFaults,
  dns1123LabelPrefix: prefixed(dns1123Label),
  dns1123SubdomainPrefix: prefixed(dns1123Subdomain),
  dns1035LabelPrefix: prefixed(dns1035Label),
  labelValue: labelValueFaults,
  uri: named("uri", "invalid URI for request"),
  uuid: named("uuid", "does not match the UUID format"),
  byte: named("byte", "invalid base64"),
  date: named("date", "invalid date"),
  datetime: named("date-time", "invalid datetime"),
};

const all: ReadonlyMap<string, Format> = new Map(
  Object.entries(formats).map(([name, faults]) => [name, new Format(name, faults)]),
);

function validate(format: Format, text: string): CelValue {
  const faults = format.faults(text);
  return faults.length === 0 ? Optional.none : new Optional(new ArrayList(faults));
}

/** Named formats. */
export const formatLibrary: readonly Overload[] = [
  ...[...all].map(([name, format]) => fn(`format.${name}`, "-> Format", () => format)),
  fn("format.named", "string -> optional<Format>", (name: string) => {
    const format = all.get(name);
    return format === undefined ? Optional.none : new Optional(format);
  }),
  method("validate", "Format, string -> optional<list<string>>", validate, {
    cost: (_format, text = 0) => matchCost(text, patternSize),
  }),
];
