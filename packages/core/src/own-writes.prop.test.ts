// SPDX-License-Identifier: Apache-2.0
// The overlay against one rule: an object's state is that at the watch's revision or at that of
// our newest answered write, whichever is later (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { configMaps } from "./kinds/index.js";
import type { KubernetesObject } from "./kubernetes-object.js";
import { OwnWrites, type OwnWrite } from "./own-writes.js";
import type { WatchEvent } from "./watch-event.js";

const actions = [
  "write",
  "own write",
  "again",
  "delete",
  "own delete",
  "answer",
  "deliver",
  "relist",
] as const;
const step = fc.record({ action: fc.constantFrom(...actions), which: fc.nat(99), name: fc.nat(1) });
const flags = { isInitial: false, isRelist: false, isResync: false, synthetic: false };
const first = 10n ** 16n - 10n;

interface Commit {
  readonly revision: number;
  readonly name: string;
  readonly object: KubernetesObject | undefined;
}

class World {
  readonly cache = new Map<string, KubernetesObject>();
  readonly overlay: OwnWrites;
  readonly commits: Commit[] = [];
  readonly pending: { readonly revision: number; readonly name: string; write: OwnWrite }[] = [];
  readonly answered = new Map<string, number>();
  cursor = 0;
  revision = 0;
  uids = 0;

  constructor(knowsCache: boolean) {
    const cached = (_kind: unknown, { name }: { name: string }) => this.cache.get(name);
    this.overlay = new OwnWrites(knowsCache ? { cached } : {});
  }

  at(name: string, revision: number): KubernetesObject | undefined {
    return this.commits.findLast((each) => each.name === name && each.revision <= revision)?.object;
  }

  expected(name: string): KubernetesObject | undefined {
    return this.at(name, Math.max(this.cursor, this.answered.get(name) ?? 0));
  }

  shown(name: string): KubernetesObject | undefined {
    return this.overlay.newest(configMaps, { namespace: "n", name }, this.cache.get(name));
  }

  commit(name: string, object: KubernetesObject | undefined): number {
    this.commits.push({ revision: this.revision, name, object });
    return this.revision;
  }

  write(name: string, isOwn: boolean): void {
    const uid = this.at(name, Infinity)?.metadata.uid ?? `u${(this.uids += 1)}`;
    this.revision += 1;
    const resourceVersion = String(first + BigInt(this.revision));
    const stored = { metadata: { namespace: "n", name, uid, resourceVersion } };
    const revision = this.commit(name, stored);
    if (isOwn) this.pending.push({ revision, name, write: { kind: configMaps, stored } });
  }

  remove(name: string, isOwn: boolean): void {
    const current = this.at(name, Infinity);
    const known = this.shown(name)?.metadata;
    if (current === undefined || (isOwn && known?.uid !== current.metadata.uid)) return;
    this.revision += 1;
    const revision = this.commit(name, undefined);
    if (!isOwn || known === undefined) return;
    const { uid, resourceVersion } = known;
    const write = { kind: configMaps, deleted: known, uid, resourceVersion };
    this.pending.push({ revision, name, write });
  }

  answer(which: number): void {
    const [answer] = this.pending.splice(which % Math.max(this.pending.length, 1), 1);
    if (answer === undefined) return;
    this.answered.set(answer.name, Math.max(answer.revision, this.answered.get(answer.name) ?? 0));
    this.overlay.record(answer.write);
  }

  deliver(): void {
    const next = this.commits.find(({ revision }) => revision > this.cursor);
    if (next === undefined) return;
    this.cursor = next.revision;
    this.#tell(next.name, next.object, String(first + BigInt(next.revision)), {});
  }

  relist(which: number): void {
    const to = this.cursor + (which % (this.revision - this.cursor + 1));
    const version = String(first + BigInt(to));
    for (const name of ["a", "b"]) {
      const [old, now] = [this.cache.get(name), this.at(name, to)];
      if (old === now) continue;
      const gap = { isRelist: true, synthetic: true };
      if (old !== undefined && old.metadata.uid !== now?.metadata.uid) {
        this.#tell(name, undefined, undefined, gap);
      }
      if (now !== undefined) this.#tell(name, now, undefined, gap);
    }
    this.cursor = to;
    this.overlay.relisted(configMaps, version);
  }

  /** @param version Of a deletion, where the server tells. */
  #tell(
    name: string,
    now: KubernetesObject | undefined,
    version: string | undefined,
    more: object,
  ) {
    const old = this.cache.get(name);
    if (now === undefined) this.cache.delete(name);
    else this.cache.set(name, now);
    const last =
      old === undefined || version === undefined
        ? old
        : { ...old, metadata: { ...old.metadata, resourceVersion: version } };
    const type = now === undefined ? "deleted" : old === undefined ? "added" : "modified";
    const event: WatchEvent = {
      ...flags,
      ...more,
      type,
      old: now === undefined ? last : old,
      new: now,
    };
    this.overlay.observe(configMaps, event);
    this.overlay.observe(configMaps, event);
  }
}

function run(
  world: World,
  { action, which, name }: { action: string; which: number; name: number },
) {
  const its = name === 0 ? "a" : "b";
  if (action === "write" || action === "own write") world.write(its, action === "own write");
  else if (action === "delete" || action === "own delete")
    world.remove(its, action === "own delete");
  else if (action === "answer") world.answer(which);
  else if (action === "deliver") world.deliver();
  else if (action === "relist") world.relist(which);
  else {
    world.remove(its, false);
    world.write(its, which % 2 === 0);
  }
}

describe("OwnWrites, against a model", () => {
  it("over one cache, shows exactly what is known", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World(true);
        for (const each of steps) {
          run(world, each);
          for (const name of ["a", "b"]) {
            expect(world.shown(name)?.metadata).toEqual(world.expected(name)?.metadata);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("holds nothing any more when the watch has brought everything", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World(true);
        for (const each of steps) run(world, each);
        while (world.pending.length > 0) world.answer(0);
        while (world.cursor < world.revision) world.deliver();
        expect(world.overlay.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it("without sight of the cache, never shows an older state than the cache nor resurrects", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World(false);
        for (const each of steps) {
          run(world, each);
          for (const name of ["a", "b"]) {
            const shown = world.shown(name);
            if (shown === undefined) continue;
            const states = world.commits.filter((commit) => commit.name === name);
            const revision = states.find(({ object }) => object === shown)?.revision ?? -1;
            const inCache = world.cache.get(name);
            const cached = states.find(({ object }) => object !== undefined && object === inCache);
            expect(revision).toBeGreaterThanOrEqual(cached?.revision ?? 0);
            const gone = states.findLast(
              (commit) => commit.object === undefined && commit.revision <= world.cursor,
            );
            expect(revision).toBeGreaterThan(gone?.revision ?? 0);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
