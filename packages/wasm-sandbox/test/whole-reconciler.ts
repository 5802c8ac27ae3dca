// SPDX-License-Identifier: Apache-2.0
// One reconciler with all packs; where it runs is its option.
import {
  configMaps,
  defineKind,
  done,
  expand,
  generationChanged,
  or,
  Reconciler,
  labelsChanged,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type KubernetesObject,
  type ReconcileRequest,
  type Reconciles,
  type Result,
} from "haversack";
import { withSandbox, type SandboxOptions } from "@haversack/wasm-sandbox";

/** What is reconciled. */
export interface Database extends KubernetesObject {
  readonly spec: { readonly size: number };
}

export const databases = defineKind<Database>("example.com/v1", "Database");

/** Makes the reconciler; without a host it runs where it is made. */
export function makeReconciler(where: Pick<SandboxOptions, "sandboxes">): Reconciles<Database> {
  class DatabaseReconciler extends expand(
    Reconciler.of(databases),
    withApiObjects({ fieldManager: "db" }),
    withSecondaryIndex({ kinds: { configMaps } }),
    withWatches({ primary: or(generationChanged, labelsChanged), owns: [configMaps] }),
    withSandbox({ ...where, guest: "db", reconciler: "database" }),
  ) {
    override async reconcile({ primary }: ReconcileRequest<Database>): Promise<Result> {
      const { name, namespace = "default" } = primary.metadata;
      const before = this.secondaries.of(primary).configMaps.length;
      const key = { namespace, name: `${name}-config` };
      await this.objects.apply(
        configMaps,
        { metadata: key, data: { size: String(primary.spec.size) } },
        { owner: primary },
      );
      const seen = this.secondaries.of(primary).configMaps.named(key.name)?.data?.["size"];
      await this.sleep(5000);
      const wanted = { path: "data.go", equals: "yes" };
      const hasCome = await this.waitFor(configMaps, { namespace, name: "gate" }, wanted, 60_000);
      await this.objects.apply(
        configMaps,
        {
          metadata: { namespace, name: `${name}-seen` },
          data: { before: String(before), seen: seen ?? "nothing", hasCome: String(hasCome) },
        },
        { owner: primary },
      );
      return done;
    }
  }
  return new DatabaseReconciler();
}
