// SPDX-License-Identifier: Apache-2.0
// The custom resource definitions, read from data/crd.yaml (stage 0: words).
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import type { Manifest } from "./json.js";

/** The operator's own kinds: clusters, backups, restores. */
export function operatorCrds(): Promise<readonly Manifest[]> {
  return readDocuments(new URL("../data/crd.yaml", import.meta.url));
}

/** The kinds of cert-manager, for clusters where it is installed. */
export function certManagerCrds(): Promise<readonly Manifest[]> {
  return readDocuments(new URL("../data/cert-manager-crd.yaml", import.meta.url));
}

async function readDocuments(url: URL): Promise<readonly Manifest[]> {
  const documents = parseAllDocuments(await readFile(url, "utf8"));
  // Our own files: the parser's guard against floods of aliases is for strangers' ones.
  return documents.map((document) => document.toJS({ maxAliasCount: -1 }) as Manifest);
}
