// SPDX-License-Identifier: Apache-2.0
// What must and must not compile around withSplitReconcile (stage 5: split reconcile).
import {
  configMaps,
  defineKind,
  expand,
  Reconciler,
  services,
  type ApiObjects,
  type ConfigMap,
  type Constructor,
  type KubernetesObject,
  type ReconcileRequest,
  type SubReconciler,
} from "@haversack/core";
import { subReconcilerOf, withSplitReconcile } from "./index.js";

interface Database extends KubernetesObject {
  readonly spec: { readonly size: number };
}
interface Backup extends KubernetesObject {
  readonly spec: { readonly databaseName: string };
}
const databases = defineKind<Database>("example.com/v1", "Database");
const backups = defineKind<Backup>("example.com/v1", "Backup");

declare function withObjects(): <TBase extends Constructor>(
  Base: TBase,
) => TBase & Constructor<ApiObjects>;

const part = subReconcilerOf(databases, { configMaps, saved: { kind: backups } });

const config = part({
  name: "config",
  when: (primary) => primary.spec.size > 1,
  schedule: { atTime: (primary) => String(primary.spec.size) },
  async reconcile({ primary, secondaries, objects }) {
    const size: number = primary.spec.size;
    const maps: readonly ConfigMap[] = secondaries.configMaps;
    const name: string | undefined = secondaries.saved[0]?.spec.databaseName;
    // @ts-expect-error -- not among the declared secondaries
    void secondaries.services;
    await objects.apply(configMaps, { metadata: { name: `${size}${maps.length}${name}` } });
  },
});
const workload = part({ name: "workload", after: ["config"], reconcile: async () => {} });

// The primary's type and the pack's members reach the class; reconcile is supplied.
class Split extends expand(
  Reconciler.of(databases),
  withObjects(),
  withSplitReconcile([config, workload]),
) {}
const split = new Split();
const explained: string = split.split.explain({ name: "a" });
const parts: readonly SubReconciler<Database>[] = split.subReconcilers;
const reconciling = (request: ReconcileRequest<Database>): unknown => split.reconcile(request);

// A name in `after` that is not in the list.
// @ts-expect-error -- "config" is not in the list
withSplitReconcile([workload]);
const stray = part({ name: "stray", after: ["confg"], reconcile: async () => {} });
// @ts-expect-error -- "confg" is not in the list
withSplitReconcile([config, stray]);
// The class's own reconcile may be named.
const late = part({ name: "late", after: ["rest"], reconcile: async () => {} });
withSplitReconcile([late], { rest: {} });

// Two that write the same of their primary, where it is written down.
const counting = part({
  name: "counting",
  writes: [{ kind: databases, paths: ["status.size"], conditions: ["Counted"] }],
  reconcile: async () => {},
});
const telling = part({
  name: "telling",
  writes: [configMaps, { kind: databases, conditions: ["Counted"] }],
  reconcile: async () => {},
});
// @ts-expect-error -- another one writes status.conditions[Counted] as well
withSplitReconcile([counting, telling]);
const sizing = part({
  name: "sizing",
  writes: [{ kind: databases, paths: ["status.size.now"] }],
  reconcile: async () => {},
});
// @ts-expect-error -- another one writes status.size.now, or what it lies below, as well
withSplitReconcile([counting, sizing]);
const over = part({
  name: "over",
  after: ["counting"],
  overrides: ["counting"],
  writes: [{ kind: databases, conditions: ["Counted"] }],
  reconcile: async () => {},
});
withSplitReconcile([counting, over]);
const apart = part({
  name: "apart",
  writes: [{ kind: databases, paths: ["status.sizes"], conditions: ["Other"] }, configMaps],
  reconcile: async () => {},
});
withSplitReconcile([counting, apart]);
// The same words about another kind are something else.
const other = part({
  name: "other",
  writes: [{ kind: backups, conditions: ["Counted"] }],
  reconcile: async () => {},
});
withSplitReconcile([counting, other]);

// A missing prerequisite names the missing member.
// @ts-expect-error -- Property 'objects' is missing
expand(Reconciler.of(databases), withSplitReconcile([config, workload]));

// Sub-reconcilers of another primary.
expand(
  Reconciler.of(backups),
  withObjects(),
  // @ts-expect-error -- they are for Database, not for Backup
  withSplitReconcile([config, workload]),
);

// Plain objects with names that are not known to the compiler are checked at run time.
const plain: SubReconciler<Database> = { name: "plain", after: ["x"], reconcile: async () => {} };
class Plain extends expand(Reconciler.of(databases), withObjects(), withSplitReconcile([plain])) {}

// A trigger is a kind or a watch; a schedule is one of four.
part({ name: "a", triggers: [services, { kind: services }], reconcile: async () => {} });
// @ts-expect-error -- no such schedule
part({ name: "a", schedule: { each: 5 }, reconcile: async () => {} });
// @ts-expect-error -- a result is done, requeue or halt
part({ name: "a", reconcile: async () => ({ kind: "again" }) });

void [explained, parts, reconciling, Plain];
