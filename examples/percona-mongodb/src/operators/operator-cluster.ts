// SPDX-License-Identifier: Apache-2.0
// An embedded cluster with one of the two operators in it: what the cases, the tests and the demo run on.
import {
  startReconciler,
  type ApiClient,
  type Informers,
  type Logger,
  type RunningReconciler,
  type SplitReconcileOptions,
} from "haversack";
import { FakeClock, startCluster, type FaultScript, type TestCluster } from "@haversack/testing";
import { AgentSimulator } from "../backup/agent-simulator.js";
import type { CaseCluster } from "../cases/case-cluster.js";
import type { Intervention } from "../cases/case-index.js";
import { certManagerCrds, operatorCrds } from "../crd.js";
import type { Chance, KindName } from "../functions/part.js";
import type { Manifest, TextMap } from "../json.js";
import type { SimulatedWorld } from "../mongo/mongod-processes.js";
import { MongoSimulator } from "../mongo/simulator.js";
import { discoveringInformers, type DiscoveringInformers } from "./crd-discovery.js";
import { BackupMonolith, RestoreMonolith } from "./job-monolith.js";
import { BackupPacks, RestorePacks } from "./job-packs.js";
import { kinds } from "./kinds.js";
import { mortalSources, type MortalSources } from "./mortal-sources.js";
import { PsmdbMonolith, reconcileIntervalMs } from "./monolith.js";
import { CachedReads } from "./object-reads.js";
import { PsmdbPacks } from "./packs.js";
import { sleepingClock, type SleepingClock } from "./sleeping-clock.js";
import { issueCertificates } from "./pretended-cert-manager.js";
import { makePsmdbSplit } from "./split/operator.js";

/** Which operator runs; the monolith reads live unless its mode says that it reads from caches. */
export type OperatorMode = "monolith" | "monolith-cached" | "packs" | "split";

/** The modes that the tests run each; `PERCONA_MODES=packs,split` chooses others. */
export const operatorModes: readonly OperatorMode[] = (process.env["PERCONA_MODES"]?.split(",") as
  OperatorMode[] | undefined) ?? ["monolith", "packs", "split"];

/** All modes, for commands. */
export const allOperatorModes: readonly OperatorMode[] = [
  ...(["monolith", "monolith-cached", "packs", "split"] as const),
];

/** Rounds of operator and controllers after which they are said never to come to rest. */
const maxRounds = 200;

/** What a cluster runs besides its API; the kubelet only pretends that pods run and are ready. */
const controllers = ["crd", "namespace", "garbage-collector", "statefulset", "kubelet"] as const;

/** The name under which the operator's requests are counted. */
export const operatorClient = "operator";

/** Options of {@link startOperatorCluster}. */
export interface OperatorClusterOptions {
  readonly sources?: Chance;
  /** Of the split operator. */
  readonly split?: SplitReconcileOptions;
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
  /** The backup agents in this cluster's pods, and their storage. */
  readonly backups: AgentSimulator;
  /** Errors that the operator logged, oldest first. */
  readonly logged: string[] = [];
  /** The object that the operator wished for last, before it sent or saved the request. */
  lastWish: Manifest | undefined;
  readonly #options: OperatorClusterOptions;
  readonly #passClock: SleepingClock;
  readonly #wishes = new Map<string, Manifest>();
  #hasCertManager = false;
  #running: readonly RunningReconciler[] = [];
  #sources: MortalSources | undefined;
  #informers: DiscoveringInformers | undefined;
  #cachedReads: CachedReads | undefined;

  constructor(
    mode: OperatorMode,
    cluster: TestCluster,
    clock: FakeClock,
    options: OperatorClusterOptions,
  ) {
    this.mode = mode;
    this.cluster = cluster;
    this.clock = clock;
    this.#passClock = sleepingClock(clock);
    this.#options = options;
    const world: SimulatedWorld = {
      pods: (namespace) => this.#stored("pods", namespace),
      claim: (namespace, name) =>
        this.#server().get("persistentvolumeclaims", namespace, name) as Manifest | undefined,
    };
    this.mongo = new MongoSimulator({ clock, world });
    this.backups = new AgentSimulator({ clock, world });
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

  /**
   * Starts the operator when it does not run; idempotent.
   *
   * @param faults What its requests meet. With them nothing is waited for.
   */
  async start(faults?: FaultScript): Promise<void> {
    if (this.#running.length > 0) return;
    const { client } = this.cluster.connect(operatorClient, faults);
    const environment = { client, clock: this.clock, logger: this.#logger(), random: () => 0.5 };
    this.#informers = discoveringInformers(environment);
    const { informers } = this.#informers;
    this.#running = this.#operators(client, informers).map((operator) =>
      startReconciler(operator, { ...environment, informers }),
    );
    await this.clock.settle();
    const ready = Promise.all(this.#running.map((running) => running.ready));
    // With faults it may take its time, or never be; nobody waits for it.
    if (faults === undefined) await ready;
    else ready.catch(() => undefined);
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
    let isOver = false;
    const stopping = Promise.all(this.#running.map((running) => running.stop())).finally(() => {
      isOver = true;
    });
    await this.clock.settle();
    // A pass that sleeps is waited for, as a process that is asked to end waits.
    while (!isOver) await this.clock.advance(reconcileIntervalMs);
    await stopping;
    this.#forget();
  }

  /** Ends the operator as a killed process ends: nothing is drained, and nothing of it acts any more. */
  async kill(): Promise<void> {
    this.#sources?.kill();
    for (const running of this.#running) running.stop().catch(() => undefined);
    this.#forget();
    await this.clock.settle();
  }

  async close(): Promise<void> {
    await this.kill();
    await this.cluster.close();
  }

  #forget(): void {
    this.#cachedReads?.close();
    this.#informers?.close();
    this.#running = [];
  }

  #operators(client: ApiClient, informers: Informers): readonly object[] {
    this.#sources?.kill();
    this.#sources = mortalSources(this, this.#options.sources);
    const sources = this.#sources;
    const onWish = (wish: Manifest): void => {
      this.lastWish = wish;
      this.#wishes.set(`${wish.metadata.namespace ?? ""}/${wish.kind}/${wish.metadata.name}`, wish);
    };
    const shared = { onWish, sources };
    if (this.mode === "packs" || this.mode === "split") {
      const clusters =
        this.mode === "packs"
          ? new PsmdbPacks(shared)
          : makePsmdbSplit(shared, this.#options.split);
      return [clusters, new BackupPacks(shared), new RestorePacks(shared)];
    }
    const live = { ...shared, client, clock: this.#passClock };
    const jobs = [new BackupMonolith(live), new RestoreMonolith(live)];
    if (this.mode === "monolith") return [new PsmdbMonolith(live), ...jobs];
    this.#cachedReads = new CachedReads(informers);
    return [new PsmdbMonolith({ ...live, reads: this.#cachedReads }), ...jobs];
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
    const outside = inDatabases.reduce((sum, changes) => sum + changes, this.backups.changes);
    return outside + this.#server().revision;
  }

  #isInMotion(): boolean {
    if (this.backups.isInMotion || this.#passClock.sleepers > 0) return true;
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
