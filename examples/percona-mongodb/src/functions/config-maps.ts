// SPDX-License-Identifier: Apache-2.0
// F3, config maps: one per configured kind of members, for routers, the log collector and scripts (stage 5: reconcile).
import type { Cluster, Replset } from "../cluster.js";
import type { Manifest, TextMap } from "../json.js";
import {
  clusterLabels,
  hookScriptName,
  logCollectorConfigName,
  mongosHookScriptName,
  mongosLabels,
  mongosName,
  replsetLabels,
} from "../names.js";
import type { HookScriptSpec } from "../types.js";
import { ownedMeta } from "./metadata.js";
import type { Changes, Observed, Part, Read } from "./part.js";
import { since } from "../cluster.js";

/**
 * Makes the ConfigMaps that are configured and removes those that no longer are.
 *
 * Of the absent ones only those the cluster controls are removed: a user may provide a ConfigMap of
 * the same name himself.
 *
 * **API requests:** 0.
 */
export const configMaps: Part = {
  id: "F3",
  name: "configMaps",
  reads: (cluster) => wishes(cluster).map(({ name }): Read => ({ kind: "ConfigMap", name })),
  build(cluster, observed): Changes {
    const all = wishes(cluster);
    return {
      apply: all.flatMap(({ name, labels, data }) =>
        data === undefined ? [] : [configMap(cluster, name, labels, data)],
      ),
      remove: all
        .filter(({ name, data }) => data === undefined && isOurs(cluster, observed, name))
        .map(({ name }) => ({ kind: "ConfigMap", name })),
    };
  },
};

/** A ConfigMap that may be wanted; without data it is not. */
interface Wish {
  readonly name: string;
  readonly labels: TextMap;
  readonly data: TextMap | undefined;
}

function wishes(cluster: Cluster): readonly Wish[] {
  const { logCollector, mongos } = cluster;
  const isCollecting = logCollector?.enabled === true && since(cluster, "1.21.0");
  const logWish: Wish = {
    name: logCollectorConfigName(cluster.name),
    labels: clusterLabels(cluster.name),
    data: file("fluentbit_custom.conf", isCollecting ? logCollector.configuration : undefined),
  };
  const mongosWishes: readonly Wish[] = [
    {
      name: mongosName(cluster.name),
      labels: mongosLabels(cluster.name),
      data: file("mongos.conf", mongos?.configuration),
    },
    {
      name: mongosHookScriptName(cluster.name),
      labels: mongosLabels(cluster.name),
      data: file("hook.sh", hookScript(cluster, mongos?.pods.hookScript)),
    },
  ];
  return [
    ...cluster.replsets.flatMap((replset) => replsetWishes(cluster, replset)),
    ...mongosWishes,
    logWish,
  ];
}

function replsetWishes(cluster: Cluster, replset: Replset): readonly Wish[] {
  const labels = replsetLabels(cluster.name, replset.name);
  const found = new Map<string, Wish>();
  for (const group of replset.groups) {
    const config: Wish = {
      name: group.configName,
      labels,
      data: file("mongod.conf", group.configuration),
    };
    if (!found.has(config.name)) found.set(config.name, config);
    const script: Wish = {
      name: hookScriptName(cluster.name, replset.name, group.component),
      labels,
      data: file("hook.sh", hookScript(cluster, group.pods.hookScript)),
    };
    found.set(script.name, script);
  }
  return [...found.values()];
}

/** The script that goes into our ConfigMap; one in a ConfigMap of the user's stays there. */
function hookScript(cluster: Cluster, hook: HookScriptSpec | undefined): string | undefined {
  return since(cluster, "1.22.0") && !hook?.configMapRef?.name ? hook?.script : undefined;
}

function file(name: string, content: string | undefined): TextMap | undefined {
  return content === undefined || content === "" ? undefined : { [name]: content };
}

function configMap(cluster: Cluster, name: string, labels: TextMap, data: TextMap): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: ownedMeta(cluster, name, labels), data };
}

function isOurs(cluster: Cluster, observed: Observed, name: string): boolean {
  const owners = observed.get("ConfigMap", name)?.metadata.ownerReferences ?? [];
  return owners.some((owner) => owner.uid === cluster.uid && owner.controller === true);
}
