// SPDX-License-Identifier: Apache-2.0
// The informer against a real API server over real sockets, with faults (tests of stage 1).
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startApiServer, type ApiServer } from "@haversack/apiserver";
import { createClient } from "@haversack/client-node";
import {
  configMaps,
  defineKind,
  silentLogger,
  systemClock,
  type ApiClient,
  type ConfigMap,
  type InformerLease,
  type InformerOptions,
  type InformerState,
  type Kind,
  type KubernetesObject,
} from "@haversack/core";
import { InformerPool, type InformerPoolOptions } from "../../src/informer/index.js";
import { describe as say } from "./given.js";

let server: ApiServer;
let client: ApiClient;
let pool: InformerPool;

/** Short pauses: real time passes here. */
const quick = {
  backoffBaseMs: 20,
  backoffMaxMs: 60,
  absentRetryMs: 30,
  forbiddenRetryMs: 30,
} as const;

async function start(options: Partial<InformerPoolOptions> = {}): Promise<void> {
  server = await startApiServer({ watchWindow: 50 });
  client = createClient({ server: server.url, token: server.token, logger: silentLogger });
  pool = new InformerPool({
    client,
    clock: systemClock,
    logger: silentLogger,
    ...quick,
    ...options,
  });
  await write("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "prod" },
  });
}

async function write(
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body?: object,
): Promise<void> {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  await client.request({ method, path, ...text });
}

const collection = "/api/v1/namespaces/prod/configmaps";

function body(name: string, data: Record<string, string>): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "prod" }, data };
}

const put = (name: string, data: Record<string, string>): Promise<void> =>
  server.get("configmaps", "prod", name) === undefined
    ? write("POST", collection, body(name, data))
    : write("PUT", `${collection}/${name}`, body(name, data));

/** Everything an informer tells, and a way to wait for it that needs no guess of time. */
class Listener<T extends KubernetesObject> {
  readonly heard: string[] = [];
  readonly states: InformerState[] = [];
  readonly #lease: InformerLease<T>;
  #wake: () => void = () => undefined;

  constructor(kind: Kind<T>, options: InformerOptions = {}) {
    server.requests.subscribe(() => this.#wake());
    this.#lease = pool.acquire(kind, options);
    this.#lease.subscribe({
      stage: "enqueue",
      onEvent: (event) => {
        this.heard.push(say(event).replace(/@\d+/, ""));
        this.#wake();
      },
      onSynced: () => this.#wake(),
      onStatus: ({ state }) => {
        this.states.push(state);
        this.#wake();
      },
    });
  }

  get lease(): InformerLease<T> {
    return this.#lease;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

const requests = (verb: string): number =>
  server.requests
    .all()
    .filter((record) => record.verb === verb && record.resource.startsWith("configmaps")).length;

const value = (listener: Listener<ConfigMap>, name: string): string | undefined =>
  listener.lease.get({ namespace: "prod", name })?.data?.["k"];

afterEach(async () => {
  pool.close();
  await client.close();
  await server.close();
});

describe.each([
  ["paged lists", {}],
  ["streamed initial state", { initialList: "streamed" }],
] as const)("informer over HTTP with %s", (_how, options) => {
  beforeEach(() => start({ pageSize: 3, ...options }));

  it("lists in pages, follows changes, and holds what the server holds", async () => {
    for (let index = 0; index < 10; index++) await put(`o${index}`, { k: "first" });
    const listener = new Listener(configMaps);
    await listener.lease.whenSynced();
    expect(listener.lease.size).toBe(server.list("configmaps").length);
    expect(requests("list")).toBe("initialList" in options ? 0 : 4);
    await put("o3", { k: "second" });
    await put("late", { k: "new" });
    await write("DELETE", `${collection}/o4`);
    await listener.until(() => listener.heard.at(-1) === "deleted o4");
    expect(listener.heard.slice(-3)).toEqual(["modified o3", "added late", "deleted o4"]);
    const cached = [...listener.lease.values()].filter((o) => o.metadata.namespace === "prod");
    const stored = server.list("configmaps", "prod") as unknown as ConfigMap[];
    expect(cached.sort(byName)).toEqual(
      stored.map(withoutManagedFields).sort(byName) as unknown as ConfigMap[],
    );
  });

  it("tells the same with lazy bodies as with parsed ones", async () => {
    for (let index = 0; index < 5; index++) await put(`o${index}`, { k: `${index}` });
    const parsed = new Listener(configMaps);
    const lazy = new Listener(configMaps, { bodies: "lazy" });
    await put("o1", { k: "x" });
    await Promise.all(
      [parsed, lazy].map((each) =>
        each.until(() => each.heard.length > 0 && value(each, "o1") === "x"),
      ),
    );
    expect([...lazy.lease.values()]).toEqual([...parsed.lease.values()]);
  });
});

describe("informer over HTTP with faults", () => {
  beforeEach(() => start());

  it("loses nothing when the stream is cut within a line", async () => {
    await put("a", { k: "1" });
    server.faults.add({
      match: { verb: "watch" },
      times: 3,
      fault: { type: "eof", afterBytes: 700 },
    });
    const listener = new Listener(configMaps, { namespaces: ["prod"] });
    await listener.lease.whenSynced();
    for (let round = 2; round <= 12; round++) await put("a", { k: String(round) });
    await listener.until(() => value(listener, "a") === "12");
    expect(requests("list")).toBe(1);
    expect(requests("watch")).toBeGreaterThan(2);
    expect(listener.heard.filter((text) => text.startsWith("added"))).toHaveLength(1);
  });

  it("relists once after 410 in the stream and goes on", async () => {
    await put("a", { k: "1" });
    server.faults.add({ match: { verb: "watch" }, times: 1, fault: { type: "expired" } });
    const listener = new Listener(configMaps, { namespaces: ["prod"] });
    await put("a", { k: "2" });
    await listener.until(() => requests("watch") === 2 && value(listener, "a") === "2");
    await put("a", { k: "3" });
    await listener.until(() => value(listener, "a") === "3");
    expect(requests("list")).toBe(2);
  });

  it("is told in the stream that its version was forgotten while it was away, and relists", async () => {
    await put("a", { k: "1" });
    await put("goes", { k: "1" });
    server.faults.add({
      match: { verb: "watch" },
      times: 1,
      fault: { type: "eof", afterEvents: 1 },
    });
    const away = server.faults.add({
      match: { verb: "watch" },
      fault: { type: "status", code: 500 },
    });
    const listener = new Listener(configMaps, { namespaces: ["prod"] });
    await listener.lease.whenSynced();
    await put("a", { k: "cut after this" });
    await listener.until(() => listener.states.includes("stale"));
    await write("DELETE", `${collection}/goes`);
    for (let round = 0; round < 60; round++) await put("a", { k: String(round) });
    server.compact();
    away.remove();
    await listener.until(() => value(listener, "a") === "59");
    expect(listener.heard.slice(-2).sort()).toEqual([
      "deleted goes relist synthetic",
      "modified a relist synthetic",
    ]);
    expect(requests("list")).toBe(2);
  });

  it("waits as long as a 429 asks and does not list", async () => {
    await put("a", { k: "1" });
    server.faults.add({
      match: { verb: "watch" },
      times: 1,
      fault: { type: "status", code: 429, reason: "TooManyRequests", retryAfterSeconds: 1 },
    });
    const begun = performance.now();
    const listener = new Listener(configMaps, { namespaces: ["prod"] });
    await listener.lease.whenSynced();
    await put("a", { k: "2" });
    await listener.until(() => value(listener, "a") === "2");
    expect(performance.now() - begun).toBeGreaterThan(990);
    expect(requests("list")).toBe(1);
  });

  it("takes a kind up when its definition appears, empties it when that goes, and again", async () => {
    const widgets = defineKind("example.com/v1", "Widget");
    const listener = new Listener(widgets);
    await listener.lease.whenSynced();
    expect(listener.lease.status.state).toBe("absent");
    for (let round = 0; round < 2; round++) {
      await define();
      await listener.until(() => listener.lease.status.state === "synced");
      await write("POST", "/apis/example.com/v1/namespaces/prod/widgets", {
        apiVersion: "example.com/v1",
        kind: "Widget",
        metadata: { name: "w", namespace: "prod" },
        spec: {},
      });
      await listener.until(() => listener.lease.size === 1);
      await write("DELETE", `${definitions}/widgets.example.com`);
      await server.settle();
      await listener.until(() => listener.lease.status.state === "absent");
      expect(listener.lease.size).toBe(0);
    }
    const kinds = listener.heard.map((text) => text.split(" ")[0]);
    expect(kinds.filter((type) => type === "added")).toHaveLength(2);
    expect(kinds.filter((type) => type === "deleted")).toHaveLength(2);
  });
});

describe("informer over HTTP on a half-open connection", () => {
  beforeEach(() => start({ silenceMs: 200, watchTimeoutSeconds: 1, watchMarginMs: 100 }));

  it("replaces a watch that has fallen silent, and misses nothing", async () => {
    await put("a", { k: "1" });
    server.faults.add({ match: { verb: "watch" }, times: 1, fault: { type: "freezeWatches" } });
    const listener = new Listener(configMaps, { namespaces: ["prod"] });
    await listener.lease.whenSynced();
    await put("a", { k: "2" });
    await listener.until(() => value(listener, "a") === "2");
    expect(requests("list")).toBe(1);
  });
});

describe("informer over HTTP without rights", () => {
  it("degrades the kind that is refused and nothing else", async () => {
    await start();
    const rule = server.faults.add({
      match: { resource: "secrets" },
      fault: { type: "status", code: 403, reason: "Forbidden" },
    });
    const refused = new Listener(defineKind("v1", "Secret"));
    const granted = new Listener(configMaps);
    await Promise.all([refused.lease.whenSynced(), granted.lease.whenSynced()]);
    expect(refused.lease.status.state).toBe("forbidden");
    expect(granted.lease.status.state).toBe("synced");
    rule.remove();
    await refused.until(() => refused.lease.status.state === "synced");
  });
});

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

async function define(): Promise<void> {
  await write("POST", definitions, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      ],
    },
  });
  await server.settle();
}

function byName(a: KubernetesObject, b: KubernetesObject): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function withoutManagedFields(object: ConfigMap): ConfigMap {
  const { managedFields: _left, ...metadata } = object.metadata;
  return { ...object, metadata };
}
