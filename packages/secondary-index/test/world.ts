// SPDX-License-Identifier: Apache-2.0
// A model of an API server and of what one reconciler can know of it (tests).
import type {
  Kind,
  KubernetesObject,
  ObjectKey,
  OwnWrite,
  OwnWrites,
  WatchEvent,
} from "@haversack/core";
import { added, deleted, modified } from "./objects.js";

/** One committed write of an object; `object` is absent for a deletion. */
interface Commit {
  readonly revision: number;
  readonly key: string;
  readonly object: KubernetesObject | undefined;
  readonly before: KubernetesObject | undefined;
}

/** An own write that the server has done and whose answer is on its way. */
interface Answer {
  readonly revision: number;
  readonly key: string;
  readonly write: OwnWrite;
}

/** Beyond 2^53, and about to gain a digit. */
const firstVersion = 10n ** 16n - 20n;

export const versionAt = (revision: number): string => String(firstVersion + BigInt(revision));

/** One revision counter for all kinds, as in etcd. */
export class Revisions {
  last = 0;
  uids = 0;
}

/**
 * One kind: everything that was committed, how far the watch has come, which own writes were
 * answered. What is to be shown of an object follows from that by one rule: its state at the
 * watch's revision or at that of the newest answered own write, whichever is later.
 */
export class KindWorld {
  readonly kind: Kind;
  readonly commits: Commit[] = [];
  readonly answers: Answer[] = [];
  readonly answered = new Map<string, number>();
  /** Events as they were delivered. */
  readonly delivered: WatchEvent[] = [];
  cursor = 0;
  readonly #revisions: Revisions;

  constructor(kind: Kind, revisions: Revisions) {
    this.kind = kind;
    this.#revisions = revisions;
  }

  /** The state of an object at a revision. */
  stateAt(key: string, revision: number): KubernetesObject | undefined {
    return this.commits.findLast((commit) => commit.key === key && commit.revision <= revision)
      ?.object;
  }

  current(key: string): KubernetesObject | undefined {
    return this.stateAt(key, Infinity);
  }

  keys(): readonly string[] {
    return [...new Set(this.commits.map(({ key }) => key))];
  }

  /** What a reconciler with this watch and these answers can know; the model of the overlay. */
  shown(key: string): KubernetesObject | undefined {
    return this.stateAt(key, Math.max(this.cursor, this.answered.get(key) ?? 0));
  }

  allShown(): readonly KubernetesObject[] {
    return this.keys()
      .map((key) => this.shown(key))
      .filter((object) => object !== undefined);
  }

  /** Creates or changes an object; `isNew` deletes an existing one first. */
  write(key: ObjectKey, parts: Partial<KubernetesObject>, isNew: boolean, isOwn: boolean): void {
    const text = `${key.namespace}/${key.name}`;
    if (isNew && this.current(text) !== undefined) this.#commit(text, undefined);
    const uid = this.current(text)?.metadata.uid ?? `uid-${(this.#revisions.uids += 1)}`;
    const resourceVersion = versionAt(this.#revisions.last + 1);
    const { namespace = "", name } = key;
    const metadata = { ...parts.metadata, namespace, name, uid, resourceVersion };
    const revision = this.#commit(text, { ...parts, metadata });
    const stored = this.current(text) as KubernetesObject;
    if (isOwn) this.answers.push({ revision, key: text, write: { kind: this.kind, stored } });
  }

  /** Deletes an object; an own delete needs to know its uid. */
  remove(key: string, isOwn: boolean): void {
    const object = this.current(key);
    if (object === undefined) return;
    const known = this.shown(key);
    if (isOwn && known?.metadata.uid !== object.metadata.uid) return;
    const revision = this.#commit(key, undefined);
    if (!isOwn || known === undefined) return;
    const { uid, resourceVersion } = known.metadata;
    const write: OwnWrite = { kind: this.kind, deleted: known.metadata, uid, resourceVersion };
    this.answers.push({ revision, key, write });
  }

  /** Lets the answer to an own write arrive, in any order. */
  answer(which: number, ownWrites: OwnWrites): void {
    if (this.answers.length === 0) return;
    const [answer] = this.answers.splice(which % this.answers.length, 1);
    if (answer === undefined) return;
    const { key, revision, write } = answer;
    this.answered.set(key, Math.max(revision, this.answered.get(key) ?? 0));
    ownWrites.record(write);
  }

  /** Brings the next events of the watch. */
  deliver(count: number, apply: (event: WatchEvent) => void, isFinalKnown: boolean): void {
    const next = this.commits.filter(({ revision }) => revision > this.cursor).slice(0, count);
    for (const commit of next) {
      this.cursor = commit.revision;
      const event = eventOf(commit, isFinalKnown);
      this.delivered.push(event);
      apply(event);
    }
  }

  /** Repeats an event, or brings an older state of an object that is still there. */
  repeat(which: number, apply: (event: WatchEvent) => void): void {
    const past = this.commits.filter(
      ({ revision, key }) =>
        revision <= this.cursor && this.stateAt(key, this.cursor) !== undefined,
    );
    const commit = past[which % Math.max(past.length, 1)];
    if (commit !== undefined) apply(eventOf(commit, true));
  }

  /** A new list after a gap, taken at some revision between the cursor and now. */
  relist(ahead: number, apply: (event: WatchEvent) => void, synced: (version: string) => void) {
    const to = this.cursor + (ahead % (this.#revisions.last - this.cursor + 1));
    const flags = { isRelist: true, synthetic: true };
    for (const key of this.keys()) {
      const old = this.stateAt(key, this.cursor);
      const now = this.stateAt(key, to);
      if (old === now) continue;
      const isOther = old !== undefined && old.metadata.uid !== now?.metadata.uid;
      if (isOther) apply(deleted(old, flags));
      if (now === undefined) continue;
      apply(old === undefined || isOther ? added(now, flags) : modified(now, flags));
    }
    this.cursor = to;
    synced(versionAt(to));
  }

  #commit(key: string, object: KubernetesObject | undefined): number {
    const before = this.current(key);
    this.#revisions.last += 1;
    const revision = this.#revisions.last;
    this.commits.push({ revision, key, object, before });
    return revision;
  }
}

/** @param isFinalKnown Whether a deletion carries the version at which it happened. */
function eventOf({ object, before, revision }: Commit, isFinalKnown: boolean): WatchEvent {
  if (object !== undefined) return before === undefined ? added(object) : modified(object);
  const last = before as KubernetesObject;
  if (!isFinalKnown) return deleted(last);
  return deleted({
    ...last,
    metadata: { ...last.metadata, resourceVersion: versionAt(revision) },
  });
}
