// SPDX-License-Identifier: Apache-2.0
// What was ever applied for a primary, kept on the primary, so that nothing is left behind (stage 6).
import {
  defineKind,
  formatRef,
  hasCode,
  kindKey,
  objectKey,
  type Kind,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  type ObjectsApi,
} from "@haversack/core";
import type { Lane } from "./lane.js";

/** One object of the inventory, as stored: who applied it, and how to find it. */
type Entry = readonly [part: string, apiVersion: string, kind: string, plural: string, key: string];

/** Tries before a primary that others keep changing is left to the lane's backoff. */
const maxTries = 5;

/** What an inventory works on. @internal */
export interface InventoryContext<P extends KubernetesObject> {
  readonly objects: ObjectsApi;
  readonly primaryKind: Kind<P>;
  /** Name of the annotation that holds it. */
  readonly annotation: string;
  readonly logger: Logger;
  primary(): P;
  /** Takes in the primary as a write left it. */
  update(primary: P): void;
}

/**
 * The inventory of one primary: first the union is written, then objects are applied, then what is
 * no longer wanted is deleted, then the inventory shrinks. A crash in between loses nothing.
 *
 * @see KEP-3659 (ApplySet) for the order.
 * @internal
 */
export class Inventory<P extends KubernetesObject> {
  readonly #context: InventoryContext<P>;
  /** What was applied in this process, by sub-reconciler, in its last successful run. */
  readonly #wanted = new Map<string, ReadonlySet<string>>();
  #pending = new Map<string, Entry>();
  #writing: Promise<void> = Promise.resolve();

  constructor(context: InventoryContext<P>) {
    this.#context = context;
  }

  /**
   * Notes an object that is about to be applied. Objects of the same turn share one request.
   *
   * **API requests:** 0 when it is in already, else 1 PATCH of the primary; 1 GET and 1 PATCH more
   * when the primary has changed since.
   */
  include(part: string, kind: Kind<KubernetesObject>, key: ObjectKey): Promise<void> {
    const entry: Entry = [part, kind.apiVersion, kind.kind, kind.plural, objectKey(key)];
    const id = JSON.stringify(entry);
    if (this.#entries().has(id)) return Promise.resolve();
    if (this.#pending.size === 0) {
      this.#writing = this.#writing.catch(() => undefined).then(() => this.#flush());
    }
    this.#pending.set(id, entry);
    return this.#writing;
  }

  /** What a run of a sub-reconciler applied: all that is wanted of it from now on. */
  want(part: string, applied: ReadonlySet<string>): void {
    this.#wanted.set(part, applied);
  }

  /**
   * Deletes what no sub-reconciler wants any more; nothing while one of the kind has not run well.
   *
   * **API requests:** 0 when nothing is to go; else 1 GET and 1 DELETE per object, and 1 PATCH.
   */
  async prune(lanes: readonly Lane<P>[]): Promise<void> {
    const entries = this.#entries();
    const gone = [...entries.values()].filter((entry) => this.#isUnwanted(entry, lanes));
    if (gone.length === 0) return;
    for (const entry of gone) await this.#remove(entry);
    await this.#change((now) => {
      for (const entry of gone) now.delete(JSON.stringify(entry));
    });
  }

  async #flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = new Map();
    await this.#change((now) => {
      for (const [id, entry] of pending) now.set(id, entry);
    });
  }

  #isUnwanted(entry: Entry, lanes: readonly Lane<P>[]): boolean {
    const [name, , , , key] = entry;
    const kind = kindKey(kindOf(entry));
    const own = lanes.find(({ part }) => part.name === name);
    if (own !== undefined && own.part.declared.prune !== true) return false;
    const objectName = keyOf(entry).name;
    const concerned = lanes.filter(
      (lane) =>
        lane === own ||
        // Who comes after the one that applied it only adds to it.
        ((own === undefined || !lane.part.ancestors.has(own.part)) &&
          lane.part.writes?.some(
            (claim) =>
              claim.kind === kind && claim.named?.(objectName, this.#context.primary()) !== false,
          ) === true),
    );
    for (const lane of concerned) {
      if (lane.outcome === "inactive") {
        if (lane === own && lane.part.declared.inactive === "keep") return false;
        continue;
      }
      if (lane.outcome !== "done" || lane.isWoken) return false; // It may still want it.
      if (this.#wanted.get(lane.part.name)?.has(placeOf(kind, key)) !== false) return false;
    }
    return true;
  }

  async #remove(entry: Entry): Promise<void> {
    const { objects, primary, logger } = this.#context;
    const kind = kindOf(entry);
    const key = keyOf(entry);
    const live = await objects.get(kind, key);
    if (live === undefined) return;
    const { uid } = primary().metadata;
    if (live.metadata.ownerReferences?.some((each) => each.uid === uid) !== true) {
      const ref = formatRef({ group: kind.group, kind: kind.kind, ...key });
      logger.warn(`${ref} is no longer wanted and was left: it has no reference to its primary`);
      return;
    }
    const { resourceVersion } = live.metadata;
    await objects.delete(kind, live, resourceVersion === undefined ? {} : { resourceVersion });
  }

  /** Changes what is stored, never a version of it that is no longer there: that would forget. */
  async #change(change: (entries: Map<string, Entry>) => void): Promise<void> {
    const { objects, primaryKind, primary, annotation, update } = this.#context;
    for (let attempt = 1; ; attempt += 1) {
      const entries = this.#entries();
      change(entries);
      const text = entries.size === 0 ? null : JSON.stringify([...entries.values()].sort());
      const patch = { metadata: { annotations: { [annotation]: text } } };
      const { resourceVersion, uid } = primary().metadata;
      const guard = resourceVersion === undefined ? {} : { resourceVersion };
      try {
        return update((await objects.mergePatch(primaryKind, primary(), patch, guard)).object);
      } catch (error) {
        if (!hasCode(error, "EXP_CONFLICT") || attempt >= maxTries) throw error;
        const live = await objects.get(primaryKind, primary().metadata);
        if (live === undefined || live.metadata.uid !== uid) throw error;
        update(live);
      }
    }
  }

  #entries(): Map<string, Entry> {
    const { primary, annotation, logger } = this.#context;
    const { annotations } = primary().metadata;
    const text = annotations?.[annotation];
    if (text === undefined) return new Map();
    try {
      const parsed = JSON.parse(text) as readonly Entry[];
      return new Map(parsed.map((entry) => [JSON.stringify(entry), entry]));
    } catch (error) {
      // Somebody wrote over it: what is applied from now on is noted again, the rest stays.
      logger.error(`annotation ${annotation} of ${primary().metadata.name} is no inventory`, {
        problem: String(error),
      });
      return new Map();
    }
  }
}

/** Text that is equal for the same object, whoever applied it and in which version. */
export function placeOf(kind: string, key: string): string {
  return `${kind} ${key}`;
}

function kindOf([, apiVersion, kind, plural, key]: Entry): Kind<KubernetesObject> {
  const scope = key.includes("/") ? "Namespaced" : "Cluster";
  return defineKind(apiVersion, kind, { plural, scope });
}

function keyOf([, , , , key]: Entry): ObjectKey {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
