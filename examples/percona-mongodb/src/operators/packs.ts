// SPDX-License-Identifier: Apache-2.0
// The operator with packs: it wakes on events, reads one index and writes what changed (stage 5: reconcile).
import {
  byLabel,
  changed,
  byPrimaryField,
  done,
  expand,
  labelsChanged,
  or,
  ownedBy,
  ownedThrough,
  Reconciler,
  requeueAfter,
  specChanged,
  specOrMetadataChanged,
  statusChanged,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type ReconcileRequest,
  type Result,
} from "haversack";
import { backupLockName } from "../functions/lock.js";
import type { Changes, KindName, Observed, Sources } from "../functions/part.js";
import { hasReadyContainers, podCondition } from "../functions/pods.js";
import type { Manifest, TextMap } from "../json.js";
import type { Psmdb } from "../types.js";
import { operatorVersion } from "../version.js";
import { kindOf, kinds, psmdb } from "./kinds.js";
import {
  namedConfigMaps,
  namedIssuers,
  namedSecrets,
  usedClusterIssuers,
} from "./named-secondaries.js";
import { adopted } from "./adoption.js";
import { reconcileCluster } from "./reconcile-cluster.js";
import type { Access } from "./run-functions.js";
import { tellListeners } from "./stage-listeners.js";

/** What an operator is made with. */
export interface PacksOptions {
  readonly sources: Sources;
  /** Told every wish before it is compared with what exists. */
  onWish?(wish: Manifest): void;
}

const instanceLabel = "app.kubernetes.io/instance";
const usedSecrets = byPrimaryField<Psmdb>("spec.secrets", namedSecrets);
const usedConfigMaps = byPrimaryField<Psmdb>("configuration", namedConfigMaps);
const usedLocks = byPrimaryField<Psmdb>("metadata.name", ({ metadata }) => [
  backupLockName(metadata.name),
]);
const usedIssuers = byPrimaryField<Psmdb>("spec.tls.issuerConf", namedIssuers);
/** What of a StatefulSet's status goes into the status of the cluster. */
const countedReplicas = ["readyReplicas", "updatedReplicas", "observedGeneration"] as const;
/** Pods decide by existing, serving and going; all else in them, such as restarts, is no news. */
const servesOrGoes = changed(
  "serves or goes",
  (before, after) => podNews(before as Manifest) !== podNews(after as Manifest),
);
/** Renewing a lock is no news. */
const lockTakenOrFreed = specChanged("holderIdentity");

/**
 * The Percona operator with packs: nothing is polled, nothing is listed, nothing is written twice.
 *
 * **API requests:** 0 per pass with nothing to do; else one write per changed object.
 */
export class PsmdbPacks extends expand(
  Reconciler.of(psmdb),
  withApiObjects({ fieldManager: "percona-server-mongodb-operator" }),
  withSecondaryIndex({
    kinds: {
      secrets: { kind: kinds.Secret, by: [ownedBy(), usedSecrets] },
      configMaps: { kind: kinds.ConfigMap, by: [ownedBy(), usedConfigMaps] },
      services: kinds.Service,
      pods: { kind: kinds.Pod, by: byLabel(instanceLabel) },
      claims: { kind: kinds.PersistentVolumeClaim, by: byLabel(instanceLabel) },
      locks: { kind: kinds.Lease, by: usedLocks },
      statefulSets: kinds.StatefulSet,
      budgets: { kind: kinds.PodDisruptionBudget, by: ownedThrough("statefulSets") },
      issuers: { kind: kinds.Issuer, by: [ownedBy(), usedIssuers] },
      clusterIssuers: { kind: kinds.ClusterIssuer, by: usedClusterIssuers },
      certificates: kinds.Certificate,
    },
  }),
  withWatches({
    owns: [
      {
        kind: kinds.StatefulSet,
        when: or(specOrMetadataChanged, statusChanged(...countedReplicas)),
      },
      { kind: kinds.Service, when: specOrMetadataChanged },
      { kind: kinds.Certificate, when: specOrMetadataChanged },
    ],
    watches: [
      { kind: kinds.Secret, by: [ownedBy(), usedSecrets], when: specChanged() },
      {
        kind: kinds.ConfigMap,
        by: [ownedBy(), usedConfigMaps],
        when: or(specChanged(), labelsChanged),
      },
      { kind: kinds.Issuer, by: [ownedBy(), usedIssuers], when: specOrMetadataChanged },
      { kind: kinds.ClusterIssuer, by: usedClusterIssuers, when: specOrMetadataChanged },
      { kind: kinds.Pod, by: byLabel(instanceLabel), when: servesOrGoes },
      { kind: kinds.Lease, by: usedLocks, when: lockTakenOrFreed },
      { kind: kinds.PodDisruptionBudget, by: byLabel(instanceLabel), when: specOrMetadataChanged },
    ],
    trace: tellListeners,
  }),
) {
  readonly #options: PacksOptions;

  constructor(options: PacksOptions) {
    super();
    this.#options = options;
  }

  override async reconcile({ primary }: ReconcileRequest<Psmdb>): Promise<Result> {
    if (!primary.spec.crVersion) {
      await this.objects.mergePatch(psmdb, primary, { spec: { crVersion: operatorVersion } });
    }
    const { status, askAgainMs } = await reconcileCluster(
      primary,
      this.#access(primary),
      this.#options.sources,
    );
    if (status !== undefined) await this.objects.applyStatus(psmdb, primary, status);
    return askAgainMs === undefined ? done : requeueAfter(askAgainMs);
  }

  #access(primary: Psmdb): Access {
    return {
      observe: () => this.#observed(primary),
      change: (changes) => this.#change(primary, changes),
      removeFinalizers: async (finalizers) => {
        for (const finalizer of finalizers)
          await this.objects.removeFinalizer(psmdb, primary, finalizer);
      },
    };
  }

  /** One look into the index; own writes of this very pass are in it. **API requests:** 0. */
  #observed(primary: Psmdb): Observed {
    const snapshot = this.secondaries.of(primary);
    const lists: Readonly<Partial<Record<KindName, typeof snapshot.pods>>> = {
      Secret: snapshot.secrets,
      ConfigMap: snapshot.configMaps,
      Service: snapshot.services,
      Pod: snapshot.pods,
      PersistentVolumeClaim: snapshot.claims,
      Lease: snapshot.locks,
      StatefulSet: snapshot.statefulSets,
      PodDisruptionBudget: snapshot.budgets,
      Issuer: snapshot.issuers,
      ClusterIssuer: snapshot.clusterIssuers,
      Certificate: snapshot.certificates,
    };
    return {
      hasCertManager: snapshot.issuers.available,
      get: (kind, name) =>
        lists[kind]?.find(
          ({ metadata }) =>
            metadata.name === name &&
            (metadata.namespace ?? primary.metadata.namespace) === primary.metadata.namespace,
        ),
      list: (kind, labels) => (lists[kind] ?? []).filter((object) => carries(object, labels)),
    };
  }

  async #change(
    primary: Psmdb,
    { create = [], apply = [], adopt = [], drop = [], remove = [] }: Changes,
  ): Promise<void> {
    const observed = this.#observed(primary);
    for (const object of create) {
      this.#options.onWish?.(object);
      await this.objects.create(kindOf(object), object);
    }
    for (const object of apply) {
      this.#options.onWish?.(object);
      await this.objects.apply(kindOf(object), object);
    }
    for (const { kind, name } of adopt) {
      const live = observed.get(kind, name);
      if (live !== undefined)
        await this.objects.mergePatch(kinds[kind], live, adopted(live, primary));
    }
    for (const { kind, name, labels, annotations } of drop) {
      const live = observed.get(kind, name);
      if (live === undefined) continue;
      const metadata = { labels: absent(labels), annotations: absent(annotations) };
      await this.objects.mergePatch(kinds[kind], live, { metadata });
    }
    for (const { kind, name } of remove) {
      const live = observed.get(kind, name);
      if (live !== undefined) await this.objects.delete(kinds[kind], live);
    }
  }
}

function carries({ metadata }: Manifest, labels: TextMap): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** What of a pod the functions decide by. */
function podNews(pod: Manifest): string {
  const { metadata, spec } = pod;
  const scheduled = podCondition(pod, "PodScheduled");
  return JSON.stringify([
    hasReadyContainers(pod),
    metadata.deletionTimestamp !== undefined,
    metadata.labels,
    spec?.["nodeName"],
    scheduled?.reason,
    scheduled?.message,
  ]);
}

/** In a merge patch null means: away with it. */
function absent(keys: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(keys.map((key) => [key, null]));
}
