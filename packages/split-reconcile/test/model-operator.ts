// SPDX-License-Identifier: Apache-2.0
// An operator in six parts with every hazard of a real one, and the monolith it must come to the same as.
import {
  configMaps,
  deployments,
  hasCode,
  secrets,
  services,
  type KubernetesObject,
  type ReconcileRequest,
  type SubRequest,
} from "@haversack/core";
import type { OperatorProcess } from "./process.js";
import { dbs, named, type Db, type Kinds, type Sub } from "./rig.js";

type Request = SubRequest<Db, Kinds>;

const specChanged = (e: { old?: { spec?: unknown }; new?: { spec?: unknown } }): boolean =>
  JSON.stringify(e.old?.spec) !== JSON.stringify(e.new?.spec);

const config: Sub = {
  name: "config",
  triggers: [configMaps],
  writes: [
    { kind: configMaps, role: "config", named: (name) => name === "config" },
    { kind: dbs, conditions: ["ConfigReady"] },
  ],
  async reconcile({ primary, objects, setCondition }) {
    const { size = 0, text = "" } = primary.spec ?? {};
    const data = { size: String(size), text };
    await objects.apply(configMaps, named("config", { data }), { owner: primary });
    setCondition({ type: "ConfigReady", status: "True", reason: "Applied", message: text });
  },
};

/** Content that must never be made twice: created if it is not there, never written again. */
const secret: Sub = {
  name: "secret",
  triggers: [secrets],
  reads: [secrets],
  writes: [secrets],
  async reconcile({ primary, objects, secondaries }) {
    if (secondaries.secrets.named("key") !== undefined) return;
    try {
      await objects.create(secrets, named("key", { data: { key: "random" } }), { owner: primary });
    } catch (error) {
      if (!hasCode(error, "EXP_ALREADY_EXISTS")) throw error;
    }
  },
};

const service: Sub = {
  name: "service",
  triggers: [services],
  writes: [services],
  async reconcile({ primary, objects }) {
    await objects.apply(services, named("db", { spec: { port: "27017" } }), { owner: primary });
  },
  async cleanup({ objects }) {
    const live = await objects.get(services, { namespace: "prod", name: "db" });
    if (live !== undefined) await objects.delete(services, live);
  },
};

const workload: Sub = {
  name: "workload",
  after: ["config", "secret"],
  triggers: [{ kind: deployments, when: specChanged }],
  reads: [{ kind: configMaps, role: "config" }, secrets],
  writes: [{ kind: deployments, paths: ["spec"] }],
  prune: true,
  async reconcile({ primary, objects, secondaries }) {
    const { size = 0, shards = 1 } = primary.spec ?? {};
    const hash = JSON.stringify(secondaries.configMaps.named("config")?.data ?? "none");
    const isKeyed = secondaries.secrets.named("key") !== undefined;
    await Promise.all(
      Array.from({ length: shards }, (_, i) => {
        const spec = { replicas: size, hash, isKeyed };
        return objects.apply(deployments, named(`shard-${i}`, { spec }), { owner: primary });
      }),
    );
  },
  async cleanup({ objects, secondaries }) {
    for (const each of secondaries.deployments) await objects.delete(deployments, each);
  },
};

/** Another writer of the same objects, at another path. */
const rollout: Sub = {
  name: "rollout",
  after: ["workload"],
  triggers: [deployments],
  reads: [{ kind: deployments, paths: ["spec"] }],
  writes: [{ kind: deployments, paths: ["metadata.annotations.rolled"] }],
  async reconcile({ objects, secondaries }) {
    for (const each of secondaries.deployments) {
      const rolled = (each as { spec?: { hash?: string } }).spec?.hash ?? "";
      const { name, namespace = "" } = each.metadata;
      await objects.apply(deployments, { metadata: { name, namespace, annotations: { rolled } } });
    }
  },
};

const report: Sub = {
  name: "report",
  after: ["workload", "rollout"],
  triggers: [deployments],
  reads: [deployments],
  writes: [{ kind: dbs, paths: ["status.shards", "status.rolled"] }],
  reconcile({ secondaries, setStatus }) {
    const all = secondaries.deployments;
    const rolled = all.filter(({ metadata }) => metadata.annotations?.["rolled"] !== undefined);
    setStatus({ shards: all.length, rolled: rolled.length });
    return Promise.resolve();
  },
};

/** In no order: the declarations have to make one. */
export const parts: readonly Sub[] = [report, rollout, workload, service, secret, config];

/** What each may write, written down a second time for an oracle that does not ask the engine. */
export const allowedWrites: Readonly<Record<string, RegExp>> = {
  "op/config": /^ConfigMap prod\/config /,
  "op/secret": /^Secret prod\/key /,
  "op/service": /^Service prod\/db /,
  "op/workload": /^Deployment.apps prod\/shard-\d+ (spec|$)/,
  "op/rollout": /^Deployment.apps prod\/shard-\d+ metadata\.annotations\.rolled/,
  op: /^(Db.example.com prod\/db (metadata|status)|Deployment.apps prod\/shard-\d+ $)/,
};

/** The same functions one after another, again and again until nothing changes. */
export async function monolith(
  process: OperatorProcess<Db>,
  request: ReconcileRequest<Db>,
): Promise<undefined> {
  const { primary } = request;
  const status: Record<string, unknown> = {};
  const conditions: object[] = [];
  for (const part of [config, secret, service, workload, rollout, report]) {
    const view = {
      ...request,
      objects: process.objects.as(`op/${part.name}`),
      secondaries: process.secondaries.of(primary),
      setStatus: (said: object) => void Object.assign(status, said),
      setCondition: (said: object) => void conditions.push({ ...said, observedGeneration: 0 }),
    };
    await part.reconcile(view as unknown as Request);
    if (part !== workload) continue;
    for (const each of process.secondaries.of(primary)["deployments"] ?? [])
      if (Number(each.metadata.name.slice("shard-".length)) >= (primary.spec?.shards ?? 1))
        await process.objects.delete(deployments, each);
  }
  await process.objects.applyStatus(dbs, primary, { ...status, conditions });
  return undefined;
}

/** What an operator is for: everything but bookkeeping and the engine's own summary. */
export function essence(objects: readonly { object: KubernetesObject }[]): string {
  const seen = objects.map(({ object }) => {
    const { kind, metadata, ...rest } = object as KubernetesObject & { status?: object };
    const { rolled } = metadata.annotations ?? {};
    const { conditions = [], ...fields } = (rest.status ?? {}) as {
      conditions?: readonly { type: string; status: string; message?: string }[];
      observedGeneration?: number;
    };
    const own = conditions
      .filter(({ type }) => type === "ConfigReady")
      .map(({ type, status, message }) => ({ type, status, message }));
    const { observedGeneration: _own, ...status } = fields;
    return JSON.stringify([kind, metadata.name, rolled, sorted({ ...rest, status }), own]);
  });
  return seen.sort().join("\n");
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, below]) => [key, sorted(below)]);
}
