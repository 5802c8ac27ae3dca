// SPDX-License-Identifier: Apache-2.0
// What must and must not compile with the pack (stage 6).
import {
  configMaps,
  defineKind,
  expand,
  Reconciler,
  type ApiObjects,
  type ConfigMap,
  type Constructor,
  type Deployment,
  type KubernetesObject,
  type ReconcileRequest,
  type WriteResult,
} from "@haversack/core";
import { Objects, withApiObjects } from "./index.js";

interface Database extends KubernetesObject {
  readonly spec: { readonly size: number };
}

const databases = defineKind<Database>("example.com/v1", "Database");
const pack = withApiObjects({ fieldManager: "tester" });

/** The type of the custom resource reaches every method without a cast. */
export class DatabaseReconciler extends expand(Reconciler.of(databases), pack) {
  override async reconcile({ primary }: ReconcileRequest<Database>): Promise<void> {
    const size: number = primary.spec.size;
    const read: Database | undefined = await this.objects.get(databases, primary.metadata);
    const list: readonly ConfigMap[] = await this.objects.list(configMaps, { namespace: "prod" });
    const metadata = { name: "a", namespace: "prod" };
    const result: WriteResult<ConfigMap> = await this.objects.apply(configMaps, {
      metadata,
      data: { size: String(size + (read?.spec.size ?? list.length)) },
    });
    const data: Readonly<Record<string, string>> | undefined = result.object.data;
    const gone: Database | undefined = await this.objects.removeFinalizer(
      databases,
      primary,
      "x/y",
    );
    await this.objects.create(configMaps, {
      metadata: { generateName: "a-" },
      ...(data && { data }),
    });
    await this.objects.applyStatus(databases, gone ?? primary, { phase: "Ready" });
    // @ts-expect-error a number is no text
    await this.objects.apply(configMaps, { metadata, data: { size: 3 } });
    // @ts-expect-error metadata is required
    await this.objects.apply(configMaps, { data: { size: "3" } });
    // @ts-expect-error a custom resource keeps its own type
    await this.objects.apply(databases, { metadata, spec: { size: "3" } });
    // @ts-expect-error another kind's object
    const wrong: Deployment | undefined = await this.objects.get(databases, primary.metadata);
    void wrong;
  }
}

/** A pack that needs API objects, to show the order. */
declare function needsObjects(): <TBase extends Constructor<ApiObjects>>(Base: TBase) => TBase;

expand(Reconciler.of(databases), pack, needsObjects());
// @ts-expect-error the prerequisite is missing: Property 'objects' is missing
expand(Reconciler.of(databases), needsObjects());

/** An existing class with a constructor of its own. */
class Foreign {
  readonly title: string;
  constructor(title: string) {
    this.title = title;
  }
}
class Expanded extends expand(Foreign, pack, pack) {}
new Expanded("title").objects.fieldManager.toUpperCase();
// @ts-expect-error the constructor's parameter is kept
new Expanded();

// @ts-expect-error a field manager is required
withApiObjects({});
// @ts-expect-error abstract until reconcile is there
new (expand(Reconciler.of(databases), pack))();

const api: ApiObjects["objects"] = new Objects({} as never, { fieldManager: "tester" });
void api;
