// SPDX-License-Identifier: Apache-2.0
// What must and must not compile around withSecondaryIndex (stage 7: index).
import {
  bySecondaryField,
  defineKind,
  expand,
  podDisruptionBudgets,
  Reconciler,
  secrets,
  services,
  statefulSets,
  withPrimary,
  type ApiObjects,
  type ConfigMap,
  type Constructor,
  type KubernetesObject,
  type SecondaryIndexed,
  type Secret,
  type Service,
  type StatefulSet,
} from "@haversack/core";
import { ownedThrough, SecondaryIndex, withSecondaryIndex } from "./index.js";

interface Database extends KubernetesObject {
  readonly spec: { readonly replicas: number };
}
interface Backup extends KubernetesObject {
  readonly spec: { readonly databaseName: string };
}
const databases = defineKind<Database>("example.com/v1", "Database");
const backups = defineKind<Backup>("example.com/v1", "Backup");

declare function withObjects(): <TBase extends Constructor>(
  Base: TBase,
) => TBase & Constructor<ApiObjects>;

type Equal<A, B> =
  (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
const isExactly = <A, B>(answer: Equal<A, B>): boolean => answer;

abstract class DatabaseReconciler extends expand(
  Reconciler.of(databases),
  withObjects(),
  withSecondaryIndex({
    kinds: {
      statefulSets,
      services,
      backups: { kind: backups, by: bySecondaryField("spec.databaseName") },
      budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSets") },
      users: { kind: secrets, retain: "refs" },
    },
  }),
) {
  read(primary: Database): void {
    const found = this.secondaries.of(primary);
    isExactly<(typeof found.statefulSets)[number], StatefulSet>(true);
    isExactly<(typeof found.services)[number], Service>(true);
    isExactly<(typeof found.backups)[number]["spec"]["databaseName"], string>(true);
    isExactly<(typeof found.users)[number], KubernetesObject>(true);
    // @ts-expect-error the object types of the declared kinds differ
    isExactly<(typeof found.services)[number], StatefulSet>(true);
    // @ts-expect-error not declared
    void found.configMaps;
    // @ts-expect-error frozen
    found.services = [];
    // @ts-expect-error frozen
    found.services.push({});
    const named: Service | undefined = found.services.named("db");
    const state: readonly [boolean, boolean, number | undefined] = [
      found.services.available,
      found.services.synced,
      found.services.staleSinceMs,
    ];
    // @ts-expect-error a Secret has no spec when only refs are kept
    void found.users[0]?.data;
    void named;
    void state;
    // The type of the primary flows from the base.
    void this.secondaries.fetch(primary);
    // @ts-expect-error a Service without the primary's spec is no Database
    void this.secondaries.fetch({ metadata: { name: "x" } });
    void this.secondaries.relationsOf(primary, "services", { name: "x" });
    // @ts-expect-error not declared
    void this.secondaries.primariesOf("configMaps", { name: "x" });
    // @ts-expect-error events come from the informers
    void this.secondaries.apply;
    // It is what other packs know by core's interface.
    const known: SecondaryIndexed<Database, { readonly services: typeof services }> = this;
    void known;
    void this.secondaries.of({ group: "example.com", kind: "Database", name: "db" });
  }
}
void DatabaseReconciler;

// "refs" for all, whole objects for one.
abstract class RefsReconciler extends expand(
  Reconciler.of(databases),
  withObjects(),
  withSecondaryIndex({
    retain: "refs",
    kinds: { services, users: { kind: secrets, retain: "objects" } },
  }),
) {
  read(primary: Database): void {
    const found = this.secondaries.of(primary);
    isExactly<(typeof found.services)[number], KubernetesObject>(true);
    isExactly<(typeof found.users)[number], Secret>(true);
  }
}
void RefsReconciler;

// An existing class that is not ours keeps its constructor.
class Existing {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }
}
class Expanded extends expand(
  Existing,
  withPrimary(databases),
  withObjects(),
  withSecondaryIndex({ kinds: { services } }),
) {}
isExactly<ConstructorParameters<typeof Expanded>, [url: string]>(true);
void new Expanded("https://127.0.0.1").secondaries.fetch({
  metadata: { name: "db" },
  spec: { replicas: 1 },
});

// @ts-expect-error Property 'objects' is missing: withApiObjects must stand to the left
void expand(Reconciler.of(databases), withSecondaryIndex({ kinds: { services } }), withObjects());

class Bare {}
// @ts-expect-error Property 'primaryKind' is missing
void expand(Bare, withObjects(), withSecondaryIndex({ kinds: { services } }));

void withSecondaryIndex({
  kinds: {
    services,
    // @ts-expect-error no such declared name
    budgets: { kind: podDisruptionBudgets, by: ownedThrough("statefulSet") },
  },
});

// @ts-expect-error neither a kind nor a declaration
void withSecondaryIndex({ kinds: { services: "Service" } });

// The plain class knows the same types.
const index = new SecondaryIndex({ primaryKind: databases, kinds: { services, backups } });
declare const database: Database;
isExactly<ReturnType<typeof index.of>["backups"][number], Backup>(true);
// @ts-expect-error the names of relations are those declared
void index.relationsOf(database, "secrets", { name: "x" });
// @ts-expect-error ConfigMaps are not Backups
isExactly<ReturnType<typeof index.of>["backups"][number], ConfigMap>(true);
