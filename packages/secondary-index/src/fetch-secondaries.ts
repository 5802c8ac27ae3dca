// SPDX-License-Identifier: Apache-2.0
// All secondaries of a primary from the server, for use without watches (stage 7: index).
import {
  hasCode,
  ownersOfKind,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  type ObjectsApi,
  type Relation,
  type SecondaryList,
} from "@haversack/core";
import type { OwnedThrough, SourcePlan } from "./declaration.js";
import { project } from "./retention.js";
import { compareKeys, secondaryList } from "./secondary-list.js";
import { freezeNamed, isUid } from "./snapshot.js";

/** What was found of one declared kind. */
interface Found {
  readonly objects: Map<string, KubernetesObject>;
  readonly available: boolean;
}

/** One `fetch`, with what it has asked for already. */
interface Fetch {
  readonly objects: Pick<ObjectsApi, "get" | "list">;
  readonly primaryKind: Kind;
  readonly plans: readonly SourcePlan[];
  readonly primary: KubernetesObject;
  readonly logger: Logger;
  readonly found: Map<string, Promise<Found>>;
}

/**
 * Reads all secondaries of a primary.
 *
 * **API requests:** per declared kind 1 LIST for the relations without a selector (owner
 * references, fields), 1 LIST per relation with a label selector, and 1 GET per name that the
 * primary states.
 *
 * A kind that is not served, or not allowed, is there with `available: false`. Secondaries of a
 * namespaced primary are looked for in its namespace.
 */
export async function fetchSecondaries(
  objects: Pick<ObjectsApi, "get" | "list">,
  primaryKind: Kind,
  plans: readonly SourcePlan[],
  primary: KubernetesObject,
  logger: Logger,
): Promise<Readonly<Record<string, SecondaryList<KubernetesObject>>>> {
  const fetch: Fetch = { objects, primaryKind, plans, primary, logger, found: new Map() };
  const found = await Promise.all(plans.map((plan) => findOnce(fetch, plan)));
  const lists = plans.map((plan, index) => listOf(plan, primary, found[index] as Found));
  return freezeNamed(
    plans.map((plan) => ({ plan })),
    lists,
  );
}

function findOnce(fetch: Fetch, plan: SourcePlan): Promise<Found> {
  const known = fetch.found.get(plan.name);
  if (known !== undefined) return known;
  const found = find(fetch, plan);
  fetch.found.set(plan.name, found);
  return found;
}

async function find(fetch: Fetch, plan: SourcePlan): Promise<Found> {
  const objects = new Map<string, KubernetesObject>();
  try {
    const answers = await Promise.all([
      ...plan.relations.map((relation) => findSelected(fetch, plan, relation)),
      findListed(fetch, plan),
    ]);
    for (const object of answers.flat()) objects.set(uniqueKey(object), object);
    return { objects, available: true };
  } catch (error) {
    if (!hasCode(error, "EXP_NOT_FOUND", "EXP_FORBIDDEN")) throw error;
    fetch.logger.warn(`fetching ${plan.name} is not possible: ${String(error)}`);
    return { objects, available: false };
  }
}

/** What a relation can ask the server for by name or by label. */
async function findSelected(
  fetch: Fetch,
  plan: SourcePlan,
  relation: SourcePlan["relations"][number],
): Promise<readonly KubernetesObject[]> {
  if (relation.type === "through") return [];
  const { kind, informer, fitsLabels } = plan;
  const selector = relation.selector?.(fetch.primary, kind);
  if (selector === undefined) return [];
  if (selector.keys !== undefined) {
    const keys = selector.keys.filter((key) => isCovered(plan, key));
    const objects = await Promise.all(keys.map((key) => fetch.objects.get(kind, key)));
    return objects.filter(
      (object) => object !== undefined && fitsLabels(object.metadata.labels),
    ) as KubernetesObject[];
  }
  const labelSelector = [selector.labelSelector, informer.labelSelector]
    .filter((each) => each !== undefined && each !== "")
    .join(",");
  const listed = await list(fetch, plan, {
    ...(labelSelector === "" ? {} : { labelSelector }),
    ...(selector.fieldSelector === undefined ? {} : { fieldSelector: selector.fieldSelector }),
  });
  return listed.filter((object) => isOf(fetch, relation, object));
}

/** What has to be listed and looked through. */
async function findListed(fetch: Fetch, plan: SourcePlan): Promise<readonly KubernetesObject[]> {
  const plain = plan.relations.filter(
    (relation) => relation.type === "through" || relation.selector === undefined,
  );
  if (plain.length === 0) return [];
  const { labelSelector } = plan.informer;
  const listed = await list(fetch, plan, labelSelector === undefined ? {} : { labelSelector });
  const owners = await ownersThrough(fetch, plain);
  return listed.filter((object) =>
    plain.some((relation) =>
      relation.type === "through"
        ? isOwnedBy(object, relation, owners)
        : isOf(fetch, relation, object),
    ),
  );
}

async function list(
  fetch: Fetch,
  { kind, informer }: SourcePlan,
  selector: { readonly labelSelector?: string; readonly fieldSelector?: string },
): Promise<readonly KubernetesObject[]> {
  const { namespace } = fetch.primary.metadata;
  const isInNamespace = fetch.primaryKind.namespaced && kind.namespaced && namespace !== undefined;
  if (isInNamespace) return fetch.objects.list(kind, { ...selector, namespace });
  const { namespaces } = informer;
  if (namespaces === undefined) return fetch.objects.list(kind, selector);
  const lists = namespaces.map((each) =>
    fetch.objects.list(kind, { ...selector, namespace: each }),
  );
  return (await Promise.all(lists)).flat();
}

function isOf(fetch: Fetch, relation: Relation, object: KubernetesObject): boolean {
  const { primary, primaryKind, logger } = fetch;
  const { namespace = "", name, uid } = primary.metadata;
  try {
    return relation.toPrimaries(object, { primaryKind, primaries: () => [primary] }).some((key) => {
      const isThere = !primaryKind.namespaced || (key.namespace ?? "") === namespace;
      return isThere && key.name === name && isUid(key.uid, uid);
    });
  } catch (error) {
    const { name: itsName, namespace: itsNamespace } = object.metadata;
    const ref = `${itsNamespace ?? ""}/${itsName}`;
    logger.error(
      `mapping ${ref} to its primaries failed: ${String(error)}. Correct the relation "${relation.name}".`,
      { ref, relation: relation.name },
    );
    return false;
  }
}

/** The secondaries in between, by declared name. */
async function ownersThrough(
  fetch: Fetch,
  relations: SourcePlan["relations"],
): Promise<ReadonlyMap<string, { readonly kind: Kind; readonly found: Found }>> {
  const owners = new Map<string, { readonly kind: Kind; readonly found: Found }>();
  for (const relation of relations) {
    const between = fetch.plans.find(
      ({ name }) => relation.type === "through" && name === relation.through,
    );
    if (between === undefined) continue;
    owners.set(between.name, { kind: between.kind, found: await findOnce(fetch, between) });
  }
  return owners;
}

function isOwnedBy(
  object: KubernetesObject,
  { through, mode }: OwnedThrough,
  owners: ReadonlyMap<string, { readonly kind: Kind; readonly found: Found }>,
): boolean {
  const owner = owners.get(through);
  if (owner === undefined) return false;
  const namespace = owner.kind.namespaced ? object.metadata.namespace : undefined;
  return ownersOfKind(object, owner.kind, mode).some(({ name, uid }) => {
    const found = owner.found.objects.get(
      uniqueKey({ metadata: { namespace: namespace ?? "", name } }),
    );
    return found !== undefined && isUid(found.metadata.uid, uid);
  });
}

function isCovered({ informer, kind }: SourcePlan, { namespace }: ObjectKey): boolean {
  const { namespaces } = informer;
  return !kind.namespaced || namespaces === undefined || namespaces.includes(namespace ?? "");
}

function uniqueKey({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function listOf(
  plan: SourcePlan,
  primary: KubernetesObject,
  { objects, available }: Found,
): SecondaryList<KubernetesObject> {
  const sorted = [...objects.values()].sort((a, b) =>
    compareKeys(
      a.metadata.namespace ?? "",
      a.metadata.name,
      b.metadata.namespace ?? "",
      b.metadata.name,
    ),
  );
  return secondaryList(
    sorted.map((object) => project(object, plan.projection)),
    { available, synced: available, staleSinceMs: () => undefined },
    plan.kind.namespaced ? primary.metadata.namespace : "",
  );
}
