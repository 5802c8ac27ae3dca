// SPDX-License-Identifier: Apache-2.0
// Grammar of names, labels, annotations and finalizers, with the API server's texts.
import { randomInt } from "node:crypto";
import { invalid, required } from "../field-error.js";
import type { FieldError } from "../field-error.js";
import type { NameRule } from "../kinds/resource-type.js";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const texts = {
  label:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must " +
    "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for " +
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  label1035:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an " +
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', " +
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  subdomain:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
    "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for " +
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  name:
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with " +
    "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for " +
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  value:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or " +
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
};

const tooLong = (limit: number): string => `must be no more than ${limit} characters`;

/** Why a name breaks its kind's grammar; empty when it does not. */
export function nameFaults(name: string, rule: NameRule): string[] {
  if (rule === "path") {
    if (name === "." || name === "..") return [`may not be '${name}'`];
    const bad = ["/", "%"].filter((character) => name.includes(character));
    return bad.map((character) => `may not contain '${character}'`);
  }
  const [grammar, text, limit] =
    rule === "label"
      ? [label, texts.label, 63]
      : rule === "label1035"
        ? [label1035, texts.label1035, 63]
        : [subdomain, texts.subdomain, 253];
  const faults = name.length > limit ? [tooLong(limit)] : [];
  return grammar.test(name) ? faults : [...faults, text];
}

/** Findings on `metadata.name`. */
export function checkName(name: string | undefined, rule: NameRule): FieldError[] {
  if (name === undefined || name === "") {
    return [required("metadata.name", "name or generateName is required")];
  }
  return nameFaults(name, rule).map((why) => invalid("metadata.name", name, why));
}

/** Why a label key, annotation key or finalizer is no qualified name. */
export function qualifiedNameFaults(key: string): string[] {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  const faults: string[] = [];
  if (parts.length > 2) {
    return [
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start " +
        "and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex " +
        "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS " +
        "subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (prefix === "") faults.push("prefix part must be non-empty");
    else for (const fault of nameFaults(prefix, "subdomain")) faults.push(`prefix part ${fault}`);
  }
  if (name === "") faults.push("name part must be non-empty");
  else if (name.length > 63) faults.push(`name part ${tooLong(63)}`);
  if (!qualifiedName.test(name)) faults.push(texts.name);
  return faults;
}

/** Why a label value is none. */
export function labelValueFaults(value: string): string[] {
  const faults = value.length > 63 ? [tooLong(63)] : [];
  return labelValue.test(value) ? faults : [...faults, texts.value];
}

/** Characters of generated names: no vowels and nothing that looks like another. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const maxGeneratedPrefix = 58;

/** A name made from a prefix: cut to 58 characters, then five random ones. */
export function generateName(prefix: string): string {
  let suffix = "";
  for (let index = 0; index < 5; index++) suffix += alphabet[randomInt(alphabet.length)];
  return prefix.slice(0, maxGeneratedPrefix) + suffix;
}
