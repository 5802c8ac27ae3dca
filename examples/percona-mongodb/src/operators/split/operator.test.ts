// SPDX-License-Identifier: Apache-2.0
// The split operator: who runs for what, under which name it writes, and who waits for whom.
import { afterEach, describe, expect, it } from "@jest/globals";
import { WakeHistory } from "haversack";
import { key, liveCluster, written } from "../../../test/operator-scenario.js";
import { countingSources } from "../../../test/memory-cluster.js";
import { plainReplset } from "../../../test/primaries.js";
import { parts } from "../../functions/index.js";
import { databaseCheckMs } from "../../functions/replica-sets.js";
import type { Manifest } from "../../json.js";
import { kinds, psmdb } from "../kinds.js";
import { startOperatorCluster, type OperatorCluster } from "../operator-cluster.js";
import { functionsOf } from "./instances.js";

let operators: OperatorCluster;
let history: WakeHistory;
afterEach(() => operators.close());

/** A cluster that is ready, with a record of what runs from then on. */
async function ready(): Promise<void> {
  history = new WakeHistory();
  const split = { onRun: history.record };
  operators = await startOperatorCluster("split", { sources: countingSources, split });
  await operators.createNamespace("prod");
  await operators.apply(written());
  await operators.settle();
  expect((await liveCluster(operators)).status?.state).toBe("ready");
}

/** Names of the instances that ran for something. */
async function ranFor(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = history.wakes.length;
  await act();
  await operators.cluster.settle();
  return history.wakes.slice(before).map(({ stream }) => stream);
}

const managersOf = ({ metadata }: Manifest): readonly (string | undefined)[] =>
  (
    (metadata as { managedFields?: readonly { manager?: string; subresource?: string }[] })
      .managedFields ?? []
  )
    .filter(({ subresource }) => subresource === undefined)
    .map(({ manager }) => manager);

describe("the split operator", () => {
  it("runs every function in one instance, and looks at nothing else in an idle hour than the databases", async () => {
    const names = Object.values(functionsOf)
      .flat()
      .map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(parts.map(({ name }) => name)));
    // The routers alone are in two: their Service is the network's.
    expect(names).toHaveLength(parts.length + 1);
    await ready();
    operators.cluster.requests.reset();
    const ran = await ranFor(() => operators.clock.advance(60 * databaseCheckMs));
    expect(ran).toEqual(Array.from({ length: 60 }, () => "database"));
    expect(operators.cluster.requests.count()).toBe(0);
  }, 60_000);

  it("wakes for a drifted Service those alone who keep or read Services", async () => {
    await ready();
    const patch = { spec: { publishNotReadyAddresses: true } };
    const ran = await ranFor(() => operators.cluster.patch(kinds.Service, key("db-rs0"), patch));
    expect(new Set(ran)).toEqual(new Set(["network", "config", "status"]));
  });

  it("writes every object under the field manager of the one instance that keeps it", async () => {
    await ready();
    const by = "percona-server-mongodb-operator/";
    const [set] = await operators.cluster.list(kinds.StatefulSet, { namespace: "prod" });
    const [service] = await operators.cluster.list(kinds.Service, { namespace: "prod" });
    const secret = await operators.cluster.get(kinds.Secret, key("db-ssl"));
    expect(managersOf(set as Manifest)).toContain(`${by}workload`);
    expect(managersOf(service as Manifest)).toEqual([`${by}network`]);
    expect(new Set(managersOf(secret as Manifest))).toEqual(new Set([`${by}tls`]));
    const conditions = (await liveCluster(operators)).status?.conditions ?? [];
    const told = conditions.filter(({ status }) => status === "True").map(({ type }) => type);
    expect(told).toEqual(expect.arrayContaining(["DatabaseReady", "NetworkReady", "Ready"]));
  });

  it("brings a Service back while the databases do not answer", async () => {
    await ready();
    const { mongo, clock, cluster } = operators;
    const connect = mongo.connect.bind(mongo);
    mongo.connect = async (...given) => {
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 30_000));
      return connect(...given);
    };
    await clock.advance(databaseCheckMs + 1000);
    await cluster.remove(kinds.Service, key("db-rs0"));
    await clock.settle();
    expect(await cluster.get(kinds.Service, key("db-rs0"))).toBeDefined();
    await clock.advance(120_000);
  });

  it("says in kstatus' words when it cannot go on", async () => {
    await ready();
    await operators.apply(written({ replsets: [{ ...plainReplset, size: 4 }] }));
    await operators.settle();
    const { status } = await liveCluster(operators);
    expect(status?.state).toBe("error");
    const reasons = status?.conditions?.filter(({ type }) => type === "Ready");
    expect(reasons).toMatchObject([{ status: "False", reason: "Halted" }]);
    await operators.cluster.remove(psmdb, key("db"));
  });
});
