// SPDX-License-Identifier: Apache-2.0
// The operator in eight instances over the same functions, each with what it reads, writes and wakes for (stage 5).
import type { Condition, SubReconciler, SubRequest } from "haversack";
import { backupSchedule } from "../../backup/schedule.js";
import type { Cluster } from "../../cluster.js";
import { configMaps } from "../../functions/config-maps.js";
import { connectionStrings } from "../../functions/connection-strings.js";
import { disruptionBudgets } from "../../functions/disruption-budgets.js";
import type { Notes } from "../../functions/notes.js";
import type { Observed } from "../../functions/part.js";
import { isObserved } from "../../functions/pods.js";
import { replicaSets } from "../../functions/replica-sets.js";
import { securityKeys } from "../../functions/security-keys.js";
import { services } from "../../functions/services.js";
import { clusterInEffect, sizesNow } from "../../functions/sizes/index.js";
import { rolloutLock, smartUpdate } from "../../functions/smart-update.js";
import { statefulSets } from "../../functions/stateful-sets.js";
import { tls } from "../../functions/tls.js";
import { usersSecrets } from "../../functions/users-secrets.js";
import { clusterLabels } from "../../names.js";
import type { Psmdb } from "../../types.js";
import { operatorVersion } from "../../version.js";
import { psmdb } from "../kinds.js";
import { access, statusAccess } from "./access.js";
import type { InstanceName } from "./conditions.js";
import { endConfig, endWorkload, servedBy } from "./ending.js";
import { leftoverServices, routersThemselves } from "./halves.js";
import { runInstance, type InstanceOptions, type Runnable } from "./run-instance.js";
import { tellStatus } from "./status-instance.js";
import { triggers } from "./triggers.js";

/** The functions by the instance that runs them. */
export const functionsOf: Readonly<Record<InstanceName, Runnable["parts"]>> = {
  network: [services, leftoverServices],
  config: [usersSecrets, configMaps, securityKeys, connectionStrings],
  tls: [tls],
  workload: [statefulSets, routersThemselves, disruptionBudgets],
  database: [replicaSets],
  rollout: [rolloutLock, smartUpdate],
  backup: [backupSchedule],
};

/**
 * Which have their turn before; nobody is held up by them, for each waits for what it needs to be
 * there: an instance that fails stops no other.
 */
const order: Readonly<Record<InstanceName, readonly InstanceName[]>> = {
  network: [],
  config: ["network"],
  tls: ["network"],
  workload: ["config", "tls"],
  database: ["workload"],
  rollout: ["database"],
  backup: ["rollout"],
};

const names = Object.keys(functionsOf) as InstanceName[];

type Instance = SubReconciler<Psmdb>;

/** The eight instances. **API requests:** 0 per run with nothing to do. */
export function instances(options: InstanceOptions): readonly Instance[] {
  return [...names.map((name) => instance(name, options)), statusInstance(options)];
}

function instance(name: InstanceName, options: InstanceOptions): Instance {
  const runnable: Runnable = { name, parts: functionsOf[name], ...ways[name] };
  return {
    name,
    ...access[name],
    triggers: triggers[name],
    follows: order[name],
    reconcile: async (request) => {
      if (name === "config") await keepVersion(request);
      return runInstance(runnable, request, options);
    },
    ...endings(name, options),
  };
}

function statusInstance(options: InstanceOptions): Instance {
  return {
    name: "status",
    ...statusAccess,
    triggers: triggers.status,
    follows: names,
    untilGone: true,
    reconcile: (request) => tellStatus(request, options),
  };
}

function endings(name: InstanceName, options: InstanceOptions): Partial<Instance> {
  if (name === "workload")
    return { finalizers: servedBy.workload, cleanup: (request) => endWorkload(request, options) };
  if (name === "config")
    return { finalizers: servedBy.config, cleanup: (request) => endConfig(request, options) };
  return {};
}

/** In what instances differ besides their functions. */
const ways: Readonly<Partial<Record<InstanceName, Partial<Runnable>>>> = {
  workload: {
    size: async (primary, cluster, view, sources) =>
      sizesNow(clusterInEffect(primary, cluster, view), view, sources),
    tell: ({ primary, setCondition }, { isSharded }) => {
      const sharding = { type: "sharding", status: isSharded ? "True" : "False" } as const;
      tellCondition({ primary, setCondition }, { ...sharding, reason: "InEffect" });
    },
  },
  database: {
    tell: ({ primary, setStatus }, cluster, notes) => setStatus(membersOf(primary, cluster, notes)),
    isReady: ({ replsets }, notes) =>
      replsets.every(({ name }) => notes.replsets?.[name]?.isHealthy === true),
  },
  rollout: {
    obstacle: unobservedSet,
    tell: (request, _cluster, notes) => tellNotes(request, notes),
  },
  backup: {
    tell: (request, _cluster, notes) => {
      tellNotes(request, notes);
      const { backupTasks } = notes;
      if (backupTasks !== undefined) request.setStatus({ backupTasks });
    },
  },
};

/**
 * A StatefulSet of which nobody knows yet whether its pods are outdated: with it, another one would
 * come first by mistake. The instance wakes for each of them, so it may come between two.
 */
function unobservedSet(cluster: Cluster, view: Observed): string | undefined {
  const set = view
    .list("StatefulSet", clusterLabels(cluster.name))
    .find((each) => !isObserved(each));
  return set === undefined ? undefined : `StatefulSet ${set.metadata.name} to be looked at`;
}

/** What is known of each replica set from inside MongoDB; what is not known now stays. */
function membersOf({ status }: Psmdb, cluster: Cluster, { replsets, mongoVersion }: Notes): object {
  const told = cluster.replsets.map(({ name }) => {
    const note = replsets?.[name];
    const known = status?.replsets?.[name];
    const isShard = note?.isShard ?? known?.added_as_shard;
    return [
      name,
      {
        initialized: note?.initialized ?? known?.initialized ?? false,
        ...(isShard === undefined ? {} : { added_as_shard: isShard }),
        ...(note === undefined ? {} : { members: note.members }),
      },
    ] as const;
  });
  const version = mongoVersion ?? status?.mongoVersion;
  return {
    replsets: Object.fromEntries(told),
    ...(version === undefined ? {} : { mongoVersion: version }),
  };
}

type Telling = Pick<SubRequest<Psmdb>, "primary" | "setCondition">;

function tellNotes(request: Telling, { conditions = [] }: Notes): void {
  for (const { type, status, reason = "Observed", message = "" } of conditions)
    tellCondition(request, { type, status: status as Condition["status"], reason, message });
}

/** A condition that is false and was never true is not told. */
function tellCondition({ primary, setCondition }: Telling, condition: Condition): void {
  const isKnown = primary.status?.conditions?.some(({ type }) => type === condition.type);
  if (condition.status !== "False" || isKnown === true) setCondition(condition);
}

/** F1: the version whose shapes a cluster has is noted once, so that another operator keeps to it. */
async function keepVersion({ primary, objects }: SubRequest<Psmdb>): Promise<void> {
  if (!primary.spec.crVersion)
    await objects.mergePatch(psmdb, primary, { spec: { crVersion: operatorVersion } });
}
