// SPDX-License-Identifier: Apache-2.0
// Handing out all secondaries of a primary, the same object while nothing changed (stage 7: index).
import type { KubernetesObject, SecondaryList } from "@haversack/core";
import type { Entry, PrimaryNode, View } from "./primary-node.js";
import type { RelationGraph } from "./relation-graph.js";
import { secondaryList, type ListOrigin } from "./secondary-list.js";
import { isSameVersion, type SecondarySource } from "./secondary-source.js";

type Lists = readonly SecondaryList<KubernetesObject>[];
type Snapshot = Readonly<Record<string, SecondaryList<KubernetesObject>>>;

/**
 * Makes snapshots and remembers the last one of each primary.
 *
 * **Guarantees:** a list that shows the same objects is the same list; a snapshot of the same lists
 * is the same snapshot. Cost: the primary's own secondaries, and none while nothing changed.
 */
export class Snapshots {
  readonly #graph: RelationGraph;
  readonly #empty: SecondaryList<KubernetesObject>[] = [];
  #emptySnapshot: Snapshot | undefined;
  #emptyVersion = -1;

  constructor(graph: RelationGraph) {
    this.#graph = graph;
  }

  /**
   * All secondaries of a name.
   *
   * @param uid Whose secondaries, where owner references tell; `undefined` for whoever had the name.
   */
  of(node: PrimaryNode | undefined, uid: string | undefined): Snapshot {
    const { statusVersion } = this.#graph;
    if (node === undefined) return this.#ofNobody();
    const view = node.viewOf(uid);
    if (view?.nodeVersion === node.version && view.statusVersion === statusVersion) {
      return view.snapshot as Snapshot;
    }
    const lists = this.#graph.sources.map((source) => this.#listOf(source, node, uid, view));
    const bucketVersions = this.#graph.sources.map(({ position }) => versionOf(node, position));
    const known = node.views.find((each) => lists.every((list, at) => list === each.lists[at]));
    const snapshot = (known?.snapshot as Snapshot | undefined) ?? this.#snapshotOf(lists);
    const { version: nodeVersion } = node;
    node.keepView({ uid, nodeVersion, statusVersion, bucketVersions, lists, snapshot });
    return snapshot;
  }

  #listOf(
    source: SecondarySource,
    node: PrimaryNode,
    uid: string | undefined,
    view: View | undefined,
  ): SecondaryList<KubernetesObject> {
    const { position, available, synced } = source;
    const before = view?.lists[position];
    const isCurrent = view?.bucketVersions[position] === versionOf(node, position);
    if (before?.available === available && before.synced === synced && isCurrent) return before;
    const objects = node
      .sorted(position)
      .filter((entry) => belongs(entry, node, uid))
      .map((entry) => entry.shown as KubernetesObject);
    if (objects.length === 0) return this.#emptyOf(source);
    // Also what another uid was shown, as when the first event of a primary tells its uid.
    for (const { lists } of [...node.views].reverse()) {
      const list = lists[position] as SecondaryList<KubernetesObject>;
      if (list.available === available && list.synced === synced && isEqual(list, objects)) {
        return list;
      }
    }
    return secondaryList(objects, originOf(source, node.namespace));
  }

  #emptyOf(source: SecondarySource): SecondaryList<KubernetesObject> {
    const known = this.#empty[source.position];
    if (known?.available === source.available && known.synced === source.synced) return known;
    const empty = secondaryList<KubernetesObject>([], originOf(source, ""));
    this.#empty[source.position] = empty;
    return empty;
  }

  #ofNobody(): Snapshot {
    const { sources, statusVersion } = this.#graph;
    if (this.#emptySnapshot === undefined || this.#emptyVersion !== statusVersion) {
      this.#emptySnapshot = freezeNamed(
        sources,
        sources.map((source) => this.#emptyOf(source)),
      );
      this.#emptyVersion = statusVersion;
    }
    return this.#emptySnapshot;
  }

  #snapshotOf(lists: Lists): Snapshot {
    if (lists.every((list, index) => list === this.#empty[index])) return this.#ofNobody();
    return freezeNamed(this.#graph.sources, lists);
  }
}

/** A frozen object of lists under their declared names. */
export function freezeNamed(
  sources: readonly { readonly plan: { readonly name: string } }[],
  lists: Lists,
): Snapshot {
  const snapshot: Record<string, SecondaryList<KubernetesObject>> = {};
  sources.forEach(({ plan }, index) => {
    snapshot[plan.name] = lists[index] as SecondaryList<KubernetesObject>;
  });
  return Object.freeze(snapshot);
}

/** Whether an entry belongs to the primary of this uid, not only to its name. */
export function belongs(entry: Entry, node: PrimaryNode, uid: string | undefined): boolean {
  return entry.links.some((link) => link.node === node && isUid(link.uid, uid));
}

/** Whether a link made for one uid counts for another: unless both are known and differ. */
export function isUid(linked: string | undefined, asked: string | undefined): boolean {
  return linked === undefined || asked === undefined || linked === asked;
}

function originOf(source: SecondarySource, primaryNamespace: string): ListOrigin {
  const { kind } = source.plan;
  // Secondaries of a cluster-scoped primary may be in any namespace.
  const namespace = kind.namespaced ? primaryNamespace || undefined : "";
  const { available, synced } = source;
  return { available, synced, namespace, staleSinceMs: () => source.staleSinceMs };
}

function versionOf(node: PrimaryNode, position: number): number {
  return node.buckets[position]?.version ?? 0;
}

function isEqual(
  list: SecondaryList<KubernetesObject>,
  objects: readonly KubernetesObject[],
): boolean {
  if (list.length !== objects.length) return false;
  return objects.every((object, index) => isSameVersion(object, list[index]));
}
