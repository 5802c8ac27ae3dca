// SPDX-License-Identifier: Apache-2.0
// The format of a directory of cases: index.json, inputs, expected objects.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { isJsonObject, type JsonObject, type Manifest, type TextMap } from "../json.js";
import type { CaseKind } from "./compare.js";

/** One object that must exist after a step, and be equal to a file. */
export interface ExpectedObject {
  readonly file: string;
  readonly kind: string;
  readonly name?: string;
  /** The generation the original's object had; 1 means that it was written once. */
  readonly upstreamGeneration?: number;
}

/** What somebody else does to an object before it is compared. */
export interface Intervention {
  /** `Kind/name`. */
  readonly object: string;
  readonly replaceLabels?: TextMap;
  readonly replaceAnnotations?: TextMap;
}

/** One custom resource that is applied, and what must come of it. */
export interface CaseStep {
  readonly input: string;
  readonly before?: Intervention;
  readonly expected: readonly ExpectedObject[];
  /** `Kind/name` each. */
  readonly mustNotExist?: readonly string[];
}

/** Steps on one cluster; the state carries over. */
export interface CaseEntry {
  readonly id: string;
  readonly tests?: string;
  /** Starts with `unit` when the files hold objects without the API server's defaults. */
  readonly kind: string;
  /** For people, and read for what has to exist first. */
  readonly preconditions?: readonly string[];
  readonly steps: readonly CaseStep[];
}

/** `index.json`. */
export interface CaseIndex {
  readonly cases: readonly CaseEntry[];
}

/** Reads the index of a directory of cases. */
export async function readCaseIndex(directory: string): Promise<CaseIndex> {
  const path = join(directory, "index.json");
  const index: unknown = JSON.parse(await readFile(path, "utf8"));
  if (!isJsonObject(index) || !Array.isArray(index["cases"])) {
    throw new TypeError(
      `cannot read ${path}: it has no list "cases". Point --cases at a directory of cases.`,
    );
  }
  return index as unknown as CaseIndex;
}

/** Reads one YAML file of a case. */
export async function readCaseFile(
  directory: string,
  entry: CaseEntry,
  file: string,
): Promise<JsonObject> {
  const path = join(directory, entry.id, file);
  const content: unknown = parse(await readFile(path, "utf8"));
  if (!isJsonObject(content)) throw new TypeError(`cannot read ${path}: it is no YAML mapping.`);
  return content;
}

/** Which rules of comparison a case follows. */
export function caseKind(entry: CaseEntry): CaseKind {
  return entry.kind.startsWith("unit") ? "unit" : "e2e";
}

/**
 * The namespace a case runs in: the one its input names, else one that no name of the case contains,
 * because every occurrence of it is replaced before objects are compared.
 */
export function caseNamespace(entry: CaseEntry, input: JsonObject): string {
  const metadata = input["metadata"];
  const given = isJsonObject(metadata) ? metadata["namespace"] : undefined;
  return typeof given === "string" && given !== "" ? given : `case-${entry.id}`;
}

/** What has to exist before the first step, as far as the preconditions say so in words. */
export interface Preconditions {
  readonly needsCertManager: boolean;
  /** Names of TLS Secrets that the user made. */
  readonly userTlsSecrets: readonly string[];
}

/** Reads the preconditions' sentences; what the operator makes itself needs nothing. */
export function preconditionsOf(entry: CaseEntry): Preconditions {
  const sentences = entry.preconditions ?? [];
  const byUser = sentences.filter(
    (text) => /created by the user/i.test(text) && /tls secret/i.test(text),
  );
  const names = byUser.flatMap(
    (text) =>
      /tls secrets?\s+(.*?)\s+(?:is|are) created/i.exec(text)?.[1]?.split(/,\s*|\s+and\s+/) ?? [],
  );
  return {
    needsCertManager: sentences.some((text) => /cert-manager\.io/.test(text)),
    userTlsSecrets: names.filter((name) => name !== ""),
  };
}

/** The objects in an expected file: one, or the items of a list. */
export function expectedObjects(content: JsonObject): readonly JsonObject[] {
  const items = content["items"];
  return Array.isArray(items) ? (items as readonly JsonObject[]) : [content];
}

/** An input with its namespace set. */
export function inNamespace(input: JsonObject, namespace: string): Manifest {
  const metadata = isJsonObject(input["metadata"]) ? input["metadata"] : {};
  return { ...input, metadata: { ...metadata, namespace } } as unknown as Manifest;
}
