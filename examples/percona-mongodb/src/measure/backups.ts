// SPDX-License-Identifier: Apache-2.0
// What it takes to find the backups of one cluster among those of many: list and look through, or an index (stage 5).
import {
  bySecondaryField,
  expand,
  done,
  InformerPool,
  Reconciler,
  startReconciler,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type Result,
} from "haversack";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import { operatorCrds } from "../crd.js";
import type { Manifest } from "../json.js";
import { psmdb, psmdbBackups } from "../operators/kinds.js";
import { CachedReads, LiveReads, type ObjectReads } from "../operators/object-reads.js";
import type { OperatorMode } from "../operators/operator-cluster.js";
import type { Psmdb } from "../types.js";

/** As reported for the original: 90 clusters with 30 backups each. @see issue 1635 of the original. */
const clusters = 90;
const backupsEach = 30;
const namespace = "backups";
const rounds = 20;

/** What one look-up takes. */
export interface LookUp {
  readonly backups: number;
  readonly found: number;
  readonly requests: number;
  /** Objects that went through the operator's hands. */
  readonly objectsLookedAt: number;
  /** Real time, the median of several. */
  readonly milliseconds: number;
}

/** Measures how this kind of operator finds the backups of one cluster. */
export async function backupLookUp(mode: OperatorMode): Promise<LookUp> {
  const clock = new FakeClock();
  const cluster = await startCluster({ clock, backend: "embedded" });
  try {
    await cluster.apply([...(await operatorCrds())]);
    await cluster.settle();
    await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await cluster.apply(everything());
    const find = await finder(mode, cluster, clock);
    cluster.requests.reset();
    const times: number[] = [];
    let last = { found: 0, objectsLookedAt: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const startMs = performance.now();
      last = await find.once();
      times.push(performance.now() - startMs);
    }
    const requests = cluster.requests.count() / rounds;
    await find.close();
    times.sort((left, right) => left - right);
    const milliseconds = Math.round((times[rounds / 2] ?? 0) * 1000) / 1000;
    return { backups: clusters * backupsEach, ...last, requests, milliseconds };
  } finally {
    await cluster.close();
  }
}

interface Finder {
  once(): Promise<{ readonly found: number; readonly objectsLookedAt: number }>;
  close(): Promise<void>;
}

const wanted = "cluster-7";

function finder(mode: OperatorMode, cluster: TestCluster, clock: FakeClock): Promise<Finder> {
  if (mode === "monolith") return Promise.resolve(lookingThrough(new LiveReads(cluster.client)));
  return mode === "monolith-cached" ? cachedFinder(cluster, clock) : indexed(cluster, clock);
}

/** As the original does: all of them are listed, and those of other clusters left out. */
function lookingThrough(reads: ObjectReads, close = (): void => {}): Finder {
  return {
    async once() {
      const all = (await reads.list(psmdbBackups.as<Manifest>(), namespace, {})) ?? [];
      const found = all.filter(({ spec }) => spec?.["clusterName"] === wanted).length;
      return { found, objectsLookedAt: all.length };
    },
    close: () => Promise.resolve(close()),
  };
}

async function cachedFinder(cluster: TestCluster, clock: FakeClock): Promise<Finder> {
  const informers = new InformerPool({ client: cluster.client, clock });
  const reads = new CachedReads(informers);
  const find = lookingThrough(reads, () => {
    reads.close();
    informers.close();
  });
  await find.once();
  return find;
}

/** Backups by the cluster that they name. */
class BackupIndex extends expand(
  Reconciler.of(psmdb),
  withApiObjects({ fieldManager: "backup-look-up" }),
  withSecondaryIndex({
    kinds: { backups: { kind: psmdbBackups, by: bySecondaryField("spec.clusterName") } },
  }),
  withWatches({}),
) {
  override reconcile(): Promise<Result> {
    return Promise.resolve(done);
  }
}

async function indexed(cluster: TestCluster, clock: FakeClock): Promise<Finder> {
  const index = new BackupIndex();
  const running = startReconciler(index, { client: cluster.client, clock });
  await clock.settle();
  await running.ready;
  const primary = await cluster.get(psmdb, { namespace, name: wanted });
  return {
    once() {
      const found = index.secondaries.of(primary as Psmdb).backups.length;
      return Promise.resolve({ found, objectsLookedAt: found });
    },
    close: () => running.stop(),
  };
}

function everything(): Manifest[] {
  return Array.from({ length: clusters }, (_, index) => {
    const name = `cluster-${index}`;
    const cluster = {
      apiVersion: psmdb.apiVersion,
      kind: psmdb.kind,
      metadata: { namespace, name },
      spec: { image: "mongod:8", replsets: [] },
    };
    const backups = Array.from({ length: backupsEach }, (_unused, backup) => ({
      apiVersion: psmdbBackups.apiVersion,
      kind: psmdbBackups.kind,
      metadata: { namespace, name: `${name}-${backup}` },
      spec: { clusterName: name, storageName: "store" },
    }));
    return [cluster, ...backups];
  }).flat();
}
