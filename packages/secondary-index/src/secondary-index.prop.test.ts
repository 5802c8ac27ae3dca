// SPDX-License-Identifier: Apache-2.0
// The index against a model that works everything out anew from the world (stage 7: index).
import { describe, expect, it } from "@jest/globals";
import {
  byLabel,
  byPrimaryField,
  ownedBy,
  podDisruptionBudgets,
  secrets,
  services,
  statefulSets,
  type KubernetesObject,
  type OwnerReference,
  type WatchEvent,
} from "@haversack/core";
import fc from "fast-check";
import { added, databaseRef, databases, type Database } from "../test/objects.js";
import { KindWorld, Revisions } from "../test/world.js";
import { ownedThrough } from "./declaration.js";
import { SecondaryIndex } from "./secondary-index.js";

const kinds = {
  services: { kind: services, by: [ownedBy(), byLabel("database")] },
  statefulSets,
  budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") },
  users: {
    kind: secrets,
    by: byPrimaryField<Database>("spec.users", ({ spec }) => spec?.users ?? []),
  },
};
type Name = keyof typeof kinds;
const names = Object.keys(kinds) as Name[];
const places = ["n1", "n2"];
const primaryNames = ["p", "q"];
const objectNames = ["a", "b"];
/** Each run looks at few kinds, so that steps meet: what is rare in a wide world hides mistakes. */
const themes: readonly (readonly (Name | "primaries")[])[] = [
  ["services"],
  ["services", "primaries"],
  ["statefulSets", "budgets"],
  ["statefulSets", "budgets", "primaries"],
  ["users", "primaries"],
  ["services", "statefulSets", "budgets", "users", "primaries"],
];

/** A random step; what the numbers mean depends on the action. */
interface Step {
  readonly action: (typeof actions)[number];
  readonly where: number;
  readonly what: number;
  readonly how: number;
}
const actions = [
  "write",
  "own write",
  "create again",
  "own create again",
  "delete",
  "own delete",
  "answer",
  "answer",
  "deliver",
  "deliver",
  "repeat",
  "relist",
] as const;
const script = (size: number) =>
  fc.record({ theme: fc.constantFrom(...themes), steps: steps(size) });
const steps = (size: number) =>
  fc.array(
    fc.record({
      action: fc.constantFrom(...actions),
      where: fc.nat(1000),
      what: fc.nat(1000),
      how: fc.nat(1000),
    }),
    { minLength: 1, maxLength: size },
  );

function makeIndex() {
  return new SecondaryIndex({ primaryKind: databases, kinds });
}

/** The world, an index that watches it, and what the model expects of the index. */
class Run {
  readonly revisions = new Revisions();
  readonly primaries = new KindWorld(databases, this.revisions);
  readonly worlds: Record<Name, KindWorld> = {
    services: new KindWorld(services, this.revisions),
    statefulSets: new KindWorld(statefulSets, this.revisions),
    budgets: new KindWorld(podDisruptionBudgets, this.revisions),
    users: new KindWorld(secrets, this.revisions),
  };
  readonly index = makeIndex();
  readonly before = new Map<string, { readonly expected: string; readonly snapshot: object }>();

  readonly #theme: (typeof themes)[number];

  constructor(theme: (typeof themes)[number]) {
    this.#theme = theme;
    this.index.markSynced(undefined, undefined);
    for (const how of [1, 2]) {
      this.do({ action: "write", where: theme.length - 1, what: 2 * how, how: 1 });
    }
  }

  do({ action, where, what, how }: Step): void {
    const target = this.#theme[where % this.#theme.length] as Name | "primaries";
    const isPrimary = target === "primaries";
    const world = isPrimary ? this.primaries : this.worlds[target];
    const apply = (event: WatchEvent) => this.apply(target, event);
    const synced = (version: string) => {
      if (isPrimary) this.index.markPrimariesSynced(version);
      else this.index.markSynced(target, version);
    };
    const pool = isPrimary ? primaryNames : objectNames;
    // Most of it happens in one namespace.
    const key = { namespace: pick(["n1", "n1", "n1", "n2"], what), name: pick(pool, what >> 2) };
    const text = `${key.namespace}/${key.name}`;
    const isOwn = action.startsWith("own");
    if (action === "answer") world.answer(what, this.index.ownWrites);
    else if (action === "deliver") world.deliver(1 + (what % 4), apply, how % 2 === 0);
    else if (action === "repeat") world.repeat(what, apply);
    else if (action === "relist") world.relist(what, apply, synced);
    else if (action.endsWith("delete")) world.remove(text, isOwn);
    else {
      const parts = isPrimary ? this.#primaryParts(how) : this.#parts(world, key.namespace, how);
      world.write(key, parts, action.endsWith("again"), isOwn);
    }
  }

  apply(target: Name | "primaries", event: WatchEvent, index = this.index): void {
    if (target === "primaries") index.applyPrimary(event);
    else index.apply(target, event);
  }

  /** Every kind with its world. */
  all(): readonly (readonly [Name | "primaries", KindWorld])[] {
    return [
      ["primaries", this.primaries],
      ...names.map((name) => [name, this.worlds[name]] as const),
    ];
  }

  #primaryParts(how: number): Partial<Database> {
    return { spec: { users: objectNames.filter((_name, bit) => (how >> bit) % 2 === 1) } };
  }

  /** Owners, labels: of a primary, of a namesake that is gone, of nobody. */
  #parts(world: KindWorld, namespace: string, how: number): Partial<KubernetesObject> {
    const ownerReferences: OwnerReference[] = [];
    const name = pick(primaryNames, how);
    const uid = this.primaries.current(`${namespace}/${name}`)?.metadata.uid ?? "uid-none";
    const kind = { apiVersion: "example.com/v2", kind: "Database" };
    if (how % 4 < 3) ownerReferences.push({ ...kind, name, uid, controller: how % 4 < 2 });
    if (world === this.worlds.budgets) {
      const set = pick(objectNames, how >> 2);
      const setUid = this.worlds.statefulSets.current(`${namespace}/${set}`)?.metadata.uid;
      const reference = { apiVersion: "apps/v1", kind: "StatefulSet", name: set, controller: true };
      ownerReferences.splice(0, 1, { ...reference, uid: setUid ?? "uid-none" });
    }
    const labels = how % 5 === 0 ? { database: pick(primaryNames, how >> 3) } : {};
    return { metadata: { ownerReferences, labels } as unknown as KubernetesObject["metadata"] };
  }

  /** What `of` has to show, from nothing but the world. */
  expected(namespace: string, name: string, uid: string | undefined): Record<Name, string[]> {
    const primary = this.primaries.shown(`${namespace}/${name}`) as Database | undefined;
    const asked = uid ?? primary?.metadata.uid;
    const isOwner = (owner: OwnerReference) =>
      owner.kind === "Database" &&
      owner.controller === true &&
      owner.name === name &&
      (asked === undefined || owner.uid === asked);
    const isOwned = ({ metadata }: KubernetesObject) =>
      (metadata.ownerReferences ?? []).some(isOwner);
    const tests: Record<Name, (object: KubernetesObject) => boolean> = {
      services: (object) => isOwned(object) || object.metadata.labels?.["database"] === name,
      statefulSets: isOwned,
      budgets: ({ metadata }) =>
        (metadata.ownerReferences ?? []).some((owner) => {
          const set = this.worlds.statefulSets.shown(`${namespace}/${owner.name}`);
          return set !== undefined && set.metadata.uid === owner.uid && isOwned(set);
        }),
      users: ({ metadata }) => (primary?.spec?.users ?? []).includes(metadata.name),
    };
    const found = (kind: Name) =>
      this.worlds[kind]
        .allShown()
        .filter((object) => object.metadata.namespace === namespace && tests[kind](object))
        .map(describeObject)
        .sort();
    return {
      services: found("services"),
      statefulSets: found("statefulSets"),
      budgets: found("budgets"),
      users: found("users"),
    };
  }

  /** Compares every look-up with the model, and its identity with the look-up before. */
  check(): void {
    for (const namespace of places) {
      for (const name of primaryNames) {
        const current = this.primaries.current(`${namespace}/${name}`)?.metadata.uid;
        for (const uid of current === undefined ? [undefined] : [undefined, current]) {
          const expected = this.expected(namespace, name, uid);
          const snapshot = this.index.of(databaseRef(name, uid, namespace));
          expect(described(snapshot)).toEqual(expected);
          // A primary that was created again may see the same in another object.
          const life = this.primaries.shown(`${namespace}/${name}`)?.metadata.uid;
          const key = `${namespace}/${name}@${uid} ${life}`;
          this.#checkIdentity(key, JSON.stringify(expected), snapshot);
        }
      }
    }
  }

  #checkIdentity(key: string, expected: string, snapshot: object): void {
    const before = this.before.get(key);
    if (before !== undefined) {
      expect(snapshot === before.snapshot).toBe(before.expected === expected);
    }
    this.before.set(key, { expected, snapshot });
  }
}

function pick(values: readonly string[], which: number): string {
  return values[which % values.length] as string;
}

function describeObject({ metadata }: KubernetesObject): string {
  return `${metadata.name}@${metadata.uid}:${metadata.resourceVersion}`;
}

function described(snapshot: Readonly<Record<Name, readonly KubernetesObject[]>>) {
  return {
    services: snapshot.services.map(describeObject),
    statefulSets: snapshot.statefulSets.map(describeObject),
    budgets: snapshot.budgets.map(describeObject),
    users: snapshot.users.map(describeObject),
  };
}

function everything(index: ReturnType<typeof makeIndex>, run: Run) {
  return places.flatMap((namespace) =>
    primaryNames.map((name) => {
      const uid = run.primaries.current(`${namespace}/${name}`)?.metadata.uid;
      return described(index.of(databaseRef(name, uid, namespace)));
    }),
  );
}

describe("SecondaryIndex, against a model", () => {
  it("shows at every moment what the watch and the own writes say, and keeps identity", () => {
    fc.assert(
      fc.property(script(80), ({ theme, steps: all }) => {
        const run = new Run(theme);
        for (const step of all) {
          run.do(step);
          run.check();
        }
      }),
      { numRuns: 250 },
    );
  });

  it("is the same after events as after a list", () => {
    fc.assert(
      fc.property(script(150), ({ theme, steps: all }) => {
        const run = new Run(theme);
        for (const step of all) run.do(step);
        const listed = makeIndex();
        for (const [name, world] of run.all()) {
          world.deliver(Infinity, (event) => run.apply(name, event), true);
          while (world.answers.length > 0) world.answer(0, run.index.ownWrites);
          for (const object of world.keys().map((key) => world.current(key))) {
            if (object !== undefined) run.apply(name, added(object, { isInitial: true }), listed);
          }
        }
        listed.markSynced();
        expect(everything(run.index, run)).toEqual(everything(listed, run));
        expect(run.index.size).toBe(listed.size);
      }),
      { numRuns: 150 },
    );
  });

  it("is the same when any prefix of the events is replayed", () => {
    fc.assert(
      fc.property(script(150), fc.nat(), ({ theme, steps: all }, cut) => {
        const run = new Run(theme);
        for (const step of all) if (!step.action.includes("relist")) run.do(step);
        const [once, twice] = [makeIndex(), makeIndex()];
        for (const [name, world] of run.all()) {
          const prefix = world.delivered.slice(0, cut % (world.delivered.length + 1));
          for (const index of [once, twice, twice]) {
            for (const event of prefix) run.apply(name, event, index);
          }
        }
        once.markSynced();
        twice.markSynced();
        expect(everything(twice, run)).toEqual(everything(once, run));
        expect(twice.size).toBe(once.size);
      }),
      { numRuns: 150 },
    );
  });
});
