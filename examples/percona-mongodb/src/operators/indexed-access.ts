// SPDX-License-Identifier: Apache-2.0
// How operators with packs see and change a cluster's objects: one look into the index, minimal writes (stages 5 and 6).
import { hasCode, type KubernetesObject, type ObjectsApi } from "haversack";
import type { Changes, KindName, Observed } from "../functions/part.js";
import type { Manifest, TextMap } from "../json.js";
import { adopted } from "./adoption.js";
import { kindOf, kinds } from "./kinds.js";

/** The kinds by the names under which a cluster's index has them. */
const indexNames = {
  Secret: "secrets",
  ConfigMap: "configMaps",
  Service: "services",
  Pod: "pods",
  PersistentVolumeClaim: "claims",
  Lease: "locks",
  StatefulSet: "statefulSets",
  PodDisruptionBudget: "budgets",
  Issuer: "issuers",
  ClusterIssuer: "clusterIssuers",
  Certificate: "certificates",
  PerconaServerMongoDB: "clusters",
  PerconaServerMongoDBBackup: "backups",
  PerconaServerMongoDBRestore: "restores",
} as const satisfies Readonly<Record<KindName, string>>;

/** A snapshot of the index, as far as its kinds are those of this operator. */
export type Snapshot = Readonly<
  Partial<
    Record<
      (typeof indexNames)[KindName],
      readonly KubernetesObject[] & { readonly available: boolean }
    >
  >
>;

/** What functions see in a snapshot, for a primary in a namespace. **API requests:** 0. */
export function observedIn(snapshot: Snapshot, namespace: string | undefined): Observed {
  const listOf = (kind: KindName): readonly Manifest[] =>
    (snapshot[indexNames[kind]] ?? []) as readonly KubernetesObject[] as readonly Manifest[];
  return {
    hasCertManager: snapshot.issuers?.available === true,
    get: (kind, name) =>
      listOf(kind).find(
        ({ metadata }) => metadata.name === name && (metadata.namespace ?? namespace) === namespace,
      ),
    list: (kind, labels) => listOf(kind).filter((object) => carries(object, labels)),
  };
}

/** What making changes needs. */
export interface ChangeContext {
  readonly objects: ObjectsApi;
  readonly primary: KubernetesObject;
  /** What the changes were decided from, or something newer. */
  readonly observed: Observed;
  onWish?(wish: Manifest): void;
}

/**
 * Makes changes, in the order of their fields. **API requests:** one write per object that differs.
 *
 * @throws what a write throws; those before it are made.
 */
export async function makeChanges(
  { create = [], apply = [], adopt = [], drop = [], take = [], remove = [] }: Changes,
  context: ChangeContext,
): Promise<void> {
  const { objects, primary, observed, onWish } = context;
  for (const object of create) {
    onWish?.(object);
    await objects.create(kindOf(object), object);
  }
  for (const object of apply) {
    onWish?.(object);
    await objects.apply(kindOf(object), object);
  }
  for (const { kind, name } of adopt) {
    const live = observed.get(kind, name);
    if (live !== undefined) await objects.mergePatch(kinds[kind], live, adopted(live, primary));
  }
  for (const { kind, name, labels, annotations } of drop) {
    const live = observed.get(kind, name);
    if (live === undefined) continue;
    const metadata = { labels: absent(labels), annotations: absent(annotations) };
    await objects.mergePatch(kinds[kind], live, { metadata });
  }
  for (const lock of take) await createUnlessThere(() => objects.create(kindOf(lock), lock));
  for (const { kind, name } of remove) {
    const live = observed.get(kind, name);
    if (live !== undefined) await objects.delete(kinds[kind], live);
  }
}

/** Creates, and leaves it to whoever was faster. **API requests:** 1 POST. */
export async function createUnlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!hasCode(error, "EXP_ALREADY_EXISTS")) throw error;
  }
}

function carries({ metadata }: Manifest, labels: TextMap): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** In a merge patch null means: away with it. */
function absent(keys: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(keys.map((key) => [key, null]));
}
