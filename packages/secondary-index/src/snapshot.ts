// SPDX-License-Identifier: Apache-2.0
// Handing out all secondaries of a primary, the same object while nothing changed (stage 7: index).
import type { KubernetesObject, SecondaryList } from "@haversack/core";
import type { Entry, PrimaryNode, Showing, View } from "./primary-node.js";
import type { RelationGraph } from "./relation-graph.js";
import { secondaryList } from "./secondary-list.js";
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
  readonly #empty: Showing[] = [];
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
    const showings = this.#graph.sources.map((source) => this.#show(source, node, uid, view));
    const { version: nodeVersion } = node;
    const snapshot = this.#sameAs(node, showings) ?? this.#snapshotOf(showings);
    node.keepView({ uid, nodeVersion, statusVersion, showings, snapshot });
    return snapshot;
  }

  #show(
    source: SecondarySource,
    node: PrimaryNode,
    uid: string | undefined,
    view: View | undefined,
  ): Showing {
    const { position, origin } = source;
    const bucketVersion = node.buckets[position]?.version ?? 0;
    const before = view?.showings[position];
    if (before?.origin === origin && before.bucketVersion === bucketVersion) return before;
    const objects: KubernetesObject[] = [];
    for (const entry of node.sorted(position)) {
      if (entry.shown !== undefined && belongs(entry, node, uid)) objects.push(entry.shown);
    }
    if (objects.length === 0) return { ...this.#emptyOf(source), bucketVersion };
    // Also what another uid was shown, as when the first event of a primary tells its uid.
    for (const { showings } of node.views) {
      const other = showings[position];
      if (other?.origin === origin && isEqual(other.list, objects)) {
        return { list: other.list, origin, bucketVersion };
      }
    }
    return { list: secondaryList(objects, origin, placeOf(source, node)), origin, bucketVersion };
  }

  #emptyOf({ position, origin }: SecondarySource): Showing {
    const known = this.#empty[position];
    if (known?.origin === origin) return known;
    const empty = {
      list: secondaryList<KubernetesObject>([], origin, ""),
      origin,
      bucketVersion: 0,
    };
    this.#empty[position] = empty;
    return empty;
  }

  #ofNobody(): Snapshot {
    const { sources, statusVersion } = this.#graph;
    if (this.#emptySnapshot === undefined || this.#emptyVersion !== statusVersion) {
      const lists = sources.map((source) => this.#emptyOf(source).list);
      this.#emptySnapshot = freezeNamed(sources, lists);
      this.#emptyVersion = statusVersion;
    }
    return this.#emptySnapshot;
  }

  /** A snapshot of the same lists that was handed out before. */
  #sameAs({ views }: PrimaryNode, showings: readonly Showing[]): Snapshot | undefined {
    const isSame = (each: View) =>
      showings.every(({ list }, position) => list === each.showings[position]?.list);
    return views.find(isSame)?.snapshot as Snapshot | undefined;
  }

  #snapshotOf(showings: readonly Showing[]): Snapshot {
    if (showings.every(({ list }) => list.length === 0)) return this.#ofNobody();
    return freezeNamed(
      this.#graph.sources,
      showings.map(({ list }) => list),
    );
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
  for (const link of entry.links) if (link.node === node && isUid(link.uid, uid)) return true;
  return false;
}

/** Whether a link made for one uid counts for another: unless both are known and differ. */
export function isUid(linked: string | undefined, asked: string | undefined): boolean {
  return linked === undefined || asked === undefined || linked === asked;
}

/** Where the secondaries of a primary are: its namespace; for cluster scope anywhere. */
function placeOf({ plan }: SecondarySource, { namespace }: PrimaryNode): string | undefined {
  if (!plan.kind.namespaced) return "";
  return namespace === "" ? undefined : namespace;
}

function isEqual(
  list: SecondaryList<KubernetesObject>,
  objects: readonly KubernetesObject[],
): boolean {
  if (list.length !== objects.length) return false;
  return objects.every((object, index) => isSameVersion(object, list[index]));
}
