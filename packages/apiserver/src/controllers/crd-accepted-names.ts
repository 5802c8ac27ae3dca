// SPDX-License-Identifier: Apache-2.0
// Which names of a definition are accepted: those that no other definition of its group has been
// accepted with.
import { arrayAt, objectAt, own, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";

/** The names that a definition gets, and why not all of them. */
export interface AcceptedNames {
  readonly names: JsonObject;
  /** The last conflict, as conditions tell it; undefined when all names are accepted. */
  readonly conflict: { readonly reason: string; readonly message: string } | undefined;
}

interface Taken {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

function takenBy(others: readonly JsonObject[], group: string): Taken {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of others) {
    if (stringAt(other, "spec", "group") !== group) continue;
    const names = objectAt(other, "status", "acceptedNames");
    for (const key of ["plural", "singular"]) resources.add(stringAt(names, key) ?? "");
    for (const name of arrayAt(names, "shortNames")) resources.add(String(name));
    for (const key of ["kind", "listKind"]) kinds.add(stringAt(names, key) ?? "");
  }
  resources.delete("");
  kinds.delete("");
  return { resources, kinds };
}

const fields = [
  ["plural", "resources", "PluralConflict"],
  ["singular", "resources", "SingularConflict"],
  ["shortNames", "resources", "ShortNamesConflict"],
  ["kind", "kinds", "KindConflict"],
  ["listKind", "kinds", "ListKindConflict"],
] as const;

/** Decides on the names of a definition beside all others; what it has already stays its own. */
export function acceptNames(crd: JsonObject, others: readonly JsonObject[]): AcceptedNames {
  const wished = objectAt(crd, "spec", "names") ?? {};
  const before = objectAt(crd, "status", "acceptedNames") ?? {};
  const taken = takenBy(others, stringAt(crd, "spec", "group") ?? "");
  const names: JsonObject = { plural: "", kind: "" };
  let conflict: AcceptedNames["conflict"];
  for (const [field, space, reason] of fields) {
    const value = own(wished, field);
    if (value === undefined) continue;
    const used = [value].flat().find((name) => taken[space].has(String(name)));
    if (used === undefined) names[field] = value;
    else {
      conflict = { reason, message: `${JSON.stringify(used)} is already in use` };
      const kept = own(before, field);
      if (kept !== undefined) names[field] = kept;
    }
  }
  const categories = own(wished, "categories");
  if (conflict === undefined && categories !== undefined) names["categories"] = categories;
  return { names: conflict === undefined ? wished : names, conflict };
}
