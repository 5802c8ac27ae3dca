// SPDX-License-Identifier: Apache-2.0
// F12: which finalizers go and which stay (after the original's table, TestCheckFinalizers).
import { describe, expect, it } from "@jest/globals";
import { countingSources } from "../../test/memory-cluster.js";
import { named, names, primaryWith, seeing } from "../../test/primaries.js";
import { defaultCluster } from "../defaults.js";
import type { Manifest } from "../json.js";
import { clusterLabels, memberLabels } from "../names.js";
import {
  deletePitrChunks,
  deletePodsInOrder,
  deleteVolumes,
  endingOf,
  type Ending,
} from "./finalizers.js";

const labels = memberLabels("db", "rs0", "mongod");
const running: readonly Manifest[] = [
  { ...named("StatefulSet", "db-rs0", labels), spec: { replicas: 3 } },
  ...[0, 1, 2].map((index) => named("Pod", `db-rs0-${index}`, labels)),
  named("PersistentVolumeClaim", "mongod-data-db-rs0-0", clusterLabels("db")),
  named("Secret", "percona-server-mongodb-users"),
  named("Secret", "somebody-elses"),
];
const stopped = running
  .filter(({ kind }) => kind !== "Pod")
  .map((object) => (object.kind === "StatefulSet" ? { ...object, spec: { replicas: 0 } } : object));

function ending(
  finalizers: readonly string[],
  objects: readonly Manifest[] = running,
  isInError = false,
): Promise<Ending> {
  const cluster = defaultCluster(primaryWith());
  return endingOf(cluster, finalizers, isInError, seeing(objects), countingSources);
}

describe("endingOf() (F12)", () => {
  it.each<[string, readonly string[], readonly Manifest[], boolean, readonly string[]]>([
    ["nothing without finalizers", [], running, false, []],
    ["volumes at once", [deleteVolumes], running, false, [deleteVolumes]],
    ["not pods that still run", [deletePodsInOrder], running, false, []],
    ["pods of a cluster in error", [deletePodsInOrder], running, true, [deletePodsInOrder]],
    [
      "nothing behind the one that waits, whatever the order they are written in",
      [deleteVolumes, deletePodsInOrder],
      running,
      false,
      [],
    ],
    [
      "all in a cluster in error",
      [deleteVolumes, deletePodsInOrder],
      running,
      true,
      [deletePodsInOrder, deleteVolumes],
    ],
    ["pods that have stopped", [deletePodsInOrder], stopped, false, [deletePodsInOrder]],
    [
      "what goes before the one that waits",
      [deletePodsInOrder, deletePitrChunks],
      running,
      false,
      [deletePitrChunks],
    ],
    ["not those of others", ["example.com/mine", deleteVolumes], running, false, [deleteVolumes]],
  ])("is done with %s", async (_what, finalizers, objects, isInError, done) => {
    expect((await ending(finalizers, objects, isInError)).done).toEqual(done);
  });

  it("brings the smaller cluster about while pods stop, and nothing at all afterwards", async () => {
    const one = running.filter(({ metadata }) => !/-[12]$/.test(metadata.name));
    const { sized } = await ending(
      [deletePodsInOrder],
      [{ ...named("StatefulSet", "db-rs0", labels), spec: { replicas: 1 } }, ...one.slice(1)],
    );
    expect(sized?.cluster.replsets[0]?.size).toBe(0);
    expect((await ending([deletePodsInOrder], stopped)).sized).toBeUndefined();
  });

  it("deletes StatefulSets, volumes and the Secrets of this cluster, and no other", async () => {
    const { changes } = await ending([deleteVolumes]);
    expect((changes.remove ?? []).map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      "StatefulSet/db-rs0",
      "PersistentVolumeClaim/mongod-data-db-rs0-0",
      "Secret/percona-server-mongodb-users",
    ]);
  });

  it("deletes nothing before the pods have stopped", async () => {
    const { changes } = await ending([deleteVolumes, deletePodsInOrder]);
    expect(names((changes.remove ?? []).map((each) => ({ metadata: each })))).toEqual([]);
  });
});
