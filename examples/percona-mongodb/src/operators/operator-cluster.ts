// SPDX-License-Identifier: Apache-2.0
// An embedded cluster with one of the two operators in it: what the cases, the tests and the demo run on.
import { startReconciler, type Logger, type RunningReconciler } from "haversack";
import { FakeClock, startCluster, type TestCluster } from "@haversack/testing";
import { certificateTools, systemChance } from "../certificate-authority.js";
import type { CaseCluster } from "../cases/case-cluster.js";
import type { Intervention } from "../cases/case-index.js";
import { certManagerCrds, operatorCrds } from "../crd.js";
import type { Chance, KindName, Sources } from "../functions/part.js";
import type { Manifest, TextMap } from "../json.js";
import { MongoSimulator } from "../mongo/simulator.js";
import { discoveringInformers, type DiscoveringInformers } from "./crd-discovery.js";
import { kinds } from "./kinds.js";
import { PsmdbMonolith, reconcileIntervalMs } from "./monolith.js";
import { PsmdbPacks } from "./packs.js";
import { issueCertificates } from "./pretended-cert-manager.js";

/** Which operator runs. */
export type OperatorMode = "monolith" | "packs";

/** All modes, for commands and tests that run each. */
export const operatorModes: readonly OperatorMode[] = ["monolith", "packs"];

/** Rounds of operator and controllers after which they are said never to come to rest. */
const maxRounds = 200;

/** What a cluster runs besides its API; the kubelet only pretends that pods run and are ready. */
const controllers = ["crd", "namespace", "garbage-collector", "statefulset", "kubelet"] as const;

/** The name under which the operator's requests are counted. */
export const operatorClient = "operator";

/** Options of {@link startOperatorCluster}. */
export interface OperatorClusterOptions {
  readonly sources?: Chance;
}

/** Starts an embedded API server with the operator's kinds; the operator starts with the first `settle`. */
export async function startOperatorCluster(
  mode: OperatorMode,
  options: OperatorClusterOptions = {},
): Promise<OperatorCluster> {
  const clock = new FakeClock();
  const cluster = await startCluster({ clock, backend: "embedded", server: { controllers } });
  await cluster.apply([...(await operatorCrds())]);
  return new OperatorCluster(mode, cluster, clock, options);
}

/** A cluster, an operator, and the controllers that a real cluster would have. */
export class OperatorCluster implements CaseCluster {
  readonly cluster: TestCluster;
  readonly clock: FakeClock;
  readonly mode: OperatorMode;
  /** The databases in this cluster's pods; they outlive the operator. */
  readonly mongo: MongoSimulator;
  /** Errors that the operator logged, oldest first. */
  readonly logged: string[] = [];
  /** The object that the operator wished for last, before it sent or saved the request. */
  lastWish: Manifest | undefined;
  readonly #options: OperatorClusterOptions;
  readonly #wishes = new Map<string, Manifest>();
  #hasCertManager = false;
  #running: RunningReconciler | undefined;
  #informers: DiscoveringInformers | undefined;

  constructor(
    mode: OperatorMode,
    cluster: TestCluster,
    clock: FakeClock,
    options: OperatorClusterOptions,
  ) {
    this.mode = mode;
    this.cluster = cluster;
    this.clock = clock;
    this.#options = options;
    this.mongo = new MongoSimulator({
      clock,
      world: {
        pods: (namespace) => this.#stored("pods", namespace),
        claim: (namespace, name) =>
          this.#server().get("persistentvolumeclaims", namespace, name) as Manifest | undefined,
      },
    });
  }

  async createNamespace(name: string): Promise<void> {
    await this.cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }

  async installCertManager(): Promise<void> {
    await this.createNamespace("cert-manager");
    await this.cluster.apply([...(await certManagerCrds())]);
    this.#hasCertManager = true;
  }

  async apply(object: Manifest): Promise<void> {
    await this.cluster.apply(object);
  }

  async intervene(
    namespace: string,
    { object, replaceLabels, replaceAnnotations }: Intervention,
  ): Promise<void> {
    const [kind = "", name = ""] = object.split("/");
    const known = kinds[kind as KindName];
    const live = await this.cluster.get(known, { namespace, name });
    if (live === undefined) throw new Error(`cannot change ${object}: it does not exist.`);
    const labels = replacing(live.metadata.labels, replaceLabels);
    const annotations = replacing(live.metadata.annotations, replaceAnnotations);
    await this.cluster.patch(known, { namespace, name }, { metadata: { labels, annotations } });
  }

  /** Starts the operator when it does not run; idempotent. */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { client } = this.cluster.connect(operatorClient);
    const environment = { client, clock: this.clock, logger: this.#logger(), random: () => 0.5 };
    this.#informers = discoveringInformers(environment);
    const { informers } = this.#informers;
    this.#running = startReconciler(this.#operator(), { ...environment, informers });
    await this.clock.settle();
    await this.#running.ready;
  }

  async settle(): Promise<void> {
    await this.start();
    for (let round = 0; round < maxRounds; round += 1) {
      const before = this.#revision();
      await this.cluster.settle();
      if (this.#hasCertManager) await issueCertificates(this.cluster);
      await this.cluster.settle();
      await this.clock.advance(reconcileIntervalMs);
      if (this.#revision() === before && !this.#isInMotion()) return;
    }
    throw new Error(`the ${this.mode} operator never came to rest within ${maxRounds} rounds.`);
  }

  async objects(namespace: string): Promise<readonly Manifest[]> {
    const found: Manifest[] = [];
    for (const { kind, verbs } of await this.cluster.discovery.all()) {
      if (!kind.namespaced || !verbs.includes("list")) continue;
      found.push(...(await this.cluster.list(kind.as<Manifest>(), { namespace })));
    }
    return found;
  }

  wishes(namespace: string): readonly Manifest[] {
    return [...this.#wishes.values()].filter(({ metadata }) => metadata.namespace === namespace);
  }

  problems(): readonly string[] {
    return this.logged.slice(-5);
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#informers?.close();
    this.#running = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.cluster.close();
  }

  #operator(): object {
    const sources = this.#watched(this.#options.sources);
    const onWish = (wish: Manifest): void => {
      this.lastWish = wish;
      this.#wishes.set(`${wish.metadata.namespace ?? ""}/${wish.kind}/${wish.metadata.name}`, wish);
    };
    const shared = { onWish, sources };
    if (this.mode === "packs") return new PsmdbPacks(shared);
    return new PsmdbMonolith({
      ...shared,
      client: this.cluster.connect(operatorClient).client,
    });
  }

  /** Making keys takes real time outside the event loop's sight; settling waits for it. */
  #watched(given: Chance | undefined): Sources {
    let underWay = 0;
    this.clock.addIdleProbe(() => underWay === 0);
    const waited = <T>(work: Promise<T>): Promise<T> => {
      underWay += 1;
      return work.finally(() => {
        underWay -= 1;
      });
    };
    const now = (): number => this.clock.now();
    const certificates = given?.certificates ?? certificateTools(now);
    return {
      ...(given ?? systemChance),
      now,
      mongo: this.mongo,
      certificates: {
        issueAuthority: (organization) => waited(certificates.issueAuthority(organization)),
        issue: (request, authority) => waited(certificates.issue(request, authority)),
        inspect: (text) => certificates.inspect(text),
      },
    };
  }

  #logger(): Logger {
    const note = (message: string, fields?: object): void => {
      this.logged.push(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
    };
    const ignore = (): void => {};
    return { debug: ignore, info: ignore, warn: ignore, error: note };
  }

  /** Changes of objects and of databases; equal twice means that nothing happens any more. */
  #revision(): number {
    const namespaces = this.#stored("namespaces").map(({ metadata }) => metadata.name);
    const inDatabases = namespaces.map((namespace) => this.mongo.changes(namespace));
    return inDatabases.reduce((sum, changes) => sum + changes, this.#server().revision);
  }

  #isInMotion(): boolean {
    return this.#stored("namespaces").some(({ metadata }) => this.mongo.isInMotion(metadata.name));
  }

  #stored(resource: string, namespace?: string): readonly Manifest[] {
    return this.#server().list(resource, namespace) as unknown as readonly Manifest[];
  }

  #server(): NonNullable<TestCluster["server"]> {
    const { server } = this.cluster;
    if (server === undefined) throw new Error("this cluster needs the embedded API server.");
    return server;
  }
}

/** A merge patch that leaves exactly the wanted keys. */
function replacing(
  live: TextMap | undefined,
  wanted: TextMap | undefined,
): Readonly<Record<string, string | null>> | undefined {
  if (wanted === undefined) return undefined;
  const gone = Object.keys(live ?? {}).map((key) => [key, null] as const);
  return { ...Object.fromEntries(gone), ...wanted };
}
