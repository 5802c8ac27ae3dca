// SPDX-License-Identifier: Apache-2.0
// Names of fields as identifiers: `a-b` is written `a__dash__b`. Source: Kubernetes documentation of
// validation rules, "Field path" of CEL.

const reserved = new Set(
  (
    "true false null in as break const continue else for function if import let loop package " +
    "namespace return var void while"
  ).split(" "),
);

const escapes: readonly (readonly [RegExp, string])[] = [
  [/__/g, "__underscores__"],
  [/\./g, "__dot__"],
  [/-/g, "__dash__"],
  [/\//g, "__slash__"],
];

/** The identifier of a field; undefined for names that have none. */
export function escapeName(name: string): string | undefined {
  if (!/^[A-Za-z_./-][\w./-]*$/.test(name)) return undefined;
  if (reserved.has(name)) return `__${name}__`;
  return escapes.reduce((text, [mark, escape]) => text.replace(mark, escape), name);
}
