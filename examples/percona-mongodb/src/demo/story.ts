// SPDX-License-Identifier: Apache-2.0
// The demo, told in order: a custom resource, its event's journey, a change, drift, a deletion, the bill.
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { inNamespace } from "../cases/case-index.js";
import type { JsonObject, Manifest } from "../json.js";
import { kinds, psmdb } from "../operators/kinds.js";
import { startOperatorCluster, type OperatorCluster } from "../operators/operator-cluster.js";
import { costTable, measureCosts, statusText } from "./costs.js";
import { follow, type Followed, type Journey } from "./journey.js";

const namespace = "demo";
const name = "some-name";
const input = "data/given/init-deploy-some-name/input-1.yaml";

/** Where the story goes, line by line. */
export type Tell = (line: string) => void;

/** Tells the whole story. Nothing in it is random or depends on the machine. */
export async function tellStory(tell: Tell): Promise<void> {
  const primary = await readPrimary();
  introduce(tell);
  const operators = await startOperatorCluster("packs");
  try {
    await operators.createNamespace(namespace);
    await operators.start();
    await tellCreation(operators, primary, tell);
    await tellChange(operators, withSize(primary, 5), tell);
    await tellSilence(operators, tell);
    await tellDrift(operators, tell);
    await tellDeletion(operators, tell);
  } finally {
    await operators.close();
  }
  await tellCosts(primary, tell);
}

function introduce(tell: Tell): void {
  tell("The Percona Operator for MongoDB, rebuilt with Haversack's packs.");
  tell(
    "Everything runs in this process: an embedded Kubernetes API server over a pretended clock.",
  );
  tell("MongoDB itself is not run; its pods are only pretended to be ready.");
}

async function tellCreation(
  operators: OperatorCluster,
  primary: Manifest,
  tell: Tell,
): Promise<void> {
  heading(tell, `1. A real custom resource is applied (${input})`);
  const journey = await follow(operators, { kind: psmdb.kind, name }, () =>
    operators.apply(primary),
  );
  tellJourney(tell, journey);
  tell("");
  tell(
    "   Own writes come back as events and wake the operator once more; pods become ready one by one.",
  );
  tellSum(tell, journey);
  tell(`   Status: ${await statusText(operators, namespace, name)}.`);
}

async function tellChange(
  operators: OperatorCluster,
  changed: Manifest,
  tell: Tell,
): Promise<void> {
  heading(tell, "2. Somebody asks for 5 members instead of 3");
  const journey = await follow(operators, { kind: psmdb.kind, name }, () =>
    operators.apply(changed),
  );
  tellJourney(tell, journey);
  tell("");
  tell(
    "   Only what names the members differs from what is wanted, so only that is written; then the status.",
  );
  tellSum(tell, journey);
  tell(`   Status: ${await statusText(operators, namespace, name)}.`);
}

async function tellSilence(operators: OperatorCluster, tell: Tell): Promise<void> {
  heading(tell, "3. A pod gets an annotation that is nobody's business");
  const followed: Followed = { kind: "Pod", name: `${name}-rs0-0` };
  const annotate = (): Promise<unknown> =>
    operators.cluster.patch(
      kinds.Pod,
      { namespace, name: followed.name },
      { metadata: { annotations: { note: "hi" } } },
    );
  tellJourney(tell, await follow(operators, followed, annotate));
}

async function tellDrift(operators: OperatorCluster, tell: Tell): Promise<void> {
  heading(tell, "4. Somebody points a Service of the operator to the wrong port");
  const followed: Followed = { kind: "Service", name: `${name}-rs0` };
  const port = {
    name: "mongodb",
    appProtocol: "mongo",
    port: 27017,
    protocol: "TCP",
    targetPort: 1,
  };
  const journey = await follow(operators, followed, () =>
    operators.cluster.patch(
      kinds.Service,
      { namespace, name: followed.name },
      { spec: { ports: [port] } },
    ),
  );
  tellJourney(tell, journey);
  tell("");
  tell(
    "   One pass, one write: the port is right again. The original never notices (see the table).",
  );
}

async function tellDeletion(operators: OperatorCluster, tell: Tell): Promise<void> {
  heading(tell, "5. The custom resource is deleted");
  const remove = (): Promise<unknown> => operators.cluster.remove(psmdb, { namespace, name });
  tellJourney(tell, await follow(operators, { kind: psmdb.kind, name }, remove));
  const left = (await operators.objects(namespace)).map(
    (object) => `${object.kind} ${object.metadata.name}`,
  );
  const kept = left.filter((text) => text.startsWith("Secret ")).sort();
  tell("");
  tell(
    "   The garbage collector takes what the cluster owned. What data is unreadable without stays:",
  );
  for (const text of kept) tell(`     ${text}`);
}

async function tellCosts(primary: Manifest, tell: Tell): Promise<void> {
  heading(
    tell,
    "6. The bill: the same functions, once as the original is built, once with the packs",
  );
  const changed = withSize(primary, 5);
  const monolith = await measureCosts("monolith", primary, changed);
  const packs = await measureCosts("packs", primary, changed);
  for (const row of costTable(monolith, packs)) tell(row);
  tell("");
  tell("   Requests of one cluster with one replica set of three; open watches are not counted.");
  tell("   Both columns are this example's own code, not a measure of Percona's binary.");
}

function heading(tell: Tell, text: string): void {
  tell("");
  tell(text);
  tell("");
}

function tellJourney(tell: Tell, { lines }: Journey): void {
  for (const line of lines) tell(line);
}

function tellSum(tell: Tell, { events, passes, reads, writes }: Journey): void {
  tell(
    `   Until everything is at rest: ${events} events, ${passes} reconciles, ${writes} writes, ${reads} reads.`,
  );
}

async function readPrimary(): Promise<Manifest> {
  const url = new URL(`../../${input}`, import.meta.url);
  return inNamespace(parse(await readFile(url, "utf8")) as JsonObject, namespace);
}

function withSize(primary: Manifest, size: number): Manifest {
  const replsets = primary.spec?.["replsets"] as readonly JsonObject[];
  return {
    ...primary,
    spec: { ...primary.spec, replsets: replsets.map((replset) => ({ ...replset, size })) },
  };
}
