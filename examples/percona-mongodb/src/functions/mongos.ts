// SPDX-License-Identifier: Apache-2.0
// F8, mongos: the routers' StatefulSet, and the removal of everything sharded when sharding is off (stage 5: reconcile).
import { since, type Cluster, type Mongos, type Replset } from "../cluster.js";
import { present, textMap, type JsonObject, type Manifest } from "../json.js";
import {
  configReplsetName,
  memberLabels,
  mongosHookScriptName,
  mongosLabels,
  mongosName,
} from "../names.js";
import { canonicalResources } from "../quantity.js";
import { missingCertificates } from "./certificate-owner.js";
import { customConfig, customConfigKinds, type CustomConfig } from "./config-hash.js";
import {
  binMount,
  dataMount,
  hasHookScript,
  hookScriptMount,
  initContainer,
  ldapMounts,
  needsTmpVolume,
  secretMounts,
  tmpMount,
  withSidecars,
} from "./containers.js";
import { lockReads, restoreInProgress } from "./lock.js";
import { ownedMeta, withLastConfig } from "./metadata.js";
import { clusterAuthArgs } from "./mongod-args.js";
import type { Changes, Observed, Part, Read } from "./part.js";
import { placement, templateAnnotations, updateStrategy } from "./pod-template.js";
import { mountsKeyFile, secretReads } from "./stateful-sets.js";
import {
  certificateVolumes,
  emptyDir,
  hookScriptVolume,
  keyFileVolume,
  ldapVolumes,
  usersVolume,
} from "./volumes.js";

/**
 * Makes the routers once every pod of the config server exists: its addresses are on their command line.
 *
 * Without sharding the routers and their budget go first, then the config server's Service; its
 * StatefulSet goes with the others that nothing asks for. While a restore runs there are no routers.
 *
 * **API requests:** 0.
 */
export const mongosRouters: Part = {
  id: "F8",
  name: "mongos",
  reads(cluster): readonly Read[] {
    const name = mongosName(cluster.name);
    if (cluster.mongos === undefined) {
      return [
        { kind: "StatefulSet", name },
        { kind: "Service", name: `${cluster.name}-${configReplsetName}` },
      ];
    }
    return [
      { kind: "StatefulSet", name },
      { kind: "Pod", labels: memberLabels(cluster.name, configReplsetName, configReplsetName) },
      ...customConfigKinds.map((kind): Read => ({ kind, name })),
      ...secretReads(cluster),
      ...lockReads(cluster),
    ];
  },
  build(cluster, observed): Changes {
    const { mongos } = cluster;
    const config = cluster.replsets.find(({ role }) => role === "config");
    if (mongos === undefined || config === undefined)
      return { remove: leftovers(cluster, observed) };
    const restore = restoreInProgress(cluster, observed);
    if (restore !== undefined)
      return {
        remove: ownedOnly(cluster, observed, [routers(cluster)]),
        waitFor: `the end of ${restore}, to start routers`,
      };
    const missing = missingForRouters(cluster, mongos, config, observed);
    if (missing !== undefined) return { waitFor: missing };
    return { apply: [withLastConfig(mongosStatefulSet(cluster, mongos, config, observed))] };
  },
};

function leftovers(cluster: Cluster, observed: Observed): Removals {
  const service = { kind: "Service", name: `${cluster.name}-${configReplsetName}` } as const;
  return ownedOnly(cluster, observed, [routers(cluster), service]);
}

type Removals = NonNullable<Changes["remove"]>;

function routers({ name }: Cluster): Removals[number] {
  return { kind: "StatefulSet", name: mongosName(name) };
}

/** Those that exist and are this cluster's own. */
function ownedOnly(cluster: Cluster, observed: Observed, candidates: Removals): Removals {
  return candidates.filter(({ kind, name }) =>
    observed.get(kind, name)?.metadata.ownerReferences?.some(({ uid }) => uid === cluster.uid),
  );
}

function missingForRouters(
  cluster: Cluster,
  mongos: Mongos,
  config: Replset,
  observed: Observed,
): string | undefined {
  const certificates = missingCertificates(cluster, observed);
  if (certificates !== undefined) return certificates;
  const name = mongosName(cluster.name);
  if (mongos.configuration !== "" && customConfig(observed, name) === undefined)
    return `ConfigMap ${name}`;
  const count = configPods(cluster, observed).length;
  return count < config.size ? `pods of the config server (${count} of ${config.size})` : undefined;
}

function configPods(cluster: Cluster, observed: Observed): readonly Manifest[] {
  return observed.list("Pod", memberLabels(cluster.name, configReplsetName, configReplsetName));
}

/** The StatefulSet of the routers. */
export function mongosStatefulSet(
  cluster: Cluster,
  mongos: Mongos,
  config: Replset,
  observed: Observed,
): Manifest {
  const selector = mongosLabels(cluster.name);
  const labels = textMap(selector, mongos.pods.labels);
  const file = customConfig(observed, mongosName(cluster.name));
  const spec: JsonObject = {
    serviceName: "",
    replicas: mongos.size,
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels,
        annotations: templateAnnotations(cluster, mongos.pods, observed, {
          setName: mongosName(cluster.name),
          configHash: file?.hash ?? "",
        }),
      },
      spec: present({
        ...placement(cluster, mongos.pods, labels),
        hostAliases: mongos.spec.hostAliases,
        securityContext: mongos.podSecurityContext,
        containers: withSidecars(
          routerContainer(cluster, mongos, config, observed, file),
          mongos.pods.sidecars,
        ),
        initContainers: [initContainer(cluster, canonicalResources(mongos.pods.resources))],
        volumes: routerVolumes(cluster, mongos, observed, file),
      }) as JsonObject,
    },
    updateStrategy: updateStrategy(cluster),
  };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: ownedMeta(cluster, mongosName(cluster.name), selector),
    spec,
  };
}

function routerContainer(
  cluster: Cluster,
  mongos: Mongos,
  config: Replset,
  observed: Observed,
  file: CustomConfig | undefined,
): JsonObject {
  const hasExtras = since(cluster, "1.22.0");
  const hostPort = mongos.spec.hostPort ? { hostPort: mongos.spec.hostPort } : {};
  return {
    name: "mongos",
    image: cluster.image,
    imagePullPolicy: cluster.imagePullPolicy,
    command: ["/opt/percona/ps-entry.sh"],
    args: routerArgs(cluster, mongos, config, observed, file !== undefined),
    ports: [{ name: "mongos", containerPort: mongos.port, ...hostPort }],
    env: [
      { name: "MONGODB_PORT", value: String(mongos.port) },
      ...(hasExtras ? (mongos.spec.env ?? []) : []),
    ],
    envFrom: [
      { secretRef: { name: cluster.secrets.users, optional: false } },
      { secretRef: { name: cluster.secrets.internalUsers, optional: false } },
      ...(hasExtras ? (mongos.spec.envFrom ?? []) : []),
    ],
    workingDir: "/data/db",
    livenessProbe: mongos.livenessProbe,
    readinessProbe: mongos.readinessProbe,
    resources: canonicalResources(mongos.pods.resources),
    securityContext: mongos.containerSecurityContext,
    volumeMounts: [
      dataMount,
      ...secretMounts(cluster, mountsKeyFile(cluster, observed)),
      ...(file === undefined ? [] : [{ name: "config", mountPath: "/etc/mongos-config" }]),
      { name: "users-secret-file", mountPath: "/etc/users-secret", readOnly: true },
      binMount,
      ...ldapMounts(cluster),
      ...(hasHookScript(cluster, mongos.pods.hookScript) ? [hookScriptMount] : []),
      ...(needsTmpVolume(cluster, mongos.containerSecurityContext) ? [tmpMount] : []),
    ],
  };
}

function routerArgs(
  cluster: Cluster,
  mongos: Mongos,
  config: Replset,
  observed: Observed,
  hasConfigFile: boolean,
): readonly string[] {
  const cursorTimeout = mongos.spec.setParameter?.cursorTimeoutMillis ?? 0;
  const allowsInvalid = !cluster.tls.isOn || cluster.tls.allowsInvalidCertificates;
  return [
    "mongos",
    "--bind_ip_all",
    `--port=${mongos.port}`,
    ...(allowsInvalid ? ["--sslAllowInvalidCertificates"] : []),
    "--configdb",
    `${config.replsetName}/${configAddresses(cluster, config, observed).join(",")}`,
    "--relaxPermChecks",
    ...clusterAuthArgs(cluster),
    ...(cursorTimeout > 0 ? ["--setParameter", `cursorTimeoutMillis=${cursorTimeout}`] : []),
    ...(hasConfigFile ? ["--config=/etc/mongos-config/mongos.conf"] : []),
  ];
}

/** Sorted, so that the order in which pods are listed never restarts a router. */
function configAddresses(cluster: Cluster, config: Replset, observed: Observed): readonly string[] {
  const service = `${cluster.name}-${config.name}`;
  return configPods(cluster, observed)
    .map(
      ({ metadata }) =>
        `${metadata.name}.${service}.${cluster.namespace}.${cluster.dnsSuffix}:${config.port}`,
    )
    .sort();
}

function routerVolumes(
  cluster: Cluster,
  mongos: Mongos,
  observed: Observed,
  file: CustomConfig | undefined,
): readonly JsonObject[] {
  const claims = (mongos.pods.sidecarPVCs ?? []).map(({ name, metadata }) => {
    const claimName = (metadata as JsonObject | undefined)?.["name"] ?? name ?? "";
    return { name: claimName, persistentVolumeClaim: { claimName } };
  });
  return [
    ...(mountsKeyFile(cluster, observed) ? [keyFileVolume(cluster)] : []),
    ...certificateVolumes(cluster),
    emptyDir("mongod-data"),
    usersVolume(cluster),
    ...(mongos.pods.sidecarVolumes ?? []),
    ...claims,
    ...(file === undefined ? [] : [{ name: "config", ...file.volumeSource }]),
    emptyDir("bin"),
    ...ldapVolumes(cluster),
    ...hookScriptVolume(cluster, mongos.pods.hookScript, mongosHookScriptName(cluster.name)),
    ...(needsTmpVolume(cluster, mongos.containerSecurityContext) ? [emptyDir("tmp")] : []),
  ];
}
