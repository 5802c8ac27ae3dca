// SPDX-License-Identifier: Apache-2.0
// Lives through a day of the split Percona operator on a pretended clock and keeps every wake:
// `node benchmarks/dist/are-split-wakes-easier-to-foretell/record.js [HOURS] [SEED]`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WakeHistory } from "haversack";
import { randomFrom } from "@haversack/wasm-sandbox/policy";
import {
  readPrimary,
  withReplset,
} from "@haversack-examples/percona-mongodb/dist/measure/fleet.js";
import type { JsonObject, Manifest } from "@haversack-examples/percona-mongodb/dist/json.js";
import { kinds } from "@haversack-examples/percona-mongodb/dist/operators/kinds.js";
import {
  startOperatorCluster,
  type OperatorCluster,
} from "@haversack-examples/percona-mongodb/dist/operators/operator-cluster.js";

const hourMs = 3_600_000;
const clusters = 2;

/** What happens to clusters, and how long it is between two of a kind, on average. */
const events: readonly { everyMs: number; act: (scene: Scene) => Promise<unknown> }[] = [
  { everyMs: 3 * hourMs, act: changeLabels },
  { everyMs: 4 * hourMs, act: changeConfiguration },
  { everyMs: 2 * hourMs, act: losePod },
  { everyMs: 4 * hourMs, act: driftService },
  { everyMs: 6 * hourMs, act: changePassword },
];

interface Scene {
  readonly operators: OperatorCluster;
  readonly primary: Manifest;
  readonly random: () => number;
}

async function record(hours: number, seed: number): Promise<string> {
  const history = new WakeHistory();
  const operators = await startOperatorCluster("split", { split: { onRun: history.record } });
  const random = randomFrom(seed);
  const primaries = await Promise.all(
    Array.from({ length: clusters }, (_, index) => readPrimary(`tenant-${index}`)),
  );
  for (const primary of primaries) {
    await operators.createNamespace(primary.metadata.namespace ?? "");
    await operators.apply(primary);
  }
  await operators.settle();
  const { clock } = operators;
  const endMs = clock.monotonicMs() + hours * hourMs;
  for (const { atMs, event, index } of plan(endMs, clock.monotonicMs(), random)) {
    await clock.advance(Math.max(0, atMs - clock.monotonicMs()));
    const primary = primaries[index];
    if (primary !== undefined) await event.act({ operators, primary, random });
    await operators.cluster.settle();
  }
  await clock.advance(Math.max(0, endMs - clock.monotonicMs()));
  await operators.close();
  return history.csv();
}

/** Poisson arrivals of every kind of event, for every cluster, in the order of time. */
function plan(
  endMs: number,
  fromMs: number,
  random: () => number,
): readonly { atMs: number; event: (typeof events)[number]; index: number }[] {
  const planned = [];
  for (let index = 0; index < clusters; index += 1)
    for (const event of events) {
      let atMs = fromMs;
      for (;;) {
        atMs += -Math.log(1 - random()) * event.everyMs;
        if (atMs >= endMs) break;
        planned.push({ atMs: Math.round(atMs), event, index });
      }
    }
  return planned.sort((a, b) => a.atMs - b.atMs);
}

function changeLabels({ operators, primary, random }: Scene): Promise<void> {
  const labels = { team: `team-${Math.floor(random() * 1000)}` };
  return operators.apply(withReplset(primary, { expose: { labels } as JsonObject }));
}

function changeConfiguration({ operators, primary, random }: Scene): Promise<void> {
  const configuration = `operationProfiling:\n  slowOpThresholdMs: ${Math.floor(random() * 1000)}\n`;
  return operators.apply(withReplset(primary, { configuration }));
}

async function losePod({ operators, primary, random }: Scene): Promise<void> {
  const name = `${primary.metadata.name}-rs0-${Math.floor(random() * 3)}`;
  await operators.cluster.remove(kinds.Pod, keyIn(primary, name));
}

async function driftService({ operators, primary }: Scene): Promise<void> {
  const key = keyIn(primary, `${primary.metadata.name}-rs0`);
  await operators.cluster.patch(kinds.Service, key, { metadata: { labels: { drifted: "yes" } } });
}

async function changePassword({ operators, primary, random }: Scene): Promise<void> {
  const secrets = primary.spec?.["secrets"] as JsonObject | undefined;
  const name = String(secrets?.["users"] ?? "percona-server-mongodb-users");
  const password = Buffer.from(`password-${Math.floor(random() * 1e9)}`).toString("base64");
  await operators.cluster.patch(kinds.Secret, keyIn(primary, name), {
    data: { MONGODB_BACKUP_PASSWORD: password },
  });
}

function keyIn({ metadata }: Manifest, name: string): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? "", name };
}

const [hours = 24, seed = 1] = process.argv.slice(2).map(Number);
const file = fileURLToPath(import.meta.url);
const folder = join(file, "..", "..", "..", "are-split-wakes-easier-to-foretell", "histories");
writeFileSync(join(folder, `day-seed-${seed}.csv`), await record(hours, seed));
