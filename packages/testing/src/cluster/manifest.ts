// SPDX-License-Identifier: Apache-2.0
// From YAML, JSON or plain objects to objects that can be applied (before stage 1).
import type { KubernetesObject } from "@haversack/core";

/** An object that says what it is. */
export interface Manifest extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What {@link TestCluster.apply} takes. */
export type Manifests = string | KubernetesObject | readonly KubernetesObject[];

/**
 * Reads manifests: YAML with any number of documents, JSON, objects; a `List` is its items.
 *
 * **API requests:** 0.
 *
 * @throws Error for what is no object with apiVersion, kind and metadata.
 */
export async function readManifests(input: Manifests): Promise<readonly Manifest[]> {
  const values = typeof input === "string" ? await parse(input) : [input].flat();
  return values.flatMap(itemsOf).map(checked);
}

async function parse(text: string): Promise<readonly unknown[]> {
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text);
  return documents
    .map((document) => {
      const [problem] = document.errors;
      if (problem !== undefined) throw new Error(`cannot read the manifest: ${problem.message}`);
      // Through JSON, so that a key named __proto__ stays a key.
      return JSON.parse(JSON.stringify(document.toJS()) ?? "null") as unknown;
    })
    .filter((value) => value !== null);
}

function itemsOf(value: unknown): readonly unknown[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  return kind === "List" && Array.isArray(items) ? (items as unknown[]) : [value];
}

function checked(value: unknown): Manifest {
  const manifest = value as Partial<Manifest> | null;
  const isWhole =
    typeof manifest === "object" &&
    typeof manifest?.apiVersion === "string" &&
    typeof manifest.kind === "string" &&
    typeof manifest.metadata === "object";
  if (!isWhole) {
    throw new Error(
      `cannot apply ${JSON.stringify(value)?.slice(0, 80)}: apiVersion, kind or metadata is missing. ` +
        "Give whole objects.",
    );
  }
  return manifest as Manifest;
}
