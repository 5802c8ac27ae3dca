// SPDX-License-Identifier: Apache-2.0
// Pretends what runs outside the API server: pods of StatefulSets that are ready at once, and cert-manager.
import { createHash } from "node:crypto";
import type { TestCluster } from "@haversack/testing";
import { sortedJson } from "../functions/metadata.js";
import type { JsonObject, Manifest, TextMap } from "../json.js";
import { kinds } from "./kinds.js";

const podNameLabel = "statefulset.kubernetes.io/pod-name";
const revisionLabel = "controller-revision-hash";

/**
 * Makes pods exist and be ready, one StatefulSet after another, without running anything.
 *
 * Pods follow their ordinals and `replicas`; they keep the template they were made with until
 * somebody deletes them (`OnDelete`), or are replaced at once (`RollingUpdate`). Secrets appear for
 * cert-manager's Certificates, with text in them that is no certificate.
 */
export class PretendedWorkloads {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  /** Does everything that is to be done now. */
  async step(): Promise<void> {
    for (const set of await this.#cluster.list(kinds.StatefulSet)) await this.#runSet(set);
    const served = await this.#cluster.discovery
      .kindOf("cert-manager.io/v1", "Certificate")
      .catch(() => undefined);
    if (served === undefined) return;
    for (const certificate of await this.#cluster.list(kinds.Certificate))
      await this.#issue(certificate);
  }

  async #runSet(set: Manifest): Promise<void> {
    const { namespace = "", name } = set.metadata;
    const replicas = Number(set.spec?.["replicas"] ?? 1);
    const revision = revisionOf(set);
    const pods = await this.#podsOf(set);
    for (const pod of pods.filter(({ metadata }) => ordinal(metadata.name) >= replicas))
      await this.#remove(pod);
    for (let index = 0; index < replicas; index += 1) {
      const pod = pods.find(({ metadata }) => metadata.name === `${name}-${index}`);
      const isOld = pod !== undefined && pod.metadata.labels?.[revisionLabel] !== revision;
      if (isOld && isRolling(set)) await this.#remove(pod);
      if (pod === undefined || (isOld && isRolling(set))) await this.#start(set, index, revision);
    }
    const now = await this.#podsOf(set);
    const updated = now.filter(
      ({ metadata }) => metadata.labels?.[revisionLabel] === revision,
    ).length;
    const status = {
      observedGeneration: set.metadata.generation,
      replicas: now.length,
      readyReplicas: now.length,
      availableReplicas: now.length,
      currentReplicas: now.length,
      updatedReplicas: updated,
      updateRevision: revision,
    };
    if (isIncluded(status, set.status ?? {})) return;
    await this.#cluster.applyStatus(kinds.StatefulSet, { namespace, name }, status);
  }

  async #podsOf(set: Manifest): Promise<readonly Manifest[]> {
    const pods = await this.#cluster.list(kinds.Pod, { namespace: set.metadata.namespace ?? "" });
    return pods.filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid),
    );
  }

  async #start(set: Manifest, index: number, revision: string): Promise<void> {
    const { namespace = "", uid = "" } = set.metadata;
    const template = set.spec?.["template"] as unknown as {
      metadata?: { labels?: TextMap };
      spec: JsonObject;
    };
    const name = `${set.metadata.name}-${index}`;
    const pod: Manifest = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, [podNameLabel]: name, [revisionLabel]: revision },
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            name: set.metadata.name,
            uid,
            controller: true,
          },
        ],
      },
      spec: template.spec,
    };
    await this.#cluster.apply(pod);
    const ready = { type: "Ready", status: "True" };
    await this.#cluster.applyStatus(
      kinds.Pod,
      { namespace, name },
      { phase: "Running", conditions: [ready] },
    );
  }

  #remove({ metadata: { namespace = "", name } }: Manifest): Promise<void> {
    return this.#cluster.remove(kinds.Pod, { namespace, name });
  }

  async #issue(certificate: Manifest): Promise<void> {
    const { namespace = "", name } = certificate.metadata;
    const secretName = String(certificate.spec?.["secretName"]);
    if ((await this.#cluster.get(kinds.Secret, { namespace, name: secretName })) !== undefined)
      return;
    const text = Buffer.from(`issued for ${name}`).toString("base64");
    const secret: Manifest = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: secretName,
        namespace,
        annotations: { "cert-manager.io/certificate-name": name },
      },
      type: "kubernetes.io/tls",
      data: { "ca.crt": text, "tls.crt": text, "tls.key": text },
    };
    await this.#cluster.apply(secret);
  }
}

function isRolling(set: Manifest): boolean {
  return (set.spec?.["updateStrategy"] as JsonObject | undefined)?.["type"] !== "OnDelete";
}

function revisionOf({ metadata, spec }: Manifest): string {
  const digest = createHash("sha256").update(sortedJson(spec?.["template"])).digest("hex");
  return `${metadata.name}-${digest.slice(0, 10)}`;
}

function ordinal(podName: string): number {
  return Number(podName.slice(podName.lastIndexOf("-") + 1));
}

function isIncluded(wanted: object, live: JsonObject): boolean {
  return Object.entries(wanted).every(([key, value]) => live[key] === value);
}
