// SPDX-License-Identifier: Apache-2.0
// What pod templates of members and routers have in common: placement, rollout, hashes (F7, F8; stage 5: reconcile).
import type { Cluster } from "../cluster.js";
import { present, textMap, type JsonObject, type TextMap } from "../json.js";
import type { PodOptions } from "../types.js";
import { secretHash } from "./config-hash.js";
import type { Observed } from "./part.js";
import { affinityOff } from "../defaults/pods.js";

/** The annotation that changes with the configuration files of a pod. */
export const configHashAnnotation = "percona.com/configuration-hash";

const sslHash = "percona.com/ssl-hash";
const sslInternalHash = "percona.com/ssl-internal-hash";

/** Everything of a pod that says where and for how long it runs. */
export function placement(cluster: Cluster, pods: PodOptions, labels: TextMap): JsonObject {
  const spread = (pods.topologySpreadConstraints ?? []).map((constraint) =>
    constraint["labelSelector"] === undefined && constraint["matchLabelKeys"] === undefined
      ? { ...constraint, labelSelector: { matchLabels: labels } }
      : constraint,
  );
  return present({
    affinity: affinity(pods, labels),
    topologySpreadConstraints: spread.length > 0 ? spread : undefined,
    nodeSelector: pods.nodeSelector,
    tolerations: pods.tolerations,
    terminationGracePeriodSeconds: pods.terminationGracePeriodSeconds,
    priorityClassName: pods.priorityClassName,
    serviceAccountName: pods.serviceAccountName,
    restartPolicy: "Always",
    imagePullSecrets: cluster.imagePullSecrets,
    schedulerName: cluster.schedulerName,
    runtimeClassName: pods.runtimeClassName,
  }) as JsonObject;
}

/** The operator restarts pods itself, one by one, unless told to leave it to Kubernetes. */
export function updateStrategy(cluster: Cluster): JsonObject {
  const isByOperator =
    cluster.updateStrategy === "SmartUpdate" || cluster.updateStrategy === "OnDelete";
  return isByOperator
    ? { type: "OnDelete" }
    : { type: "RollingUpdate", rollingUpdate: { partition: 0 } };
}

/** The user's annotations and the hashes of certificates and configuration. */
export function templateAnnotations(
  cluster: Cluster,
  pods: PodOptions,
  observed: Observed,
  { setName, configHash }: { readonly setName: string; readonly configHash: string },
): TextMap {
  return textMap(
    pods.annotations,
    configHash === "" ? {} : { [configHashAnnotation]: configHash },
    certificateHashes(cluster, observed, setName),
  );
}

/**
 * Hashes that make pods restart for new certificates.
 *
 * Where only the user provides certificates, a Secret that is gone for a while restarts nobody: the
 * hashes stay as they are.
 */
function certificateHashes(cluster: Cluster, observed: Observed, setName: string): TextMap {
  const ssl = observed.get("Secret", cluster.secrets.ssl);
  const internal = observed.get("Secret", cluster.secrets.sslInternal);
  const live = observed.get("StatefulSet", setName)?.spec?.["template"] as
    { readonly metadata?: { readonly annotations?: TextMap } } | undefined;
  const kept = cluster.tls.isUserProvided && ssl === undefined ? live?.metadata?.annotations : {};
  return {
    [sslHash]: kept?.[sslHash] ?? secretHash(ssl),
    [sslInternalHash]: kept?.[sslInternalHash] ?? (ssl === undefined ? "" : secretHash(internal)),
  };
}

function affinity({ affinity: wish }: PodOptions, labels: TextMap): JsonObject | undefined {
  if (wish?.advanced !== undefined) return wish.advanced;
  const topologyKey = wish?.antiAffinityTopologyKey;
  if (topologyKey === undefined || topologyKey === affinityOff) return undefined;
  return {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: labels }, topologyKey },
      ],
    },
  };
}
