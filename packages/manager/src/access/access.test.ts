// SPDX-License-Identifier: Apache-2.0
// Rights: derived, printed, reviewed at the start, enforced in tests (stage 0: words).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  byLabel,
  configMaps,
  deployments,
  expand,
  nodes,
  Reconciler,
  secrets,
  services,
} from "@haversack/core";
import { withApiObjects } from "@haversack/api-objects";
import { withSecondaryIndex } from "@haversack/secondary-index";
import {
  fetchClient,
  FakeClock,
  RequestLog,
  startCluster,
  withRequestLog,
  type TestCluster,
} from "@haversack/testing";
import { withSplitReconcile } from "@haversack/split-reconcile";
import { watch, withWatches } from "@haversack/watches";
import { parseAllDocuments } from "yaml";
import {
  applyConfig,
  database,
  databaseDefinition,
  DatabaseReconciler,
  databases,
  LogBook,
} from "../../test/databases.js";
import { Manager } from "../manager.js";
import { deriveRules } from "./derive-rules.js";
import { formatRoles } from "./role-manifests.js";

class Rich extends expand(
  Reconciler.of(databases),
  withApiObjects({ fieldManager: "db", writes: [services], reads: [nodes] }),
  withSecondaryIndex({ kinds: { configMaps }, namespaces: ["prod"] }),
  withWatches({
    namespaces: ["prod"],
    owns: [deployments],
    watches: [{ ...watch(secrets), by: byLabel("db"), namespaces: ["shared", "prod"] }],
  }),
) {
  override reconcile(): Promise<void> {
    return Promise.resolve();
  }
}

function shortly(rules: ReturnType<typeof deriveRules>): string[] {
  return rules.map(
    ({ resource, group, verbs, namespaces }) =>
      `${resource}.${group} ${verbs.join(",")} in ${namespaces?.join(",") ?? "*"}`,
  );
}

describe("deriveRules()", () => {
  it("grants what owned kinds, primaries and Events need, and no more", () => {
    expect(shortly(deriveRules(new DatabaseReconciler()))).toEqual([
      "configmaps. get,list,watch,create,patch,delete in *",
      "events. get,create,patch in *",
      "databases.example.com get,list,watch,patch in *",
      "databases/finalizers.example.com update in *",
      "databases/status.example.com patch in *",
    ]);
  });

  it("follows declared writes, reads and namespaces", () => {
    expect(shortly(deriveRules(new Rich()))).toEqual([
      "configmaps. list,watch in prod",
      "events. get,create,patch in prod",
      "nodes. get,list in *",
      "secrets. list,watch in prod,shared",
      "services. get,create,patch,delete in prod",
      "deployments.apps list,watch in prod",
      "databases.example.com get,list,watch,patch in prod",
      "databases/finalizers.example.com update in prod",
      "databases/status.example.com patch in prod",
    ]);
  });

  it("follows what sub-reconcilers declare: triggers, writes, parts of the status", () => {
    class Split extends expand(
      Reconciler.of(databases),
      withApiObjects({ fieldManager: "db" }),
      withWatches({ owns: [deployments] }),
      withSplitReconcile([
        {
          ...{ name: "config", triggers: [secrets], writes: [configMaps] },
          reconcile: () => Promise.resolve(),
        },
        {
          ...{ name: "probe", writes: [{ kind: databases, paths: ["status.size"] }] },
          reconcile: () => Promise.resolve(),
        },
      ]),
    ) {}
    expect(shortly(deriveRules(new Split()))).toEqual([
      "configmaps. get,create,patch,delete in *",
      "events. get,create,patch in *",
      "secrets. list,watch in *",
      "deployments.apps list,watch in *",
      "databases.example.com get,list,watch,patch in *",
      "databases/finalizers.example.com update in *",
      "databases/status.example.com patch in *",
    ]);
  });

  it("adds the Leases of an election or a ring, and what is named besides", () => {
    const rules = deriveRules(new DatabaseReconciler(), {
      leaderElectionIn: "operators",
      shardingIn: "operators",
      also: [{ purpose: "read", kind: secrets, namespaces: ["certs"] }],
    });
    expect(shortly(rules)).toContain(
      "leases.coordination.k8s.io get,list,create,update,delete in operators",
    );
    expect(shortly(rules)).toContain("secrets. get,list in certs");
  });
});

describe("formatRoles()", () => {
  it("prints YAML that says the same: a ClusterRole, Roles and bindings", () => {
    const rules = deriveRules([new Rich(), new DatabaseReconciler()], { leaderElectionIn: "ops" });
    const text = formatRoles(rules, {
      name: "db-operator",
      serviceAccount: { name: "db", namespace: "ops" },
    });
    const documents = parseAllDocuments(text).map((each) => each.toJS() as RoleDocument);
    expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}`)).toEqual([
      "ClusterRole ",
      "ClusterRoleBinding ",
      ...["Role ops", "RoleBinding ops", "Role prod", "RoleBinding prod"],
      ...["Role shared", "RoleBinding shared"],
    ]);
    expect(documents[0]?.rules?.[0]).toEqual({
      apiGroups: [""],
      resources: ["configmaps"],
      verbs: ["get", "list", "watch", "create", "patch", "delete"],
    });
    expect(documents[1]).toMatchObject({
      roleRef: { kind: "ClusterRole", name: "db-operator" },
      subjects: [{ kind: "ServiceAccount", name: "db", namespace: "ops" }],
    });
  });
});

interface RoleDocument {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly rules?: readonly object[];
}

describe("a manager and its rights", () => {
  let clock: FakeClock;
  let cluster: TestCluster;
  let requests: RequestLog;
  const managers: Manager[] = [];

  beforeEach(async () => {
    clock = new FakeClock();
    requests = new RequestLog();
    const server = { rbac: true, tokens: [{ token: "t", user: "operator", uid: "1", groups: [] }] };
    cluster = await startCluster({ clock, server });
    await cluster.apply(databaseDefinition);
  });

  afterEach(async () => {
    for (const each of managers.splice(0)) await each.stop();
    await cluster.close();
  });

  function operator(reconciler: object, options: object = {}): Manager {
    const { server } = cluster;
    if (server === undefined) throw new Error("needs the embedded server");
    const client = withRequestLog(fetchClient(server.fetch, { token: "t", clock }), requests);
    const log = new LogBook();
    const made = new Manager({ client, clock, logger: log, signals: false, ...options });
    managers.push(made.add(reconciler));
    return made;
  }

  async function bind(text: string): Promise<void> {
    await cluster.apply(
      text
        .replaceAll("kind: ServiceAccount", "kind: User")
        .replace(/^ {4}namespace: default\n/gm, ""),
    );
  }

  it("turns missing rights into one readable error before anything runs", async () => {
    const reconciler = new DatabaseReconciler();
    const error: unknown = await operator(reconciler)
      .start()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "EXP_MISSING_ACCESS", retry: "never" });
    const { message } = error as Error;
    expect(message).toContain("get, list, watch, patch on databases.example.com (");
    expect(message).toContain("npx haversack rbac");
    expect(reconciler.passes).toEqual([]);
  });

  it("needs exactly the Role it prints: no request is refused", async () => {
    const rules = deriveRules(new DatabaseReconciler(), { leaderElectionIn: "default" });
    const serviceAccount = { name: "operator", namespace: "default" };
    await bind(formatRoles(rules, { name: "db-operator", serviceAccount }));
    const reconciler = new DatabaseReconciler(async (self, request) => {
      await applyConfig(self, request);
      const { primary } = request;
      await self.objects.applyStatus(databases, primary, { seen: true });
      await self.objects.addFinalizer(databases, primary, "example.com/db");
      await self.objects.event(databases, primary, {
        type: "Normal",
        reason: "Seen",
        message: "x",
      });
    });
    const running = operator(reconciler, { leaderElection: true, name: "db-operator" });
    await running.start();
    await cluster.apply(database("db"));
    await cluster.settle();
    await clock.advance(5_000);
    expect(reconciler.passes).toContain("db");
    expect(requests.entries.filter(({ status }) => status === 403)).toEqual([]);
    expect(requests.writes).toBeGreaterThan(4);
    const stored = await cluster.get(databases, { namespace: "default", name: "db" });
    expect(stored?.metadata.finalizers).toEqual(["example.com/db"]);
  });

  it("makes a call that nothing declares fail where access is enforced", async () => {
    await bind(
      formatRoles(
        deriveRules(new DatabaseReconciler(), { also: [{ purpose: "write", kind: secrets }] }),
        {
          name: "all",
          serviceAccount: { name: "operator", namespace: "default" },
        },
      ),
    );
    const codes: unknown[] = [];
    const reconciler = new DatabaseReconciler(async (self) => {
      const metadata = { name: "s", namespace: "default" };
      await self.objects.apply(secrets, { metadata }).catch((error: unknown) => {
        codes.push((error as { code: string }).code);
      });
    });
    await operator(reconciler, { access: "enforce" }).start();
    await cluster.apply(database("db"));
    await cluster.settle();
    expect(codes).toEqual(["EXP_UNDECLARED_ACCESS"]);
    expect(await cluster.list(secrets)).toEqual([]);
  });

  it("asks nothing where access is off", async () => {
    await operator(new DatabaseReconciler(), { access: "off", health: {} }).start();
    expect(requests.count({ resource: "selfsubjectrulesreviews.authorization.k8s.io" })).toBe(0);
  });
});
