// SPDX-License-Identifier: Apache-2.0
// Who owns which fields: reads and writes `metadata.managedFields` and carries it through updates
// and server-side apply.
import { arrayAt, equal, isObject, stringAt } from "../json.js";
import type { JsonObject } from "../json.js";
import type { Schema } from "../schema/schema.js";
import { StatusError } from "../status-error.js";
import type { Cause } from "../status-error.js";
import {
  difference,
  FieldSet,
  formatFields,
  formatPath,
  intersection,
  parseFields,
  recursiveDifference,
  sameSet,
  union,
  withNamedFields,
} from "./field-set.js";
import { mergeConfig, removeFields } from "./merge-objects.js";
import { compare, fieldsOf } from "./owned-fields.js";
import type { Comparison } from "./owned-fields.js";

/** One manager's claim. */
export interface ManagerEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Who is writing, through what. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly now: string;
}

/** Update entries beyond this number are folded into one. Source: API server's managed fields cap. */
const maxUpdateManagers = 10;

/** Fields that have no owner. */
const unowned = new FieldSet();
for (const path of ["apiVersion", "kind"]) unowned.members.add(`f:${path}`);
unowned.members.add("f:metadata");
for (const key of (
  "name namespace creationTimestamp selfLink uid clusterName generation managedFields " +
  "resourceVersion"
).split(" ")) {
  unowned.childFor("f:metadata").members.add(`f:${key}`);
}

/** Reads the entries of an object. */
export function readManagers(object: unknown): ManagerEntry[] {
  return arrayAt(object, "metadata", "managedFields")
    .filter(isObject)
    .map((entry) => ({
      manager: stringAt(entry, "manager") ?? "",
      operation: stringAt(entry, "operation") === "Apply" ? "Apply" : "Update",
      apiVersion: stringAt(entry, "apiVersion") ?? "",
      subresource: stringAt(entry, "subresource") ?? "",
      time: stringAt(entry, "time"),
      fields: parseFields(entry["fieldsV1"]),
    }));
}

/** Writes entries: Apply before Update, then by time and name. */
export function writeManagers(entries: readonly ManagerEntry[]): JsonObject[] {
  const sorted = [...entries].sort((a, b) => {
    if (a.operation !== b.operation) return a.operation < b.operation ? -1 : 1;
    if (a.time !== b.time) return (a.time ?? "") < (b.time ?? "") ? -1 : 1;
    return a.manager < b.manager ? -1 : a.manager > b.manager ? 1 : 0;
  });
  return sorted.map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: "FieldsV1",
    fieldsV1: formatFields(entry.fields),
    ...(entry.subresource === "" ? {} : { subresource: entry.subresource }),
  }));
}

const isSame = (entry: ManagerEntry, writer: Writer, operation: string): boolean =>
  entry.operation === operation &&
  entry.manager === writer.manager &&
  entry.subresource === writer.subresource &&
  (operation === "Apply" || entry.apiVersion === writer.apiVersion);

/** Replaces an entry's fields, stamping the time only when they changed. */
function withFields(
  entries: readonly ManagerEntry[],
  writer: Writer,
  operation: "Apply" | "Update",
  fields: FieldSet,
): ManagerEntry[] {
  const old = entries.find((entry) => isSame(entry, writer, operation));
  const rest = entries.filter((entry) => entry !== old);
  if (fields.isEmpty && operation === "Update") return rest;
  const unchanged = old !== undefined && sameSet(old.fields, fields);
  const made = { ...writer, operation, fields, time: unchanged ? old.time : writer.now };
  return [...rest, unchanged && old.apiVersion === writer.apiVersion ? old : made];
}

/** Takes fields from every other manager. */
function disown(
  entries: readonly ManagerEntry[],
  writer: Writer,
  operation: "Apply" | "Update",
  changes: Comparison,
): ManagerEntry[] {
  const taken = union(changes.modified, changes.added);
  return entries
    .map((entry) => {
      if (isSame(entry, writer, operation)) return entry;
      const lost = union(intersection(entry.fields, taken), changes.removed);
      const fields = recursiveKeep(entry.fields, lost, changes.removed);
      return sameSet(fields, entry.fields) ? entry : { ...entry, fields };
    })
    .filter((entry) => !entry.fields.isEmpty || isSame(entry, writer, operation));
}

function recursiveKeep(fields: FieldSet, lost: FieldSet, removed: FieldSet): FieldSet {
  return recursiveDifference(difference(fields, lost), removed);
}

/** Folds the oldest Update entries together when there are too many. */
function capped(entries: readonly ManagerEntry[]): ManagerEntry[] {
  const updates = entries.filter((entry) => entry.operation === "Update");
  if (updates.length <= maxUpdateManagers) return [...entries];
  const oldest = [...updates]
    .sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? -1 : 1))
    .slice(0, updates.length - maxUpdateManagers + 1);
  const folded = oldest.reduce((set, entry) => union(set, entry.fields), new FieldSet());
  const first = oldest[0] as ManagerEntry;
  const rest = entries.filter((entry) => !oldest.includes(entry));
  return [...rest, { ...first, manager: "ancient-changes", fields: folded }];
}

/**
 * The entries after a plain write: the writer owns what it changed, the others lose it.
 *
 * @param reset Fields that this endpoint does not write (status on the main resource).
 */
export function managersAfterUpdate(
  live: JsonObject,
  next: JsonObject,
  schema: Schema,
  writer: Writer,
  entries: readonly ManagerEntry[],
  reset: FieldSet,
): ManagerEntry[] {
  const changes = compare(live, next, schema);
  const old = entries.find((entry) => isSame(entry, writer, "Update"));
  let fields = union(old?.fields ?? new FieldSet(), union(changes.modified, changes.added));
  fields = recursiveDifference(difference(fields, changes.removed), reset);
  fields = difference(fields, unowned);
  const others = disown(entries, writer, "Update", changes);
  return capped(withFields(others, writer, "Update", fields));
}

/** The outcome of a server-side apply before the object goes through the write pipeline. */
export interface Applied {
  readonly object: JsonObject;
  readonly entries: ManagerEntry[];
}

/**
 * Applies a configuration to the live object.
 *
 * Fields that the manager applied before and no longer names are removed when nobody else owns them.
 *
 * @throws {@link StatusError} 409 when another manager owns a field with another value, unless forced.
 */
export function applyConfig(
  live: JsonObject,
  config: JsonObject,
  schema: Schema,
  writer: Writer,
  entries: readonly ManagerEntry[],
  options: { readonly force: boolean; readonly reset: FieldSet },
): Applied {
  const last = entries.find((entry) => isSame(entry, writer, "Apply"))?.fields;
  const named = recursiveDifference(fieldsOf(config, schema), options.reset);
  const fields = difference(named, unowned);
  const merged = mergeConfig(live, config, schema) as JsonObject;
  const kept = entries
    .filter((entry) => !isSame(entry, writer, "Apply"))
    .reduce((set, entry) => union(set, entry.fields), union(fields, unowned));
  const dropped =
    last === undefined
      ? new FieldSet()
      : difference(withNamedFields(last, schema), withNamedFields(kept, schema));
  const object = removeFields(merged, dropped, schema) as JsonObject;
  const changes = compare(live, object, schema);
  if (!options.force) refuseConflicts(entries, writer, changes);
  const others = disown(entries, writer, "Apply", changes);
  return { object, entries: withFields(others, writer, "Apply", fields) };
}

/** Whether two entry lists say the same, times aside. */
export function sameManagers(left: unknown, right: unknown): boolean {
  const plain = (value: unknown): unknown =>
    (Array.isArray(value) ? value : []).map((entry: unknown) =>
      isObject(entry) ? { ...entry, time: "" } : entry,
    );
  const bySelf = (list: unknown): unknown =>
    (list as unknown[]).map((item) => JSON.stringify(item)).sort();
  return equal(bySelf(plain(left)), bySelf(plain(right)));
}

function refuseConflicts(
  entries: readonly ManagerEntry[],
  writer: Writer,
  changes: Comparison,
): void {
  const changed = union(changes.modified, changes.added);
  const causes: Cause[] = [];
  const byField = (a: Cause, b: Cause): number => ((a.field ?? "") < (b.field ?? "") ? -1 : 1);
  for (const entry of [...entries].sort((a, b) => (a.manager < b.manager ? -1 : 1))) {
    if (isSame(entry, writer, "Apply")) continue;
    const using = entry.operation === "Update" ? ` using ${entry.apiVersion}` : "";
    const sub = entry.subresource === "" ? "" : ` with subresource "${entry.subresource}"`;
    const own: Cause[] = [];
    intersection(entry.fields, changed).forEach((path) => {
      const message = `conflict with "${entry.manager}"${sub}${using}`;
      own.push({ reason: "FieldManagerConflict", message, field: formatPath(path) });
    });
    causes.push(...own.sort(byField));
  }
  if (causes.length === 0) return;
  throw new StatusError(409, "Conflict", conflictText(causes), { causes });
}

function conflictText(causes: readonly Cause[]): string {
  const [only] = causes;
  if (causes.length === 1 && only !== undefined) {
    return `Apply failed with 1 conflict: ${only.message}: ${only.field}`;
  }
  const lines: string[] = [];
  let last = "";
  for (const { message, field } of causes) {
    if (message !== last) lines.push(`${message.replace("conflict", "conflicts")}:`);
    last = message;
    lines.push(`- ${field}`);
  }
  return `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`;
}
