// SPDX-License-Identifier: Apache-2.0
// F7, stateful sets: one for every group of members, and the removal of those that are gone (stage 5: reconcile).
import { since, type Cluster, type MemberGroup, type Replset } from "../cluster.js";
import { present, textMap, type JsonObject, type Manifest } from "../json.js";
import { clusterLabels, logCollectorConfigName, memberLabels, mongosName } from "../names.js";
import { canonicalResources } from "../quantity.js";
import { certificateReads, missingCertificates } from "./certificate-owner.js";
import { customConfig, customConfigKinds, type CustomConfig } from "./config-hash.js";
import { initContainer, memberContainers } from "./containers.js";
import { ownedMeta, withLastConfig } from "./metadata.js";
import type { Changes, Observed, Part, Read } from "./part.js";
import { placement, templateAnnotations, updateStrategy } from "./pod-template.js";
import { memberClaims, memberVolumes } from "./volumes.js";

/**
 * Makes the StatefulSets of all members.
 *
 * Waits for what a pod template hashes (certificates, configuration): a StatefulSet made too early
 * would be made twice, and its pods started twice.
 *
 * **API requests:** 0.
 */
export const statefulSets: Part = {
  id: "F7",
  name: "statefulSets",
  reads(cluster): readonly Read[] {
    const groups = cluster.replsets.flatMap(({ groups: all }) => all);
    const configNames = [
      ...new Set([
        ...groups.map(({ configName }) => configName),
        logCollectorConfigName(cluster.name),
      ]),
    ];
    return [
      ...configNames.flatMap((name) => customConfigKinds.map((kind): Read => ({ kind, name }))),
      ...secretReads(cluster),
      { kind: "StatefulSet", labels: clusterLabels(cluster.name) },
    ];
  },
  build(cluster, observed): Changes {
    const missing = missingInput(cluster, observed);
    const remove = goneSets(cluster, observed).map((name) => ({
      kind: "StatefulSet" as const,
      name,
    }));
    if (missing !== undefined) return { waitFor: missing, remove };
    const sets = cluster.replsets.flatMap((replset) =>
      replset.groups.map((group) => statefulSet(cluster, replset, group, observed)),
    );
    return { apply: sets.map(withLastConfig), remove };
  },
};

/** The Secrets that decide about pods: certificates and the key file. */
export function secretReads(cluster: Cluster): readonly Read[] {
  return [...certificateReads(cluster), { kind: "Secret", name: cluster.secrets.keyFile }];
}

/** The first thing that pod templates depend on and that is not there yet. */
export function missingInput(cluster: Cluster, observed: Observed): string | undefined {
  const certificates = missingCertificates(cluster, observed);
  if (certificates !== undefined && !keepsRunning(cluster, observed)) return certificates;
  const group = cluster.replsets
    .flatMap(({ groups }) => groups)
    .find(
      ({ configuration, configName }) =>
        configuration !== "" && customConfig(observed, configName) === undefined,
    );
  return group === undefined ? undefined : `ConfigMap ${group.configName}`;
}

/** Pods that run with the user's certificates go on with them while the Secret is away. */
function keepsRunning({ tls, replsets }: Cluster, observed: Observed): boolean {
  const names = replsets.flatMap(({ groups }) => groups.map(({ setName }) => setName));
  return tls.isUserProvided && names.some((name) => observed.get("StatefulSet", name));
}

/** Whether pods mount the key file: always in old versions, later only where it is used or was before. */
export function mountsKeyFile(cluster: Cluster, observed: Observed): boolean {
  return (
    !since(cluster, "1.23.0") ||
    cluster.usesKeyFile ||
    observed.get("Secret", cluster.secrets.keyFile) !== undefined
  );
}

/** The StatefulSet of one group of members. */
export function statefulSet(
  cluster: Cluster,
  replset: Replset,
  group: MemberGroup,
  observed: Observed,
): Manifest {
  const selector = memberLabels(cluster.name, replset.name, group.component);
  const labels = textMap(group.pods.labels, selector);
  const config = customConfig(observed, group.configName);
  const logConfig = since(cluster, "1.21.0")
    ? customConfig(observed, logCollectorConfigName(cluster.name))
    : undefined;
  const claims = memberClaims(cluster, group);
  const spec = present({
    serviceName: `${cluster.name}-${replset.name}`,
    replicas: group.size,
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels,
        annotations: templateAnnotations(cluster, group.pods, observed, {
          setName: group.setName,
          configHash: `${config?.hash ?? ""}${logConfig?.hash ?? ""}`,
        }),
      },
      spec: podSpec(cluster, replset, group, observed, labels, { config, logConfig }),
    },
    updateStrategy: updateStrategy(cluster),
    volumeClaimTemplates: claims.length > 0 ? claims : undefined,
  }) as JsonObject;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: ownedMeta(cluster, group.setName, labels),
    spec,
  };
}

interface Configs {
  readonly config: CustomConfig | undefined;
  readonly logConfig: CustomConfig | undefined;
}

function podSpec(
  cluster: Cluster,
  replset: Replset,
  group: MemberGroup,
  observed: Observed,
  labels: JsonObject & Readonly<Record<string, string>>,
  { config, logConfig }: Configs,
): JsonObject {
  const hasKeyFile = mountsKeyFile(cluster, observed);
  const ssl = observed.get("Secret", cluster.secrets.ssl)?.data ?? {};
  const facts = {
    hasConfigFile: config !== undefined,
    hasLogConfig: (cluster.logCollector?.configuration ?? "") !== "",
    mountsKeyFile: hasKeyFile,
    hasCompleteCertificates: ["ca.crt", "tls.crt", "tls.key"].every((key) =>
      Object.hasOwn(ssl, key),
    ),
  };
  return present({
    ...placement(cluster, group.pods, labels),
    hostAliases: replset.hostAliases,
    securityContext: group.podSecurityContext,
    containers: memberContainers(cluster, replset, group, facts),
    initContainers: [initContainer(cluster, canonicalResources(group.pods.resources))],
    volumes: memberVolumes(cluster, replset, group, {
      config,
      logConfig,
      mountsKeyFile: hasKeyFile,
    }),
  }) as JsonObject;
}

/** StatefulSets of this cluster that nothing in the custom resource asks for any more. */
function goneSets(cluster: Cluster, observed: Observed): readonly string[] {
  const wanted = new Set(
    cluster.replsets.flatMap(({ groups }) => groups.map(({ setName }) => setName)),
  );
  return observed
    .list("StatefulSet", clusterLabels(cluster.name))
    .filter(({ metadata }) => metadata.name !== mongosName(cluster.name))
    .filter(
      ({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === cluster.uid) === true,
    )
    .map(({ metadata }) => metadata.name)
    .filter((name) => !wanted.has(name));
}
