// SPDX-License-Identifier: Apache-2.0
// How the two operators behave over time: idle cost, changes, drift, bad input, deletion.
import { Buffer } from "node:buffer";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  key,
  liveCluster,
  Scenarios,
  written,
  writtenSharded,
} from "../../test/operator-scenario.js";
import { plainReplset } from "../../test/primaries.js";
import { databaseCheckMs } from "../functions/replica-sets.js";
import type { Manifest } from "../json.js";
import { kinds, psmdb } from "./kinds.js";
import { operatorModes, type OperatorCluster } from "./operator-cluster.js";
import { traceStages } from "./stage-listeners.js";

const scenarios = new Scenarios();
afterEach(() => scenarios.close());
const started = scenarios.started.bind(scenarios);
const cluster = liveCluster;

/** Secrets whose content is chance, made once. */
async function randomSecrets({ cluster: api }: OperatorCluster): Promise<readonly unknown[]> {
  const all = await api.list(kinds.Secret, { namespace: "prod" });
  return all
    .filter(({ metadata }) => !metadata.name.endsWith("-conn-str"))
    .map(({ metadata, data }) => [metadata.name, data]);
}

describe.each(operatorModes)("the %s operator", (mode) => {
  it("brings a cluster to ready and sets the crVersion", async () => {
    const operators = await started(mode);
    const { spec, status } = await cluster(operators);
    expect(spec.crVersion).toBe("1.23.0");
    expect(status).toMatchObject({
      state: "ready",
      size: 3,
      ready: 3,
      host: "db-rs0.prod.svc.cluster.local",
    });
  });

  it("leaves the custom resource's version alone while nothing happens", async () => {
    const operators = await started(mode);
    const before = (await cluster(operators)).metadata.resourceVersion;
    await operators.clock.advance(60_000);
    expect((await cluster(operators)).metadata.resourceVersion).toBe(before);
  });

  it("makes every StatefulSet once", async () => {
    const operators = await started(
      mode,
      written({ replsets: [{ ...plainReplset, configuration: "net: {}\n" }] }),
    );
    expect(
      (await operators.cluster.get(kinds.StatefulSet, key("db-rs0")))?.metadata.generation,
    ).toBe(1);
  });

  it("makes the StatefulSets of a sharded cluster once, and leaves the custom resource alone", async () => {
    const operators = await started(mode, writtenSharded({}, { crVersion: "1.23.0" }));
    const before = await cluster(operators);
    expect(before.status?.state).toBe("ready");
    await operators.clock.advance(5 * 5000);
    for (const name of ["db-rs0", "db-cfg", "db-mongos"]) {
      const set = await operators.cluster.get(kinds.StatefulSet, key(name));
      expect([name, set?.metadata.generation]).toEqual([name, 1]);
    }
    const { metadata } = await cluster(operators);
    expect(metadata.generation).toBe(1);
    expect(metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it("tells in the status what the API server will never take", async () => {
    const replset = { ...plainReplset, labels: { "no key": "at all" } };
    const operators = await started(mode, written({ replsets: [replset] }));
    const { status } = await cluster(operators);
    expect(status?.state).toBe("error");
    expect(status?.message).toContain("db-rs0");
    await operators.apply(written());
    await operators.settle();
    expect((await cluster(operators)).status?.state).toBe("ready");
  });

  it("never makes keys and passwords anew", async () => {
    const operators = await started(mode);
    const before = await randomSecrets(operators);
    await operators.apply(written({ replsets: [{ ...plainReplset, size: 5 }] }));
    await operators.settle();
    expect(await randomSecrets(operators)).toEqual(before);
    expect(before.length).toBe(6);
  });

  it("follows a change of size with pods and status", async () => {
    const operators = await started(mode);
    await operators.apply(written({ replsets: [{ ...plainReplset, size: 5 }] }));
    await operators.settle();
    expect((await cluster(operators)).status).toMatchObject({ state: "ready", size: 5, ready: 5 });
  });

  it("says what is wrong with a custom resource and keeps what runs", async () => {
    const operators = await started(mode);
    await operators.apply(written({ replsets: [{ ...plainReplset, size: 4 }] }));
    await operators.settle();
    const { status } = await cluster(operators);
    expect(status?.state).toBe("error");
    expect(status?.message).toMatch(/Use an odd size/);
    expect(
      (await operators.cluster.get(kinds.StatefulSet, key("db-rs0")))?.spec?.["replicas"],
    ).toBe(3);
  });

  it("leaves the deletion of what it owns to the garbage collector and keeps users and keys", async () => {
    const operators = await started(mode);
    await operators.cluster.remove(psmdb, key("db"));
    await operators.settle();
    expect(await operators.cluster.list(kinds.StatefulSet, { namespace: "prod" })).toEqual([]);
    expect(await operators.cluster.list(kinds.Service, { namespace: "prod" })).toEqual([]);
    const kept = (await operators.cluster.list(kinds.Secret, { namespace: "prod" })).map(
      ({ metadata }) => metadata.name,
    );
    expect(kept.sort()).toEqual([
      "db-databaseadmin-conn-str",
      "db-mongodb-encryption-key",
      "internal-db-users",
      "percona-server-mongodb-users",
    ]);
  });

  it("does not touch certificates that the user made", async () => {
    const operators = await scenarios.empty(mode);
    const data = { "ca.crt": "Yw==", "tls.crt": "Yw==", "tls.key": "aw==" };
    const users: Manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "db-ssl", namespace: "prod" },
      data,
    };
    await operators.apply(users);
    await operators.apply(written());
    await operators.settle();
    const live = await operators.cluster.get(kinds.Secret, key("db-ssl"));
    expect(live?.data).toEqual(data);
    expect(live?.metadata.ownerReferences).toBeUndefined();
    expect(await operators.cluster.get(kinds.StatefulSet, key("db-rs0"))).toBeDefined();
  });

  it("follows servicePerPod with one Service per router, and back with one for all", async () => {
    const perPod = { expose: { servicePerPod: true } };
    const operators = await started(mode, writtenSharded(perPod));
    const routers = async (): Promise<readonly string[]> =>
      (await operators.cluster.list(kinds.Service, { namespace: "prod" }))
        .map(({ metadata }) => metadata.name)
        .filter((name) => name.includes("mongos"));
    expect(await routers()).toEqual(["db-mongos-0", "db-mongos-1"]);
    await operators.apply(writtenSharded());
    await operators.settle();
    expect(await routers()).toEqual(["db-mongos"]);
  });

  it("keeps the node port that a Service was given when its metadata changes", async () => {
    const exposed = (labels: Readonly<Record<string, string>>): Manifest =>
      written({
        replsets: [{ ...plainReplset, expose: { enabled: true, type: "NodePort", labels } }],
      });
    const operators = await started(mode, exposed({}));
    const service = async (): Promise<Manifest | undefined> =>
      operators.cluster.get(kinds.Service, key("db-rs0-0"));
    const portOf = (object: Manifest | undefined): unknown =>
      (object?.spec?.["ports"] as unknown as readonly { nodePort?: number }[])[0]?.nodePort;
    const before = portOf(await service());
    expect(before).toBeGreaterThanOrEqual(30_000);
    await operators.apply(exposed({ team: "blue" }));
    await operators.settle();
    const after = await service();
    expect(after?.metadata.labels?.["team"]).toBe("blue");
    expect(portOf(after)).toBe(before);
  });

  it("leaves passwords that the user gave as they are, and adds the missing ones", async () => {
    const operators = await scenarios.empty(mode);
    const given = Buffer.from("of the user").toString("base64");
    const users: Manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "percona-server-mongodb-users", namespace: "prod" },
      data: { MONGODB_USER_ADMIN_PASSWORD: given },
    };
    await operators.apply(users);
    await operators.apply(written());
    await operators.settle();
    const live = await operators.cluster.get(kinds.Secret, key("percona-server-mongodb-users"));
    expect(live?.data?.["MONGODB_USER_ADMIN_PASSWORD"]).toBe(given);
    expect(Object.keys(live?.data ?? {}).length).toBeGreaterThan(8);
    expect(live?.metadata.ownerReferences).toBeUndefined();
    expect((await cluster(operators)).status?.state).toBe("ready");
  });

  it("makes no Secret with an encryption key where a vault holds it", async () => {
    const security = "security:\n  vault:\n    serverName: vault\n    port: 8200\n";
    const operators = await started(
      mode,
      written({
        secrets: { vault: "vault-token" },
        replsets: [{ ...plainReplset, configuration: security }],
      }),
    );
    expect(await operators.cluster.get(kinds.StatefulSet, key("db-rs0"))).toBeDefined();
    expect(
      await operators.cluster.get(kinds.Secret, key("db-mongodb-encryption-key")),
    ).toBeUndefined();
  });

  it("refuses a replica set without a volume already at the API", async () => {
    const operators = await started(mode);
    const bad = written({ replsets: [{ name: "rs0", size: 3 }] });
    await expect(operators.apply(bad)).rejects.toThrow(/volumeSpec/);
  });
});

describe("while nothing happens", () => {
  it("the packs send no request in ten minutes, and run no reconcile but the check of the databases", async () => {
    const operators = await started("packs");
    operators.cluster.requests.reset();
    const passes: string[][] = [];
    const end = traceStages((moment) => {
      if (moment.stage === "reconcile")
        passes.push(moment.reasons.flatMap(({ event }) => event ?? []));
    });
    await operators.clock.advance(600_000);
    end();
    expect(operators.cluster.requests.by("verb")).toEqual(new Map());
    expect(passes).toEqual(Array.from({ length: 600_000 / databaseCheckMs }, () => []));
  });

  it("the monolith reads everything every five seconds and writes its status each time", async () => {
    const operators = await started("monolith");
    operators.cluster.requests.reset();
    // Two minutes tell as much as ten; every pass is some 75 requests.
    await operators.clock.advance(120_000);
    const statusWrites = operators.cluster.requests.count({ verb: "update", kind: psmdb });
    expect(statusWrites).toBe(24);
    expect(operators.cluster.requests.count()).toBeGreaterThan(24 * 30);
  });
});

describe("drift of a Service", () => {
  const mongodbPort = { name: "mongodb", appProtocol: "mongo", port: 27017, protocol: "TCP" };

  it("is repaired by the packs in one write", async () => {
    const operators = await started("packs");
    operators.cluster.requests.reset();
    await operators.cluster.patch(kinds.Service, key("db-rs0"), {
      spec: { ports: [{ ...mongodbPort, targetPort: 1 }] },
    });
    await operators.settle();
    const ports = (await operators.cluster.get(kinds.Service, key("db-rs0")))?.spec?.["ports"];
    expect(ports).toMatchObject([{ port: 27017, targetPort: 27017 }]);
    expect(operators.cluster.requests.count({ isWrite: true })).toBe(1);
  });

  it("is never seen by the monolith, which compares a stored copy of its wish", async () => {
    const operators = await started("monolith");
    await operators.cluster.patch(kinds.Service, key("db-rs0"), {
      spec: { ports: [{ ...mongodbPort, targetPort: 1 }] },
    });
    await operators.settle();
    const ports = (await operators.cluster.get(kinds.Service, key("db-rs0")))?.spec?.["ports"];
    expect(ports).toMatchObject([{ port: 27017, targetPort: 1 }]);
  });

  it("is repaired by both when the Service is gone", async () => {
    for (const mode of operatorModes) {
      const operators = await started(mode);
      await operators.cluster.remove(kinds.Service, key("db-rs0"));
      await operators.settle();
      expect(await operators.cluster.get(kinds.Service, key("db-rs0"))).toBeDefined();
    }
  });
});

describe("one change of the custom resource", () => {
  it("costs the packs no read and only the writes it needs", async () => {
    const operators = await started("packs");
    operators.cluster.requests.reset();
    await operators.apply(written({ replsets: [{ ...plainReplset, size: 5 }] }));
    await operators.settle();
    const operator = { client: "operator" };
    expect(operators.cluster.requests.count({ ...operator, verb: ["get", "list"] })).toBe(0);
    const writes = operators.cluster.requests
      .select({ ...operator, isWrite: true })
      .map(({ resource }) => resource);
    // The connection strings name the new members.
    expect(writes.filter((resource) => !resource.endsWith("/status")).sort()).toEqual([
      "secrets",
      "statefulsets.apps",
    ]);
  });
});

describe("the packs operator", () => {
  it("uses cert-manager as soon as it is installed, and costs nothing while it is not", async () => {
    const operators = await started("packs");
    operators.cluster.requests.reset();
    await operators.installCertManager();
    await operators.settle();
    expect(operators.cluster.requests.count({ client: "operator", verb: "list" })).toBeGreaterThan(
      0,
    );
    await operators.apply(written({ replsets: [{ ...plainReplset, size: 5 }] }));
    await operators.settle();
    const issuers = await operators.cluster.list(kinds.Issuer, { namespace: "prod" });
    expect(issuers.map(({ metadata }) => metadata.name).sort()).toEqual([
      "db-psmdb-ca-issuer",
      "db-psmdb-issuer",
    ]);
  });
});

describe("both operators", () => {
  it("end in the same objects", async () => {
    const worlds: Record<string, unknown>[] = [];
    for (const mode of operatorModes) {
      const operators = await started(
        mode,
        written({ replsets: [{ ...plainReplset, expose: { enabled: true } }] }),
      );
      const objects = await operators.objects("prod");
      // Random or made by others: Secrets, and what the StatefulSet controller makes.
      const kindsWritten = ["ConfigMap", "Service", "StatefulSet", "PodDisruptionBudget"];
      const own = objects.filter(({ kind }) => kindsWritten.includes(kind));
      worlds.push(
        Object.fromEntries(
          own.map((object) => [`${object.kind}/${object.metadata.name}`, comparable(object)]),
        ),
      );
    }
    expect(worlds[0]).toEqual(worlds[1]);
    expect(Object.keys(worlds[0] ?? {})).toContain("Service/db-rs0-2");
  });
});

/** What is left without the numbers the server hands out. */
function comparable({ metadata, spec, data }: Manifest): unknown {
  const { name, labels, annotations, generation } = metadata;
  const { clusterIP, clusterIPs, ...rest } = spec ?? {};
  return { name, labels, annotations, generation, spec: rest, data };
}
