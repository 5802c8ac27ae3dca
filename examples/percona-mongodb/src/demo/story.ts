// SPDX-License-Identifier: Apache-2.0
// The demo, told in order: a cluster from apply to ready, changes, drift, a mistake, its end, and the bill.
import { coreEvents } from "haversack";
import type { Manifest } from "../json.js";
import { fleetInput, readPrimary, withSize } from "../measure/fleet.js";
import { measure, type Measures } from "../measure/measures.js";
import { rowsOf, textTable } from "../measure/table.js";
import { kinds, psmdb, psmdbBackups } from "../operators/kinds.js";
import {
  allOperatorModes,
  startOperatorCluster,
  type OperatorCluster,
  type OperatorMode,
} from "../operators/operator-cluster.js";
import { narrate, type Followed, type Narration, type Telling } from "./narration.js";
import { plainPaint, wrapped } from "./terminal.js";
import { statusText } from "./wording.js";

const namespace = "demo";
const name = "some-name";
const noteLength = 90;
const podsInOrder = "percona.com/delete-psmdb-pods-in-order";

/** One chapter's stage: where it plays, how it is told, and what the custom resource says by then. */
interface Scene extends Telling {
  readonly operators: OperatorCluster;
  /** The custom resource of the chapter before. */
  primary: Manifest;
}

const chapters: readonly ((scene: Scene) => Promise<void>)[] = [
  tellCreation,
  tellScaling,
  tellUpgrade,
  tellBackup,
  tellSilence,
  tellDrift,
  tellMistake,
  tellEnd,
];

/** Tells the whole story. Nothing in it is random or depends on the machine. */
export async function tellStory(
  tell: (line: string) => void,
  paint: Telling["paint"] = plainPaint,
  modes: readonly OperatorMode[] = allOperatorModes,
): Promise<void> {
  introduce({ tell, paint });
  const given = await readPrimary(namespace);
  const metadata = { ...given.metadata, finalizers: [podsInOrder] };
  const backup = { enabled: true, image: "percona/pbm:next", storages: { s3: { type: "s3" } } };
  const spec = { ...given.spec, backup };
  const operators = await startOperatorCluster("packs");
  try {
    await operators.createNamespace(namespace);
    await operators.start();
    const scene: Scene = { tell, paint, operators, primary: { ...given, metadata, spec } };
    for (const chapter of chapters) await chapter(scene);
  } finally {
    await operators.close();
  }
  await tellBill({ tell, paint }, modes);
}

function introduce({ tell, paint }: Telling): void {
  tell(paint("title", "The Percona Operator for MongoDB, rebuilt with Haversack's packs"));
  tell("");
  tell("Everything runs in this process: an embedded Kubernetes API server on a pretended clock,");
  tell(
    "pretended pods, and a MongoDB whose replica sets are simulated. Each line is one thing that",
  );
  tell("happened, with the seconds since its chapter began; each reconcile says what woke it.");
}

async function tellCreation(scene: Scene): Promise<void> {
  heading(scene, `1. A custom resource is applied (${fleetInput}, with backups and a finalizer)`);
  const told = await narrate(scene.operators, scene, () => scene.operators.apply(scene.primary), {
    kind: psmdb.kind,
    name,
  });
  await tellSum(scene, told);
  note(scene, "Pods become ready one by one; each wakes one reconcile. Nothing is polled.");
  note(
    scene,
    "Only MongoDB has no watch: it is asked again after 5 s while something is under way.",
  );
}

async function tellScaling(scene: Scene): Promise<void> {
  heading(scene, "2. Somebody asks for 5 members instead of 3");
  scene.primary = withSize(scene.primary, 5);
  const told = await narrate(scene.operators, scene, () => scene.operators.apply(scene.primary));
  await tellSum(scene, told);
  note(scene, "Written is what names the members; the rest is compared in memory and left alone.");
}

async function tellUpgrade(scene: Scene): Promise<void> {
  heading(scene, "3. A new image: one pod at a time, the primary last");
  const { primary } = scene;
  scene.primary = { ...primary, spec: { ...primary.spec, image: "percona/mongod:next" } };
  const told = await narrate(scene.operators, scene, () => scene.operators.apply(scene.primary));
  await tellSum(scene, told);
  note(
    scene,
    "The original sleeps in its worker while each pod starts; here the pod's event wakes it.",
  );
}

async function tellBackup(scene: Scene): Promise<void> {
  heading(scene, "4. A backup is asked for, by a custom resource of its own");
  const { operators } = scene;
  await narrate(operators, scene, () =>
    operators.apply({
      apiVersion: psmdbBackups.apiVersion,
      kind: psmdbBackups.kind,
      metadata: { name: "before-the-holidays", namespace },
      spec: { clusterName: name, storageName: "s3" },
    }),
  );
  note(
    scene,
    "While it runs it holds the Lease, and no pod is restarted; the agents are simulated.",
  );
}

async function tellSilence(scene: Scene): Promise<void> {
  heading(scene, "5. A pod gets an annotation that is nobody's business");
  const followed: Followed = { kind: "Pod", name: `${name}-rs0-0` };
  await narrate(
    scene.operators,
    scene,
    () =>
      scene.operators.cluster.patch(
        kinds.Pod,
        { namespace, name: followed.name },
        { metadata: { annotations: { note: "hi" } } },
      ),
    followed,
  );
}

async function tellDrift(scene: Scene): Promise<void> {
  heading(scene, "6. Somebody points a Service of the operator to the wrong port");
  const followed: Followed = { kind: "Service", name: `${name}-rs0` };
  const port = { name: "mongodb", appProtocol: "mongo", port: 27017, protocol: "TCP" };
  await narrate(
    scene.operators,
    scene,
    () =>
      scene.operators.cluster.patch(
        kinds.Service,
        { namespace, name: followed.name },
        { spec: { ports: [{ ...port, targetPort: 1 }] } },
      ),
    followed,
  );
  note(scene, "One reconcile, one write: the port is right again. The original never notices.");
}

async function tellMistake(scene: Scene): Promise<void> {
  heading(scene, "7. A mistake: 4 members, and a limit that is no quantity");
  const { operators, primary } = scene;
  const wrong = withSize(primary, 4);
  const [replset] = wrong.spec?.["replsets"] as unknown as readonly object[];
  const resources = { limits: { cpu: "many" } };
  await narrate(operators, scene, () =>
    operators.apply({
      ...wrong,
      spec: { ...wrong.spec, replsets: [{ ...replset, resources }] },
    }),
  );
  for (const { type, reason, message } of await operators.cluster.list(coreEvents, { namespace }))
    note(scene, `Event: ${type ?? ""} ${reason ?? ""}: ${message ?? ""}`);
  note(
    scene,
    "Nothing was touched, and nothing is retried until the custom resource changes. It does:",
  );
  await narrate(operators, scene, () => operators.apply(primary));
}

async function tellEnd(scene: Scene): Promise<void> {
  heading(scene, "8. The custom resource is deleted; its finalizer asks for pods in order");
  const { operators } = scene;
  // A primary that has stepped down stands for no election for a minute.
  await operators.clock.advance(60_000);
  await narrate(operators, scene, () => operators.cluster.remove(psmdb, { namespace, name }));
  const left = await operators.objects(namespace);
  const kept = left.flatMap(({ kind, metadata }) => (kind === "Secret" ? [metadata.name] : []));
  note(
    scene,
    "The garbage collector takes what the cluster owned. What data needs stays, as asked:",
  );
  note(scene, `Secrets ${kept.sort().join(", ")}; the volumes.`);
}

async function tellBill({ tell, paint }: Telling, modes: readonly OperatorMode[]): Promise<void> {
  heading({ tell, paint }, "9. The bill: the same functions in each operator, measured just now");
  note({ tell, paint }, "Ten pretended minutes of each take some seconds.");
  tell("");
  const all: Measures[] = [];
  for (const mode of modes)
    all.push(
      await measure({ mode, clusters: 1, idleMs: 600_000, patienceMs: 60_000, alone: false }),
    );
  for (const [index, row] of textTable(rowsOf(all)).entries())
    tell(`   ${index === 0 ? paint("title", row) : row}`);
  tell("");
  tell("   One cluster with one replica set of three. Watches that stay open are not counted.");
  tell(
    "   monolith: as the original up to 1.22, every read is a request. monolith-cached: as later",
  );
  tell(
    "   versions, reads from informers. All columns are this example's own code, not a measure of",
  );
  tell("   Percona's binary. More of it, also for 100 clusters: npm run percona:measure");
}

function heading({ tell, paint }: Telling, text: string): void {
  tell("");
  tell(paint("title", text));
  tell("");
}

function note({ tell, paint }: Telling, text: string): void {
  for (const line of wrapped(text, noteLength)) tell(paint("quiet", `         ${line}`));
}

async function tellSum(scene: Scene, { events, passes, reads, writes }: Narration): Promise<void> {
  const live = await scene.operators.cluster.get(psmdb, { namespace, name });
  scene.tell("");
  note(
    scene,
    `Now ${statusText(live?.status)}: ${events} events, ${passes} reconciles, ${writes} writes, ${reads} reads.`,
  );
}
