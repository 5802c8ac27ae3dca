// SPDX-License-Identifier: Apache-2.0
// Makes the answers of one probe comparable: what differs from run to run becomes a word for itself.
import { isObject, type JsonObject } from "../src/json.js";
import type { StepAnswer } from "./run-probe.js";

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const recentMs = 3_600_000;

/** Numbers in texts that are revisions. */
const revisionTexts =
  /(resource ?[vV]ersion: "?|current: |resource version: \d+ \(|in the precondition \(|in record \()(\d+)/g;

interface Words {
  readonly namespace: string;
  readonly nowMs: number;
  readonly uids: Map<string, string>;
  readonly names: Map<string, string>;
  readonly revisions: Map<string, string>;
}

/**
 * Replaces uids, recent times, revisions, generated names, allocated addresses and ports by words;
 * revisions and uids keep their order and identity within the probe. Causes, lists of findings and
 * managedFields get one order.
 */
export function normalise(
  answers: readonly StepAnswer[],
  namespace: string,
  nowMs: number,
): StepAnswer[] {
  const words: Words = {
    namespace,
    nowMs,
    uids: new Map(),
    names: new Map(),
    revisions: revisionWords(answers),
  };
  collectNames(answers, words);
  return answers.map((answer) => normalised(answer, "", words) as StepAnswer);
}

function revisionWords(answers: unknown): Map<string, string> {
  const found = new Set<string>();
  visit(answers, (key, value) => {
    if (key === "resourceVersion" && typeof value === "string" && /^\d+$/.test(value)) {
      found.add(value);
    }
  });
  const sorted = [...found].sort((a, b) => Number(a) - Number(b));
  return new Map(sorted.map((revision, index) => [revision, `<rv${index + 1}>`]));
}

/** Names that a server made from `generateName` end in five letters of its own. */
function collectNames(answers: unknown, words: Words): void {
  visit(answers, (key, value) => {
    if (key !== "metadata" || !isObject(value)) return;
    const { name, generateName } = value;
    if (typeof name !== "string" || typeof generateName !== "string") return;
    const prefix = generateName.slice(0, 58);
    if (!name.startsWith(prefix) || name.length !== prefix.length + 5) return;
    words.names.set(name, `${prefix}<5 letters>`);
  });
}

function visit(value: unknown, see: (key: string, value: unknown) => void, key = ""): void {
  see(key, value);
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  else if (isObject(value)) for (const [k, item] of Object.entries(value)) visit(item, see, k);
}

function normalised(value: unknown, key: string, words: Words): unknown {
  if (typeof value === "string") return normalText(value, key, words);
  if (key === "nodePort" && typeof value === "number" && value !== 0) return "<port>";
  if (Array.isArray(value)) return normalList(value, key, words);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const k of Object.keys(value).sort()) {
    // Keys of managedFields hold uids, too.
    if (value[k] !== undefined) result[normalText(k, "", words)] = normalised(value[k], k, words);
  }
  if (result["reason"] === "Invalid" && typeof result["message"] === "string") {
    result["message"] = sortedFindings(result["message"]);
  }
  return result;
}

function normalList(list: readonly unknown[], key: string, words: Words): unknown[] {
  const items = list.map((item) =>
    normalised(item, key === "clusterIPs" ? "clusterIP" : "", words),
  );
  if (key === "causes") return sortedBy(items, (cause) => JSON.stringify(cause));
  if (key === "managedFields") return sortedBy(joined(items), managerKey);
  if (key === "cells") return items.map((cell) => (isAge(cell) ? "<age>" : cell));
  return items;
}

const isAge = (cell: unknown): boolean => typeof cell === "string" && /^\d+(s|m|m\d+s)$/.test(cell);

/**
 * Entries of one manager that differ by subresource only count as one: whether /status has an entry of
 * its own depends on the version (1.22 began it), and a hand-made expectation covers that.
 */
function joined(entries: readonly unknown[]): unknown[] {
  const byManager = new Map<string, JsonObject>();
  for (const entry of entries) {
    if (!isObject(entry)) continue;
    const { subresource: _, ...rest } = entry;
    const key = managerKey(rest);
    const before = byManager.get(key);
    const fieldsV1 =
      before === undefined ? rest["fieldsV1"] : unite(before["fieldsV1"], rest["fieldsV1"]);
    byManager.set(key, { ...rest, ...(fieldsV1 === undefined ? {} : { fieldsV1 }) });
  }
  return [...byManager.values()];
}

function unite(left: unknown, right: unknown): unknown {
  if (!isObject(left) || !isObject(right)) return left ?? right;
  const result: JsonObject = { ...left };
  for (const [key, value] of Object.entries(right)) result[key] = unite(left[key], value);
  return result;
}

function managerKey(entry: unknown): string {
  if (!isObject(entry)) return "";
  const { operation, manager, apiVersion } = entry;
  return [operation, manager, apiVersion].map(String).join(" ");
}

const sortedBy = (items: unknown[], key: (item: unknown) => string): unknown[] =>
  items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ item }) => item);

/** Findings of one answer come in any order: their parts are put in one. */
function sortedFindings(message: string): string {
  const [, start, list] = /^(.*? is invalid: )\[(.*)\]$/s.exec(message) ?? [];
  if (start === undefined || list === undefined) return message;
  return `${start}[${list.split(", ").sort().join(", ")}]`;
}

function normalText(text: string, key: string, words: Words): string {
  if (key === "resourceVersion") return words.revisions.get(text) ?? text;
  if (key === "continue" && text !== "") return "<token>";
  if (key === "clusterIP" && /^\d+\.\d+\.\d+\.\d+$/.test(text)) return "<address>";
  let result = text.replaceAll(words.namespace, "{ns}");
  for (const [name, word] of words.names) result = result.replaceAll(name, word);
  result = result.replace(uuid, (uid) => {
    const word = words.uids.get(uid) ?? `<uid${words.uids.size + 1}>`;
    words.uids.set(uid, word);
    return word;
  });
  result = result.replace(time, (whole, fraction: string | undefined) => {
    if (Math.abs(Date.parse(whole) - words.nowMs) > recentMs) return whole;
    return fraction === undefined ? "<time>" : "<microtime>";
  });
  if (key !== "message" && key !== "text") return result;
  return result
    .replace(revisionTexts, (_, before: string) => `${before}<n>`)
    .replace(/in scheme "[^"]*"/, 'in scheme "<source>"')
    .replace(/\(0x[0-9a-f]+\)/g, "(<pointer>)");
}
