// SPDX-License-Identifier: Apache-2.0
// What a sub-reconciler may see: what it declared that it reads or writes, and nothing else (stage 5).
import {
  kindKey,
  type Kind,
  type KubernetesObject,
  type SecondaryKinds,
  type SecondaryList,
  type SecondarySnapshot,
} from "@haversack/core";
import { isWithin, type Claim } from "./access.js";
import { UndeclaredReadError } from "./errors.js";
import type { Part } from "./plan.js";
import { conditionsOf, isFields, statusOf } from "./status.js";

type Objects = SecondaryList<KubernetesObject>;
type Json = Readonly<Record<string, unknown>>;

/** What happens when something undeclared is read. @throws when it is refused. @internal */
export type OnUndeclaredRead = (error: UndeclaredReadError) => void;

/** Who reads, and what becomes of what it did not declare. @internal */
export interface Reader<P extends KubernetesObject> {
  readonly part: Part<P>;
  readonly primary: P;
  /** Whether what is undeclared is hidden, or only told. */
  readonly isStrict: boolean;
  undeclared: OnUndeclaredRead;
}

/**
 * A snapshot that shows a part what it declared. A list of an undeclared kind is refused when it is
 * asked for, an undeclared name when it is looked up, an undeclared field when it is looked at; it is
 * not there for whoever counts, prints or sends elsewhere.
 *
 * **API requests:** 0. **Guarantees:** the same list as long as nothing in it changed.
 *
 * @param kinds The declared secondaries; without them a kind is known by its objects.
 * @internal
 */
export function readableSnapshot<P extends KubernetesObject>(
  snapshot: SecondarySnapshot<SecondaryKinds>,
  kinds: SecondaryKinds | undefined,
  reader: Reader<P>,
): SecondarySnapshot<SecondaryKinds> {
  if (isTrusted(reader.part)) return snapshot;
  const shown = Object.create(null) as Record<string, Objects>;
  for (const name of Object.keys(snapshot)) {
    Object.defineProperty(shown, name, {
      enumerable: isDeclared(reader.part, kindOf(snapshot[name] as Objects, kinds?.[name])),
      get: () => readableList(snapshot[name] as Objects, name, kinds?.[name], reader),
    });
  }
  return Object.freeze(shown);
}

/** An object that a request brought, as far as it was declared. @internal */
export function readableObject<T extends KubernetesObject, P extends KubernetesObject>(
  kind: Kind<T>,
  object: T,
  reader: Reader<P>,
): T {
  if (isTrusted(reader.part) || isOwnPrimary(kind, object, reader)) return object;
  const claims = claimsOn(reader, kindKey(kind), object.metadata.name);
  const what = `${kind.kind} ${object.metadata.name}`;
  if (claims.length === 0) reader.undeclared(new UndeclaredReadError(reader.part.name, what));
  return reader.isStrict && claims.length > 0 ? masked(object, claims, reader.part.name) : object;
}

/** Asks before a request is sent. @param name `undefined` for a list. @internal */
export function mayRead<P extends KubernetesObject>(
  kind: Kind<KubernetesObject>,
  name: string | undefined,
  reader: Reader<P>,
): void {
  const { part } = reader;
  if (isTrusted(part) || (name !== undefined && isOwnName(kind, name, reader))) return;
  const isFine =
    name === undefined
      ? isDeclared(part, kindKey(kind))
      : claimsOn(reader, kindKey(kind), name).length > 0;
  if (isFine) return;
  const what = name === undefined ? kind.kind : `${kind.kind} ${name}`;
  reader.undeclared(new UndeclaredReadError(part.name, what));
}

/** Names that a list may be narrowed to. @internal */
export function isReadable<P extends KubernetesObject>(
  kind: Kind<KubernetesObject>,
  { metadata }: KubernetesObject,
  reader: Reader<P>,
): boolean {
  if (!reader.isStrict || isTrusted(reader.part)) return true;
  return claimsOn(reader, kindKey(kind), metadata.name).length > 0;
}

/**
 * The primary without what other parts say in its status, unless it is declared among the reads.
 *
 * @internal
 */
export function readablePrimary<P extends KubernetesObject>(
  primary: P,
  primaryKind: Kind<P>,
  parts: readonly Part<P>[],
  part: Part<P>,
): P {
  if (isTrusted(part)) return primary;
  const own = [...part.reads, ...(part.writes ?? [])].filter(
    ({ kind }) => kind === kindKey(primaryKind),
  );
  if (own.some(({ paths }) => paths === undefined)) return primary;
  const visible = own.flatMap(({ paths = [] }) => paths);
  const foreign = parts.filter((other) => other !== part).flatMap(({ statusPaths }) => statusPaths);
  const isHidden = (path: string): boolean =>
    foreign.some((each) => isWithin(path, each)) && !visible.some((each) => isWithin(path, each));
  const status = statusOf(primary);
  const { conditions: _all, ...fields } = status;
  const kept = conditionsOf(status).filter(({ type }) => !isHidden(`status.conditions[${type}]`));
  const shown = without(fields, "status", isHidden);
  const hasConditions = Object.hasOwn(status, "conditions");
  if (Object.keys(status).length === 0) return primary;
  return { ...primary, status: { ...shown, ...(hasConditions ? { conditions: kept } : {}) } };
}

function without(fields: Json, at: string, isHidden: (path: string) => boolean): Json {
  const left = Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
    const path = `${at}.${key}`;
    if (isHidden(path)) return [];
    return [[key, isFields(value) ? without(value, path, isHidden) : value]];
  });
  return Object.fromEntries(left);
}

/** Nobody knows what it reads: it is an own reconcile that is still whole. */
function isTrusted<P extends KubernetesObject>({ writes }: Part<P>): boolean {
  return writes === undefined;
}

function isOwnPrimary<P extends KubernetesObject>(
  kind: Kind<KubernetesObject>,
  { metadata }: KubernetesObject,
  reader: Reader<P>,
): boolean {
  return isOwnName(kind, metadata.name, reader);
}

function isOwnName<P extends KubernetesObject>(
  kind: Kind<KubernetesObject>,
  name: string,
  { primary }: Reader<P>,
): boolean {
  return kind.kind === primary.kind && name === primary.metadata.name;
}

function isDeclared<P extends KubernetesObject>(part: Part<P>, kind: string | undefined): boolean {
  if (kind === undefined) return true; // Empty, and of an unknown kind: there is nothing to see.
  return claimsOf(part).some((claim) => claim.kind === kind);
}

function claimsOf<P extends KubernetesObject>({ reads, writes }: Part<P>): readonly Claim[] {
  return [...reads, ...(writes ?? [])];
}

function claimsOn<P extends KubernetesObject>(
  { part, primary }: Reader<P>,
  kind: string,
  name: string,
): readonly Claim[] {
  return claimsOf(part).filter(
    (claim) => claim.kind === kind && claim.named?.(name, primary) !== false,
  );
}

function kindOf(list: Objects, declared: Kind<KubernetesObject> | undefined): string | undefined {
  if (declared !== undefined) return kindKey(declared);
  const [first] = list;
  if (first?.kind === undefined || first.apiVersion === undefined) return undefined;
  const slash = first.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : first.apiVersion.slice(0, slash);
  return kindKey({ group, kind: first.kind });
}

/** Lists as a part was shown them, so that what did not change is the same object. */
const shownLists = new WeakMap<object, WeakMap<object, { primary: unknown; list: Objects }>>();

function readableList<P extends KubernetesObject>(
  list: Objects,
  name: string,
  declared: Kind<KubernetesObject> | undefined,
  reader: Reader<P>,
): Objects {
  const { part, primary, isStrict } = reader;
  const kind = kindOf(list, declared);
  if (!isDeclared(part, kind)) reader.undeclared(new UndeclaredReadError(part.name, name));
  if (!isStrict || kind === undefined) return list;
  const claims = claimsOf(part).filter((claim) => claim.kind === kind);
  if (claims.some(({ named, paths }) => named === undefined && paths === undefined)) return list;
  const byPart = shownLists.get(list) ?? new WeakMap<object, { primary: unknown; list: Objects }>();
  shownLists.set(list, byPart);
  const known = byPart.get(part);
  if (known?.primary === primary) return known.list;
  const made = narrowed(list, kind, reader);
  byPart.set(part, { primary, list: made });
  return made;
}

function narrowed<P extends KubernetesObject>(
  list: Objects,
  kind: string,
  reader: Reader<P>,
): Objects {
  const { part } = reader;
  const objects = list.flatMap((object) => {
    const claims = claimsOn(reader, kind, object.metadata.name);
    return claims.length === 0 ? [] : [masked(object, claims, part.name)];
  });
  const named = (name: string, namespace?: string): KubernetesObject | undefined => {
    if (claimsOn(reader, kind, name).length === 0)
      reader.undeclared(new UndeclaredReadError(part.name, `${kind} ${name}`));
    const found = list.named(name, namespace);
    const at = found === undefined ? -1 : objects.findIndex((each) => isSame(each, found));
    return objects[at];
  };
  return Object.freeze(
    Object.defineProperties(objects, {
      named: { value: named },
      available: { get: () => list.available },
      synced: { get: () => list.synced },
      staleSinceMs: { get: () => list.staleSinceMs },
    }),
  ) as unknown as Objects;
}

function isSame({ metadata: a }: KubernetesObject, { metadata: b }: KubernetesObject): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}

/** Objects as parts with claims on some of their fields are shown them. */
const maskedObjects = new WeakMap<object, Map<string, KubernetesObject>>();

/** The object with the declared fields; looking at another one is refused. Metadata is always there. */
function masked<T extends KubernetesObject>(object: T, claims: readonly Claim[], name: string): T {
  if (claims.some(({ paths }) => paths === undefined)) return object;
  const paths = claims.flatMap((claim) => claim.paths ?? []);
  const id = JSON.stringify([name, paths]);
  const known = maskedObjects.get(object) ?? new Map<string, KubernetesObject>();
  maskedObjects.set(object, known);
  const made = (known.get(id) as T | undefined) ?? (mask(object, "", paths, name) as T);
  known.set(id, made);
  return made;
}

const always = ["apiVersion", "kind", "metadata"];

function mask(value: object, at: string, paths: readonly string[], name: string): object {
  const shown = {};
  for (const [key, below] of Object.entries(value)) {
    const path = at === "" ? key : `${at}.${key}`;
    const isWhole = (at === "" && always.includes(key)) || paths.some((p) => isWithin(path, p));
    const isPartly = isFields(below) && paths.some((each) => isWithin(each, path));
    if (isWhole || isPartly) {
      const part = isWhole ? below : mask(below as object, path, paths, name);
      Object.defineProperty(shown, key, { value: part, enumerable: true });
      continue;
    }
    const refuse = (): never => {
      throw new UndeclaredReadError(name, path);
    };
    Object.defineProperty(shown, key, { get: refuse, enumerable: false });
  }
  return Object.freeze(shown);
}
