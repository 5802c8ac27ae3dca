// SPDX-License-Identifier: Apache-2.0
// F7, pod disruption budgets: owned by the StatefulSet whose pods they protect (stage 5: reconcile).
import type { Cluster } from "../cluster.js";
import { textMap, type JsonObject, type Manifest, type TextMap } from "../json.js";
import { memberLabels, mongosLabels, mongosName } from "../names.js";
import { withLastConfig } from "./metadata.js";
import type { Changes, Part } from "./part.js";

/**
 * Makes one budget for every StatefulSet that exists; the two go together, by owner reference.
 *
 * The name of the routers' budget ends in a dash, because they belong to no replica set.
 *
 * **API requests:** 0.
 */
export const disruptionBudgets: Part = {
  id: "F7",
  name: "disruptionBudgets",
  reads: (cluster) =>
    wishes(cluster).map(({ setName }) => ({ kind: "StatefulSet", name: setName })),
  build(cluster, observed): Changes {
    const apply = wishes(cluster).flatMap((wish) => {
      const set = observed.get("StatefulSet", wish.setName);
      return set?.metadata.uid === undefined ? [] : [withLastConfig(budget(cluster, wish, set))];
    });
    return { apply };
  },
};

interface Wish {
  readonly setName: string;
  readonly labels: TextMap;
  readonly rule: JsonObject;
}

function wishes(cluster: Cluster): readonly Wish[] {
  const members = cluster.replsets.flatMap((replset) =>
    replset.groups.map((group) => ({
      setName: group.setName,
      labels: memberLabels(cluster.name, replset.name, group.component),
      rule: group.pods.podDisruptionBudget ?? {},
    })),
  );
  const { mongos } = cluster;
  if (mongos === undefined) return members;
  const labels = textMap(mongosLabels(cluster.name), mongos.pods.labels);
  return [
    ...members,
    { setName: mongosName(cluster.name), labels, rule: mongos.pods.podDisruptionBudget ?? {} },
  ];
}

function budget(cluster: Cluster, { labels, rule }: Wish, set: Manifest): Manifest {
  const component = labels["app.kubernetes.io/component"] ?? "";
  const replset = labels["app.kubernetes.io/replset"] ?? "";
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: {
      name: `${cluster.name}-${component}-${replset}`,
      namespace: cluster.namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          name: set.metadata.name,
          uid: set.metadata.uid ?? "",
          controller: true,
        },
      ],
    },
    spec: { ...rule, selector: { matchLabels: labels } },
  };
}
