// SPDX-License-Identifier: Apache-2.0
// What must and must not compile: types through any stack of packs (stage 0: words).
import {
  applyOnce,
  byPrimaryField,
  configMaps,
  defineKind,
  expand,
  Reconciler,
  secrets,
  statefulSets,
  withPrimary,
  type ApiObjects,
  type Constructor,
  type Draft,
  type HasPrimary,
  type Kind,
  type KubernetesObject,
  type ObjectOf,
  type PrimaryOf,
  type Raw,
  type ReconcileRequest,
  type Reconciles,
  type Result,
  type StatefulSet,
  type Watched,
} from "./index.js";

type Equal<A, B> =
  (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
const isExactly = <A, B>(answer: Equal<A, B>): boolean => answer;

interface Database extends KubernetesObject {
  readonly spec: { readonly replicas: number; readonly users: readonly string[] };
}
const databases = defineKind<Database>("example.com/v1", "Database");

// Packs as other packages write them: options in, a mixin with a hand-written type out.
function withObjects(): <TBase extends Constructor>(
  Base: TBase,
) => TBase & Constructor<ApiObjects> {
  return <TBase extends Constructor>(Base: TBase): TBase & Constructor<ApiObjects> =>
    applyOnce("objects", Base, (Target) => Target) as TBase & Constructor<ApiObjects>;
}
declare function withQueue(): <TBase extends Constructor<HasPrimary & Reconciles>>(
  Base: TBase,
) => TBase & Constructor<Watched<PrimaryOf<TBase>>>;
interface Listed<P extends KubernetesObject> {
  readonly listed: { of(primary: P): readonly P[] };
}
declare function withListed(): <TBase extends Constructor<ApiObjects & HasPrimary>>(
  Base: TBase,
) => TBase & Constructor<Listed<PrimaryOf<TBase>>>;
/** Supplies `reconcile`, as a split reconcile does. */
declare function withParts(): <TBase extends Constructor<HasPrimary>>(
  Base: TBase,
) => TBase & Constructor<Reconciles<PrimaryOf<TBase>>>;

// The primary's type reaches every layer, whatever the stack.
abstract class Whole extends expand(
  Reconciler.of(databases),
  withObjects(),
  withListed(),
  withQueue(),
) {
  look(): void {
    const replicas: number | undefined = this.watches.primary({ name: "db" })?.spec.replicas;
    const [first] = this.listed.of({ metadata: { name: "db" }, spec: { replicas: 1, users: [] } });
    const users: readonly string[] | undefined = first?.spec.users;
    void [replicas, users];
    // @ts-expect-error not a Database
    this.listed.of({ metadata: { name: "db" } });
    // @ts-expect-error no such field
    void this.watches.primary({ name: "db" })?.spec.size;
  }
  override async reconcile(request: ReconcileRequest<Database>): Promise<Result | void> {
    isExactly<typeof request.primary.spec.replicas, number>(true);
  }
}
isExactly<PrimaryOf<typeof Whole>, Database>(true);
isExactly<PrimaryOf<Constructor>, KubernetesObject>(true);

// In another order, as long as needs stand to the left.
abstract class Other extends expand(
  Reconciler.of(databases),
  withQueue(),
  withObjects(),
  withListed(),
) {}
isExactly<PrimaryOf<typeof Other>, Database>(true);

// Twice is once, also for the type.
const twice = expand(Reconciler.of(databases), withObjects(), withObjects());
isExactly<InstanceType<typeof twice>["objects"], ApiObjects["objects"]>(true);

// Six packs.
abstract class Six extends expand(
  Reconciler.of(databases),
  withObjects(),
  withListed(),
  withQueue(),
  withObjects(),
  withListed(),
  withQueue(),
) {}
isExactly<PrimaryOf<typeof Six>, Database>(true);

// A pack that supplies `reconcile` makes the class concrete.
class Concrete extends expand(Reconciler.of(databases), withParts()) {}
void new Concrete();

// @ts-expect-error Property 'objects' is missing: wrong order
void expand(Reconciler.of(databases), withListed(), withObjects());
class Bare {}
// @ts-expect-error Property 'primaryKind' is missing
void expand(Bare, withObjects(), withListed());
// @ts-expect-error Property 'reconcile' is missing
void expand(Bare, withPrimary(databases), withQueue());
// @ts-expect-error an abstract class without `reconcile` has no instances
void new (Reconciler.of(databases))();

// An existing class keeps its constructor and members.
class Existing {
  readonly url: string;
  constructor(url: string, _retries: number) {
    this.url = url;
  }
  async reconcile(request: ReconcileRequest<Database>): Promise<void> {
    void request.primary.spec.users;
  }
}
class Expanded extends expand(Existing, withPrimary(databases), withObjects(), withQueue()) {}
isExactly<ConstructorParameters<typeof Expanded>, [url: string, _retries: number]>(true);
const expanded = new Expanded("https://127.0.0.1", 3);
isExactly<typeof expanded.url, string>(true);
isExactly<PrimaryOf<typeof Expanded>, Database>(true);
// @ts-expect-error the constructor of the existing class wants two arguments
void new Expanded("https://127.0.0.1");

// Kinds carry the type of their objects.
isExactly<ObjectOf<typeof statefulSets>, StatefulSet>(true);
isExactly<ObjectOf<typeof databases>, Database>(true);
const any: readonly Kind[] = [databases, secrets, configMaps];
void any;
// @ts-expect-error a StatefulSet is not a Database
const wrong: Kind<Database> = statefulSets;
void wrong;
const narrowed = secrets.as<KubernetesObject & { readonly data: { readonly password: string } }>();
isExactly<ObjectOf<typeof narrowed>["data"]["password"], string>(true);

async function write(objects: ApiObjects["objects"]): Promise<void> {
  const read = await objects.get(databases, { namespace: "prod", name: "db" });
  isExactly<typeof read, Database | undefined>(true);
  const { object } = await objects.apply(statefulSets, { metadata: { name: "db" } });
  isExactly<typeof object, StatefulSet>(true);
  // @ts-expect-error a StatefulSet has no such field
  await objects.apply(statefulSets, { metadata: { name: "db" }, data: {} });
  const draft: Draft<Database> = {
    metadata: { generateName: "db-" },
    spec: { replicas: 1, users: [] },
  };
  await objects.create(databases, draft);
}
void write;

// Wire types: dates are text.
interface Typed {
  readonly at: Date;
  readonly all: readonly Date[];
  readonly maybe?: Date;
}
isExactly<Raw<Typed>["at"], string>(true);
isExactly<Raw<Typed>["all"], readonly string[]>(true);

// Relations know the primary they read.
void byPrimaryField<Database>("spec.users", ({ spec }) => spec.users);
// @ts-expect-error no such field
void byPrimaryField<Database>("spec.users", ({ spec }) => spec.people);

// Results and objects are not to be changed.
declare const request: ReconcileRequest<Database>;
// @ts-expect-error read-only
request.primary.spec.replicas = 3;
