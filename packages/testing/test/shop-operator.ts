// SPDX-License-Identifier: Apache-2.0
// A small operator with three kinds of secondaries, written the short way with all packs.
import {
  Reconciler,
  configMaps,
  defineKind,
  expand,
  requeueAfter,
  secrets,
  services,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type ConfigMap,
  type KubernetesObject,
  type Kind,
  type ReconcileRequest,
  type Result,
  type Secret,
  type Service,
  type WatchOptions,
} from "haversack";

export interface Shop extends KubernetesObject {
  readonly spec: {
    readonly color: string;
    /** Number of shelves: one ConfigMap each. */
    readonly shelves?: number;
    readonly pollMs?: number;
  };
  readonly status?: { readonly color?: string; readonly shelves?: number };
}

export const shops: Kind<Shop> = defineKind<Shop>("example.com/v1", "Shop");

/** The definition of the kind, as its author would ship it. */
export const shopDefinition: KubernetesObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "shops.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "shops", singular: "shop", kind: "Shop", listKind: "ShopList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec: {
                type: "object",
                required: ["color"],
                properties: {
                  color: { type: "string", enum: ["red", "green", "blue"] },
                  shelves: { type: "integer", default: 1, minimum: 0 },
                  pollMs: { type: "integer" },
                },
              },
              status: {
                type: "object",
                properties: { color: { type: "string" }, shelves: { type: "integer" } },
              },
            },
          },
        },
      },
    ],
  },
} as KubernetesObject;

export const prod: KubernetesObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "prod" },
};

/** A shop in `prod`. */
export function shop(name: string, spec: Shop["spec"] = { color: "red" }): Shop {
  return {
    apiVersion: "example.com/v1",
    kind: "Shop",
    metadata: { namespace: "prod", name },
    spec,
  };
}

function shelf({ metadata, spec }: Shop, number: number): ConfigMap {
  const { namespace = "", name } = metadata;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name: `${name}-shelf-${number}` },
    data: { color: spec.color },
  };
}

function password({ metadata }: Shop): Secret {
  const { namespace = "", name } = metadata;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace, name: `${name}-password` },
    stringData: { password: "correct horse" },
  };
}

function door({ metadata }: Shop): Service {
  const { namespace = "", name } = metadata;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  };
}

/** In which order the packs are applied; all of them must come to the same. */
export type PackOrder = "index, watches" | "watches, index" | "watches first";

/** What {@link shopReconciler} changes of the operator. */
export interface ShopOptions {
  /** Default `"index, watches"`. */
  readonly order?: PackOrder;
  readonly watches?: Omit<WatchOptions, "owns">;
  /** Called at the beginning of each pass. */
  readonly onPass?: (request: ReconcileRequest<Shop>) => Promise<void> | void;
}

export interface ShopReconciler extends Reconciler<Shop> {
  readonly primaryKind: Kind<Shop>;
}

const objects = withApiObjects({ fieldManager: "shop-operator" });
const index = withSecondaryIndex({ kinds: { configMaps, secrets, services } });

/** Makes a new reconciler. */
export function shopReconciler(options: ShopOptions = {}): ShopReconciler {
  const watches = withWatches({ owns: [configMaps, secrets, services], ...options.watches });
  const base = Reconciler.of(shops);
  const orders = {
    "index, watches": () => expand(base, objects, index, watches),
    "watches, index": () => expand(base, objects, watches, index),
    "watches first": () => expand(base, watches, objects, index),
  };
  class AllPacks extends orders[options.order ?? "index, watches"]() {
    override async reconcile(request: ReconcileRequest<Shop>): Promise<Result | void> {
      await options.onPass?.(request);
      const { primary } = request;
      const { shelves = 1, color, pollMs } = primary.spec;
      const own = this.secondaries.of(primary);
      const owner = { owner: primary };
      for (let number = 0; number < shelves; number++) {
        await this.objects.apply(configMaps, shelf(primary, number), owner);
      }
      for (const map of own.configMaps) {
        const number = Number(map.metadata.name.split("-shelf-")[1]);
        if (number >= shelves) await this.objects.delete(configMaps, map);
      }
      const secret = password(primary);
      if (own.secrets.named(secret.metadata.name) === undefined) {
        // Created, not applied, as for a password that must not change once it is there.
        await this.objects.create(secrets, secret, owner);
      }
      await this.objects.apply(services, door(primary), owner);
      await this.objects.applyStatus(shops, primary, { color, shelves });
      return pollMs === undefined ? undefined : requeueAfter(pollMs);
    }
  }
  return new AllPacks();
}
