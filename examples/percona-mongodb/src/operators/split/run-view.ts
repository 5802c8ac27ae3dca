// SPDX-License-Identifier: Apache-2.0
// What one run of an instance sees: its part of the index, with what it has written since (stage 5: reconcile).
import type { SecondaryList } from "haversack";
import type { KindName, Observed } from "../../functions/part.js";
import type { Manifest, TextMap } from "../../json.js";

/** The name under which the index keeps the secondaries of a kind. */
const listNames: Readonly<Partial<Record<KindName, string>>> = {
  Secret: "secrets",
  ConfigMap: "configMaps",
  Service: "services",
  Pod: "pods",
  PersistentVolumeClaim: "claims",
  Lease: "locks",
  StatefulSet: "statefulSets",
  PodDisruptionBudget: "budgets",
  Issuer: "issuers",
  ClusterIssuer: "clusterIssuers",
  Certificate: "certificates",
  PerconaServerMongoDBBackup: "backups",
};

type Lists = Readonly<Record<string, SecondaryList<Manifest>>>;

/** Secondaries of one cluster; what the run writes is seen by what comes later in it. **API requests:** 0. */
export class RunView implements Observed {
  readonly #lists: Lists;
  readonly #namespace: string | undefined;
  /** By kind and name; `undefined` is gone. */
  readonly #written = new Map<string, Manifest | undefined>();

  constructor(secondaries: Lists, namespace: string | undefined) {
    this.#lists = secondaries;
    this.#namespace = namespace;
  }

  get hasCertManager(): boolean {
    return this.#list("Issuer").available;
  }

  get(kind: KindName, name: string): Manifest | undefined {
    const key = `${kind}/${name}`;
    if (this.#written.has(key)) return this.#written.get(key);
    return this.#list(kind).find(
      ({ metadata }) =>
        metadata.name === name && (metadata.namespace ?? this.#namespace) === this.#namespace,
    );
  }

  list(kind: KindName, labels: TextMap): readonly Manifest[] {
    const standing = this.#list(kind).filter(
      ({ metadata }) => !this.#written.has(`${kind}/${metadata.name}`),
    );
    const own = [...this.#written.values()].filter((object) => object?.kind === kind);
    return [...standing, ...(own as Manifest[])]
      .filter(({ metadata }) =>
        Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
      )
      .sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
  }

  /** Takes in what the API server answered. */
  wrote(object: Manifest): void {
    this.#written.set(`${object.kind}/${object.metadata.name}`, object);
  }

  removed(kind: KindName, name: string): void {
    this.#written.set(`${kind}/${name}`, undefined);
  }

  #list(kind: KindName): SecondaryList<Manifest> {
    const list = this.#lists[listNames[kind] ?? ""];
    if (list === undefined) throw new TypeError(`no secondaries of kind ${kind} are indexed`);
    return list;
  }
}
