// SPDX-License-Identifier: Apache-2.0
// All secondaries of one primary over real HTTP: from the index, by lists, and as an aggregator does.
import {
  configMaps,
  createClient,
  expand,
  leases,
  Reconciler,
  roles,
  secrets,
  serviceAccounts,
  startReconciler,
  withApiObjects,
  withSecondaryIndex,
  withWatches,
  type ApiClient,
  type ConfigMap,
  type KubernetesObject,
} from "haversack";
import { answer, type Measures } from "../lib/question.js";
import { median } from "../lib/report.js";
import { startWriteServer } from "../lib/write-server.js";

const lookUps = 100;
/** Objects of the same kinds that belong to others. */
const foreign = 200;
const namespace = "default";
const kinds = [
  { plural: "configmaps", path: "/api/v1", apiVersion: "v1", kind: "ConfigMap" },
  { plural: "secrets", path: "/api/v1", apiVersion: "v1", kind: "Secret" },
  { plural: "serviceaccounts", path: "/api/v1", apiVersion: "v1", kind: "ServiceAccount" },
  {
    plural: "leases",
    path: "/apis/coordination.k8s.io/v1",
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
  },
  {
    plural: "roles",
    path: "/apis/rbac.authorization.k8s.io/v1",
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
  },
] as const;

interface Setting {
  readonly count: number;
  readonly kindCount: number;
}
interface World {
  readonly client: ApiClient;
  readonly primary: ConfigMap;
  readonly setting: Setting;
}

const decoder = new TextDecoder();

async function get<T>(client: ApiClient, path: string, query = {}): Promise<T> {
  const { body } = await client.request({ method: "GET", path, query });
  return JSON.parse(decoder.decode(body)) as T;
}

async function create<T>(client: ApiClient, path: string, body: object): Promise<T> {
  const answered = await client.request({
    method: "POST",
    path,
    contentType: "application/json",
    body: JSON.stringify(body),
  });
  return JSON.parse(decoder.decode(answered.body)) as T;
}

async function fill(client: ApiClient, { count, kindCount }: Setting): Promise<ConfigMap> {
  const collection = (at: number): string =>
    `${kinds[at]?.path}/namespaces/${namespace}/${kinds[at]?.plural}`;
  const primary = await create<ConfigMap>(client, collection(0), {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "primary", namespace },
  });
  const { uid, name } = primary.metadata;
  for (let at = 0; at < count + foreign; at += 1) {
    const place = at % kindCount;
    const isOwned = at < count;
    await create(client, collection(place), {
      apiVersion: kinds[place]?.apiVersion,
      kind: kinds[place]?.kind,
      metadata: {
        name: `s-${at}`,
        namespace,
        labels: { owner: isOwned ? name : "other" },
        ...(isOwned
          ? {
              ownerReferences: [
                { apiVersion: "v1", kind: "ConfigMap", name, uid, controller: true },
              ],
            }
          : {}),
      },
      ...(place === 0 ? { data: { value: "x".repeat(1_000) } } : {}),
    });
  }
  return primary;
}

function measure(
  setting: Setting,
  open: (world: World) => Promise<{ find: () => Promise<number>; close: () => Promise<unknown> }>,
): () => Promise<Measures> {
  return async () => {
    const server = await startWriteServer();
    let requests = 0;
    const plain = createClient({ server: server.url, token: server.token });
    const client: ApiClient = {
      ...plain,
      server: plain.server,
      request: (request) => {
        requests += 1;
        return plain.request(request);
      },
      stream: (request) => plain.stream(request),
    };
    const primary = await fill(plain, setting);
    const { find, close } = await open({ client, primary, setting });
    const times: number[] = [];
    requests = 0;
    for (let at = 0; at < lookUps; at += 1) {
      const started = performance.now();
      const found = await find();
      times.push(performance.now() - started);
      if (found !== setting.count) throw new Error(`found ${found} of ${setting.count}`);
    }
    const requestsPerLookUp = requests / lookUps;
    await close();
    await plain.close();
    server.close();
    const sorted = times.sort((a, b) => a - b);
    return {
      p50Ms: median(sorted),
      p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? NaN,
      requestsPerLookUp,
    };
  };
}

class Operator extends expand(
  Reconciler.of(configMaps),
  withApiObjects({ fieldManager: "bench" }),
  withSecondaryIndex({ kinds: { configMaps, secrets, serviceAccounts, leases, roles } }),
  withWatches({ owns: [configMaps, secrets, serviceAccounts, leases, roles] }),
) {
  override reconcile(): Promise<void> {
    return Promise.resolve();
  }
}

const index = async ({ client, primary }: World): ReturnType<Parameters<typeof measure>[1]> => {
  const operator = new Operator();
  const running = startReconciler(operator, { client });
  await running.ready;
  return {
    find: () => {
      const found = operator.secondaries.of(primary);
      const sum = Object.values(found).reduce(
        (total: number, each) => total + (Array.isArray(each) ? each.length : 0),
        0,
      );
      return Promise.resolve(sum);
    },
    close: () => running.stop(),
  };
};

const lists = ({ client, primary, setting }: World): ReturnType<Parameters<typeof measure>[1]> =>
  Promise.resolve({
    find: async () => {
      const answers = await Promise.all(
        kinds.slice(0, setting.kindCount).map(({ path, plural }) =>
          get<{ items: KubernetesObject[] }>(client, `${path}/namespaces/${namespace}/${plural}`, {
            labelSelector: `owner=${primary.metadata.name}`,
          }),
        ),
      );
      return answers.reduce((sum, { items }) => sum + items.length, 0);
    },
    close: () => Promise.resolve(),
  });

/** Discovery, then one list after another of every kind, filtered by owner: as earlier work does. */
const aggregator = ({
  client,
  primary,
  setting,
}: World): ReturnType<Parameters<typeof measure>[1]> =>
  Promise.resolve({
    find: async () => {
      for (const path of new Set(kinds.map((kind) => kind.path))) await get(client, path);
      let found = 0;
      for (const { path, plural } of kinds.slice(0, setting.kindCount)) {
        const { items } = await get<{ items: KubernetesObject[] }>(client, `${path}/${plural}`);
        found += items.filter(({ metadata }) =>
          metadata.ownerReferences?.some(({ uid }) => uid === primary.metadata.uid),
        ).length;
      }
      return found;
    },
    close: () => Promise.resolve(),
  });

const settings: Readonly<Record<string, Setting>> = {
  "0 of 1 kind": { count: 0, kindCount: 1 },
  "10 of 1 kind": { count: 10, kindCount: 1 },
  "100 of 1 kind": { count: 100, kindCount: 1 },
  "1,000 of 1 kind": { count: 1_000, kindCount: 1 },
  "100 of 5 kinds": { count: 100, kindCount: 5 },
};
const ways = { index, lists, aggregator };
const variants: Record<string, () => Promise<Measures>> = {};
for (const [name, setting] of Object.entries(settings)) {
  for (const [way, open] of Object.entries(ways)) {
    variants[`${name}: ${way}`] = measure(setting, open);
  }
}

await answer(import.meta.url, {
  question:
    "What do all secondaries of a primary cost? (over HTTP, server in a process of its own)",
  variants,
  rounds: 3,
  targets: Object.keys(settings).flatMap((name) => [
    {
      measure: "requestsPerLookUp",
      variant: `${name}: index`,
      atMost: 0,
      gates: true,
    },
    { measure: "p50Ms", variant: `${name}: index`, against: `${name}: lists`, atMost: 0.1 },
  ]),
});
