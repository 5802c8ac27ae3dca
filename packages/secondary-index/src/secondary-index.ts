// SPDX-License-Identifier: Apache-2.0
// From a primary to all its secondaries, as a plain class fed by events (stage 7: index).
import {
  ConfigurationError,
  consoleLogger,
  IndexNotReadyError,
  OwnWrites,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  type ObjectsApi,
  type ResourceRef,
  type Runtime,
  type Secondaries,
  type SecondaryKinds,
  type SecondarySnapshot,
  type Subscription,
  type WatchEvent,
} from "@haversack/core";
import {
  planSources,
  type DeclaredKinds,
  type SecondaryDeclarations,
  type SecondaryIndexOptions,
  type SecondaryRelation,
  type SourcePlan,
} from "./declaration.js";
import { fetchSecondaries } from "./fetch-secondaries.js";
import type { PrimaryNode } from "./primary-node.js";
import { RelationGraph } from "./relation-graph.js";
import type { Retain } from "./retention.js";
import type { SecondarySource } from "./secondary-source.js";
import { isUid, Snapshots } from "./snapshot.js";

/** What an index is made from when it is used without the mixin. */
export interface SecondaryIndexSetup<
  P extends KubernetesObject,
  D extends SecondaryDeclarations,
  R extends Retain,
> extends SecondaryIndexOptions<D, R> {
  readonly primaryKind: Kind<P>;
  /** Own writes to overlay. Default: an empty overlay of its own, {@link SecondaryIndex.ownWrites}. */
  readonly ownWrites?: OwnWrites;
  /** What {@link SecondaryIndex.fetch} reads with. */
  readonly objects?: Pick<ObjectsApi, "get" | "list">;
  /** Told of relations that throw. Default: the console. */
  readonly logger?: Logger;
}

/** Where an event belongs: a declared name, or a kind under whatever names it is declared. */
export type FeedTarget = string | Kind;

/**
 * All secondaries of each primary, kept up to date by events from any source.
 *
 * Stage 7 of 7: index. The mixin `withSecondaryIndex` feeds it from shared informers; by hand, pass
 * every event to {@link apply}, and call {@link markSynced} when a first complete list is in.
 *
 * **API requests:** 0, but for {@link fetch}.
 * **Guarantees:** look-ups never wait and never throw once synced; an entry leaves every primary it
 * was entered for, whatever its last event says. **Assumes:** events of one object come in order.
 *
 * @example
 * ```ts
 * const index = new SecondaryIndex({ primaryKind: databases, kinds: { services } });
 * index.apply(services, added(serviceOwnedBy("db-1")));
 * index.markSynced();
 * index.of({ group: "example.com", kind: "Database", namespace: "prod", name: "db-1" }).services; // the one Service
 * ```
 */
export class SecondaryIndex<
  P extends KubernetesObject,
  const D extends SecondaryDeclarations,
  const R extends Retain = "objects",
> implements Secondaries<P, DeclaredKinds<D, R>> {
  readonly ownWrites: OwnWrites;
  readonly kinds: SecondaryKinds;
  readonly #primaryKind: Kind<P>;
  readonly #plans: readonly SourcePlan[];
  readonly #objects: Pick<ObjectsApi, "get" | "list"> | undefined;
  readonly #listeners = new Set<(primary: ResourceRef) => void>();
  readonly #namespaces: readonly string[] | undefined;
  readonly #following: Subscription[] = [];
  #graph: RelationGraph;
  #snapshots: Snapshots;
  #logger: Logger;

  /** @throws {@link ConfigurationError} for declarations that cannot work. Terminal. */
  constructor(setup: SecondaryIndexSetup<P, D, R>) {
    this.#primaryKind = setup.primaryKind;
    this.#objects = setup.objects;
    this.#logger = setup.logger ?? consoleLogger;
    this.#plans = planSources(setup);
    this.kinds = Object.fromEntries(this.#plans.map(({ name, kind }) => [name, kind]));
    this.ownWrites = setup.ownWrites ?? new OwnWrites();
    this.#namespaces = setup.namespaces;
    this.#graph = this.#makeGraph();
    this.#snapshots = new Snapshots(this.#graph);
    this.#following.push(this.#graph.follow(this.ownWrites));
  }

  of(primary: P | ResourceRef): SecondarySnapshot<DeclaredKinds<D, R>> {
    if (!this.#graph.isReady) this.#refuse();
    const { namespace, name, uid } = "metadata" in primary ? primary.metadata : primary;
    const node = this.#nodeOf({ namespace, name });
    const snapshot = this.#snapshots.of(node, uid ?? node?.primary?.metadata.uid);
    return snapshot as SecondarySnapshot<DeclaredKinds<D, R>>;
  }

  /** @throws {@link ConfigurationError} when it was made without `objects`. Terminal. */
  async fetch(primary: P): Promise<SecondarySnapshot<DeclaredKinds<D, R>>> {
    if (this.#objects === undefined) {
      throw new ConfigurationError(
        "cannot fetch secondaries: the index has nothing to read with. Pass `objects` when making it.",
      );
    }
    const snapshot = await fetchSecondaries(
      this.#objects,
      this.#primaryKind,
      this.#plans,
      primary,
      this.#logger,
    );
    return snapshot as SecondarySnapshot<DeclaredKinds<D, R>>;
  }

  /** Takes in an event of a secondary, or of a primary when it is of the primary's kind. */
  apply(target: FeedTarget, event: WatchEvent): void {
    for (const source of this.#sourcesOf(target)) this.#graph.apply(source, event);
    if (typeof target !== "string" && isSameKind(target, this.#primaryKind)) {
      this.applyPrimary(event);
    }
  }

  /** Takes in an event of a primary. */
  applyPrimary(event: WatchEvent): void {
    this.#graph.apply(this.#graph.primaries, event);
  }

  /**
   * Notes that a complete list at this version has been taken in; without a target, of every kind
   * and of the primaries.
   */
  markSynced(target?: FeedTarget, resourceVersion?: string): void {
    const targets = target === undefined ? this.#graph.sources : this.#sourcesOf(target);
    for (const source of targets) this.#graph.complete(source, resourceVersion);
    const isPrimary = typeof target === "object" && isSameKind(target, this.#primaryKind);
    if (target === undefined || isPrimary) this.markPrimariesSynced(resourceVersion);
  }

  /** Notes that all primaries at this version have been taken in. */
  markPrimariesSynced(resourceVersion?: string): void {
    this.#graph.complete(this.#graph.primaries, resourceVersion);
  }

  /** Takes in where the informer of a kind stands: served, allowed, up to date. */
  report(target: FeedTarget, status: InformerStatus): void {
    for (const source of this.#sourcesOf(target)) this.#graph.report(source, status);
  }

  /** Takes in where the informer of the primaries stands. */
  reportPrimaries(status: InformerStatus): void {
    this.#graph.report(this.#graph.primaries, status);
  }

  /**
   * Tells of each primary whose secondaries changed, after the event that did it; for waking
   * reconciles without the pack `withWatches`, and for secondaries owned through another.
   */
  subscribe(listener: (primary: ResourceRef) => void): Subscription {
    this.#listeners.add(listener);
    return { unsubscribe: () => this.#listeners.delete(listener) };
  }

  /** The primaries to which a secondary belongs now. */
  primariesOf(name: keyof D & string, secondary: ObjectKey | KubernetesObject): ResourceRef[] {
    const nodes = new Map<PrimaryNode, string | undefined>();
    for (const source of this.#sourcesOf(name)) {
      for (const { node, uid } of entryOf(source, secondary)?.links ?? []) {
        nodes.set(node, uid ?? nodes.get(node));
      }
    }
    return [...nodes].map(([node, uid]) => this.#refOf(node, uid));
  }

  /** By which relations a secondary belongs to a primary: what is ours to delete, for example. */
  relationsOf(
    primary: P | ResourceRef,
    name: keyof D & string,
    secondary: ObjectKey | KubernetesObject,
  ): readonly SecondaryRelation[] {
    const { uid, ...key } = "metadata" in primary ? primary.metadata : primary;
    const node = this.#nodeOf(key);
    const asked = uid ?? node?.primary?.metadata.uid;
    return this.#sourcesOf(name).flatMap((source) => {
      const links = entryOf(source, secondary)?.links ?? [];
      const fitting = links.filter((link) => link.node === node && isUid(link.uid, asked));
      return fitting.flatMap(({ relation }) => source.plan.relations[relation] ?? []);
    });
  }

  /** Whether relations depend on the primaries, so that their events are needed too. */
  get needsPrimaries(): boolean {
    return this.#graph.needsPrimaries;
  }

  /** Overlays the own writes of a started reconciler too, and logs where it logs. */
  begin({ ownWrites, logger }: Pick<Runtime, "ownWrites" | "logger">): void {
    this.#logger = logger;
    this.#following.push(this.#graph.follow(ownWrites));
  }

  /** Forgets everything, as before the first event. Idempotent. */
  end(): void {
    for (const each of this.#following.splice(0)) each.unsubscribe();
    this.#graph = this.#makeGraph();
    this.#snapshots = new Snapshots(this.#graph);
    this.#following.push(this.#graph.follow(this.ownWrites));
  }

  /** The declared kinds and what is to be asked of informers for them. */
  get plans(): readonly SourcePlan[] {
    return this.#plans;
  }

  /** What is to be asked of the informer of the primaries. */
  get primaryPlan(): SourcePlan {
    return this.#graph.primaries.plan;
  }

  /** Number of secondaries held, of all kinds. */
  get size(): number {
    return this.#graph.sources.reduce((total, { entries }) => total + entries.size, 0);
  }

  #makeGraph(): RelationGraph {
    return new RelationGraph({
      primaryKind: this.#primaryKind,
      plans: this.#plans,
      primaryNamespaces: this.#namespaces,
      logger: () => this.#logger,
      isHeard: () => this.#listeners.size > 0,
      onChanged: (node) => this.#tell(node),
    });
  }

  #sourcesOf(target: FeedTarget): readonly SecondarySource[] {
    const { sources } = this.#graph;
    if (typeof target !== "string") {
      return sources.filter(({ plan }) => isSameKind(plan.kind, target));
    }
    const named = sources.filter(({ plan }) => plan.name === target);
    if (named.length > 0) return named;
    throw new ConfigurationError(
      `no secondaries are declared as "${target}". Use one of: ${this.#plans.map(({ name }) => name).join(", ")}.`,
    );
  }

  #nodeOf({ namespace, name }: ObjectKey): PrimaryNode | undefined {
    return this.#graph.nodes.get(this.#primaryKind.namespaced ? namespace : "", name);
  }

  #refuse(): never {
    const { sources, primaries, needsPrimaries } = this.#graph;
    const waiting = sources.filter((source) => !source.isSettled).map(({ plan }) => plan.name);
    if (needsPrimaries && !primaries.isSettled) waiting.push(this.#primaryKind.plural);
    throw new IndexNotReadyError(
      `cannot look up secondaries of ${this.#primaryKind.kind}: no complete list yet of ${waiting.join(", ")}. ` +
        "Wait until the reconciler is ready (it needs informers: apply withWatches), or use fetch().",
    );
  }

  #tell(node: PrimaryNode): void {
    const ref = this.#refOf(node, undefined);
    for (const listener of this.#listeners) listener(ref);
  }

  #refOf({ namespace, name, primary }: PrimaryNode, linked: string | undefined): ResourceRef {
    const { group, kind } = this.#primaryKind;
    const uid = linked ?? primary?.metadata.uid;
    return {
      group,
      kind,
      ...(namespace === "" ? {} : { namespace }),
      name,
      ...(uid === undefined ? {} : { uid }),
    };
  }
}

function entryOf(source: SecondarySource, secondary: ObjectKey | KubernetesObject) {
  const { namespace, name } = "metadata" in secondary ? secondary.metadata : secondary;
  return source.entries.get(namespace, name);
}

function isSameKind(a: Kind, b: Kind): boolean {
  return a.kind === b.kind && a.group === b.group;
}
