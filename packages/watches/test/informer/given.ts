// SPDX-License-Identifier: Apache-2.0
// An informer on a scripted server, with everything it says written down (tests of stage 1).
import {
  configMaps,
  type ConfigMap,
  type InformerLease,
  type InformerOptions,
  type InformerStatus,
  type Kind,
  type KubernetesObject,
  type LogFields,
  type Logger,
  type Metrics,
  type WatchEvent,
} from "@haversack/core";
import { InformerPool, type InformerPoolOptions } from "../../src/informer/index.js";
import { FakeClock, settle } from "./fake-clock.js";
import { ScriptedServer, type Body } from "./scripted-server.js";

/** One thing a handler was told. */
export type Told =
  | { readonly event: WatchEvent<KubernetesObject> }
  | { readonly synced: string | undefined; readonly isRelist: boolean }
  | { readonly status: InformerStatus };

/** Everything a test looks at. */
export interface Setting<T extends KubernetesObject> {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly pool: InformerPool;
  readonly lease: InformerLease<T>;
  readonly told: Told[];
  readonly logged: { level: string; message: string; fields: LogFields | undefined }[];
  readonly counts: Map<string, number>;
  /** Events as `added a@101`, flags appended, in order, since the last call. */
  events(): string[];
}

/** What a setting starts from. */
export interface Given {
  readonly server?: ScriptedServer;
  readonly objects?: readonly Body[];
  readonly pool?: Partial<InformerPoolOptions>;
  readonly options?: InformerOptions;
}

/** A ConfigMap. */
export function configMap(
  name: string,
  data: Record<string, string> = {},
  more: object = {},
): Body {
  const metadata = { name, namespace: "prod", ...more };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

/** A pool with one subscribed holder, synced unless the script says otherwise. */
export async function given(settings: Given = {}): Promise<Setting<ConfigMap>> {
  return givenKind(configMaps, settings);
}

/** The same for another kind. */
export async function givenKind<T extends KubernetesObject>(
  kind: Kind<T>,
  settings: Given = {},
): Promise<Setting<T>> {
  const server = settings.server ?? new ScriptedServer();
  for (const body of settings.objects ?? []) server.put(body, { silent: true });
  const clock = new FakeClock();
  const logged: Setting<T>["logged"] = [];
  const counts = new Map<string, number>();
  const pool = new InformerPool({
    client: server,
    clock,
    logger: recordingLogger(logged),
    metrics: recordingMetrics(counts),
    random: () => 0.5,
    ...settings.pool,
  });
  const lease = pool.acquire(kind, { wantedBy: "test", ...settings.options });
  const told: Told[] = [];
  lease.subscribe({
    stage: "enqueue",
    onEvent: (event) => told.push({ event }),
    onSynced: (synced, isRelist) => told.push({ synced, isRelist }),
    onStatus: (status) => told.push({ status }),
  });
  await settle();
  let read = 0;
  const events = (): string[] => {
    const fresh = told.slice(read);
    read = told.length;
    return fresh.flatMap((entry) => ("event" in entry ? [describe(entry.event)] : []));
  };
  return { server, clock, pool, lease, told, logged, counts, events };
}

/** `modified a@12 relist synthetic`: the type, the newest state, the flags. */
export function describe(event: WatchEvent<KubernetesObject>): string {
  const { name, resourceVersion } = (event.new ?? event.old)?.metadata ?? { name: "?" };
  const flags = [
    event.isInitial ? " initial" : "",
    event.isRelist ? " relist" : "",
    event.isResync ? " resync" : "",
    event.synthetic ? " synthetic" : "",
  ];
  return `${event.type} ${name}@${resourceVersion}${flags.join("")}`;
}

function recordingLogger(logged: Setting<KubernetesObject>["logged"]): Logger {
  const at = (level: string) => (message: string, fields?: LogFields) =>
    void logged.push({ level, message, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function recordingMetrics(counts: Map<string, number>): Metrics {
  return {
    count: (name, _labels, increment = 1) => {
      const short = name.replace("haversack_informer_", "").replace("_total", "");
      counts.set(short, (counts.get(short) ?? 0) + increment);
    },
    gauge: () => undefined,
    observe: () => undefined,
  };
}
