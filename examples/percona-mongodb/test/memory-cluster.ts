// SPDX-License-Identifier: Apache-2.0
// A cluster in a Map: enough to run the functions to quiescence in tests, without API server and packs.
import { AgentError } from "../src/backup/backup-agent.js";
import { defaultCluster } from "../src/defaults.js";
import { parts } from "../src/functions/index.js";
import type {
  CertificateFacts,
  CertificateTools,
  Changes,
  KindName,
  Observed,
  Sources,
} from "../src/functions/part.js";
import { sortedJson } from "../src/functions/metadata.js";
import type { JsonObject, Manifest, TextMap } from "../src/json.js";
import { MongoError } from "../src/mongo/mongo-error.js";
import type { Psmdb } from "../src/types.js";
import { withServerDefaults } from "./small-defaulter.js";

interface Stored {
  readonly object: Manifest;
  readonly wish: string;
}

/** Says what it would hold; enough to see whose name is on it and when it ends. */
const readableCertificates: CertificateTools = {
  issueAuthority: (organization) =>
    Promise.resolve({ certificate: `authority ${organization}`, key: "authority key" }),
  issue: ({ dnsNames, validSeconds }, authority) =>
    Promise.resolve({
      certificate: JSON.stringify({
        authority: authority.certificate,
        dnsNames,
        notBeforeMs: 0,
        notAfterMs: validSeconds * 1000,
      }),
      key: "key",
    }),
  inspect: (text) => (text.startsWith("{") ? (JSON.parse(text) as CertificateFacts) : undefined),
};

/** Counts up instead of being random, so that tests print the same twice. */
export const countingSources: Sources = {
  randomBytes: (count) => Uint8Array.from({ length: count }, (_, index) => index % 200),
  now: () => 0,
  mongo: {
    connect: () => Promise.reject(new MongoError("HostUnreachable", "no MongoDB answers here")),
  },
  backups: {
    connect: () => Promise.reject(new AgentError("Unreachable", "no backup agent answers here")),
  },
  certificates: readableCertificates,
};

/** Nothing runs in the pods of a Map, so there is nobody to initiate or to restart. */
const databaseParts: ReadonlySet<string> = new Set(["F9", "F10"]);

/** Holds the objects of one namespace and applies what the functions want. */
export class MemoryCluster {
  readonly objects = new Map<string, Stored>();
  /** As the functions sent them, before defaults. */
  readonly sent = new Map<string, Manifest>();
  readonly waits = new Set<string>();
  primary: Psmdb | undefined;
  hasCertManager = false;
  #uid = 0;

  /** Applies the primary and runs all functions until nothing changes. */
  async run(primary: Psmdb): Promise<void> {
    this.primary = { ...primary, metadata: { ...primary.metadata, uid: "cluster-uid" } };
    for (let pass = 0; pass < 20; pass += 1) {
      const before = this.#fingerprint();
      await this.#pass(this.primary);
      this.#runStatefulSets();
      this.#issueCertificates();
      if (before === this.#fingerprint()) return;
    }
    throw new Error("the functions never come to rest");
  }

  get(kind: string, name: string): Manifest | undefined {
    return this.objects.get(`${kind}/${name}`)?.object;
  }

  /** Puts an object as somebody else would. */
  put(object: Manifest): void {
    const key = `${object.kind}/${object.metadata.name}`;
    this.#store(key, object, sortedJson(object as unknown as JsonObject));
  }

  async #pass(primary: Psmdb): Promise<void> {
    const cluster = defaultCluster(primary);
    this.waits.clear();
    for (const part of parts.filter(({ id }) => !databaseParts.has(id))) {
      const readable = part.reads(cluster);
      const changes = await part.build(cluster, this.#observed(readable), countingSources);
      this.#change(changes);
    }
  }

  /** Shows only what a function declared that it reads. */
  #observed(reads: ReturnType<(typeof parts)[number]["reads"]>): Observed {
    const isDeclared = (kind: string, name: string, labels: TextMap): boolean =>
      reads.some(
        (read) =>
          read.kind === kind &&
          ("name" in read ? read.name === name : includes(labels, read.labels)),
      );
    return {
      hasCertManager: this.hasCertManager,
      get: (kind, name) => {
        const found = this.get(kind, name);
        const labels = found?.metadata.labels ?? {};
        return found !== undefined && isDeclared(kind, name, labels) ? found : undefined;
      },
      list: (kind: KindName, labels: TextMap) =>
        [...this.objects.values()]
          .map(({ object }) => object)
          .filter(
            (object) => object.kind === kind && includes(object.metadata.labels ?? {}, labels),
          )
          .filter((object) => isDeclared(kind, object.metadata.name, object.metadata.labels ?? {}))
          .sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1)),
    };
  }

  #change({ apply = [], create = [], remove = [], drop = [], waitFor }: Changes): void {
    if (waitFor !== undefined) this.waits.add(waitFor);
    for (const object of create) {
      const key = `${object.kind}/${object.metadata.name}`;
      if (!this.objects.has(key)) this.#send(key, object);
    }
    for (const object of apply) this.#send(`${object.kind}/${object.metadata.name}`, object);
    for (const { kind, name } of remove) {
      this.objects.delete(`${kind}/${name}`);
      this.sent.delete(`${kind}/${name}`);
    }
    for (const { kind, name, labels, annotations } of drop) {
      const found = this.objects.get(`${kind}/${name}`);
      if (found === undefined) continue;
      const { metadata } = found.object;
      const object = {
        ...found.object,
        metadata: {
          ...metadata,
          labels: without(metadata.labels, labels),
          annotations: without(metadata.annotations, annotations),
        },
      };
      this.objects.set(`${kind}/${name}`, { ...found, object });
    }
  }

  #send(key: string, object: Manifest): void {
    this.sent.set(key, object);
    this.#store(key, withServerDefaults(object), sortedJson(object as unknown as JsonObject));
  }

  #store(key: string, object: Manifest, wish: string): void {
    const old = this.objects.get(key);
    if (old?.wish === wish) return;
    const isSpecChanged = sortedJson(old?.object.spec) !== sortedJson(object.spec);
    const generation =
      old === undefined ? 1 : (old.object.metadata.generation ?? 1) + (isSpecChanged ? 1 : 0);
    const uid = old?.object.metadata.uid ?? `uid-${(this.#uid += 1)}`;
    this.objects.set(key, {
      wish,
      object: { ...object, metadata: { ...object.metadata, uid, generation } },
    });
  }

  #runStatefulSets(): void {
    for (const { object } of [...this.objects.values()]) {
      if (object.kind !== "StatefulSet") continue;
      const template = object.spec?.["template"] as unknown as { metadata: { labels: TextMap } };
      const replicas = Number(object.spec?.["replicas"]);
      for (let index = 0; index < replicas; index += 1) {
        const name = `${object.metadata.name}-${index}`;
        if (this.get("Pod", name) !== undefined) continue;
        this.put({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name, labels: template.metadata.labels },
        });
      }
    }
  }

  #issueCertificates(): void {
    for (const { object } of [...this.objects.values()]) {
      const secretName = object.spec?.["secretName"];
      if (object.kind !== "Certificate" || typeof secretName !== "string") continue;
      if (this.get("Secret", secretName) !== undefined) continue;
      const annotations = { "cert-manager.io/certificate-name": object.metadata.name };
      const data = { "ca.crt": "Yw==", "tls.crt": "Yw==", "tls.key": "aw==" };
      this.put({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: secretName, annotations },
        data,
      });
    }
  }

  #fingerprint(): string {
    return [...this.objects]
      .map(([key, { wish }]) => `${key} ${wish}`)
      .sort()
      .join("\n");
  }
}

function includes(labels: TextMap, wanted: TextMap): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function without(map: TextMap | undefined, keys: readonly string[]): TextMap {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !keys.includes(key)));
}
