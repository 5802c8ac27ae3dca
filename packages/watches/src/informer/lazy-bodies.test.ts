// SPDX-License-Identifier: Apache-2.0
// Lazy objects look like plain ones, and their bytes are compressed while they rest (stage 1).
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "@jest/globals";
import {
  configMaps,
  MalformedObjectError,
  type ConfigMap,
  type KubernetesObject,
} from "@haversack/core";
import { settle } from "../../test/informer/fake-clock.js";
import { configMap, given, type Setting } from "../../test/informer/given.js";
import { failure, ScriptedServer } from "../../test/informer/scripted-server.js";

const key = { namespace: "prod", name: "a" };
const managedFields = [
  {
    manager: "m",
    operation: "Update",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:data": { ".": {} } },
  },
];

/** The same objects with parsed and with lazy bodies. */
async function givenBoth(): Promise<readonly [Setting<ConfigMap>, Setting<ConfigMap>]> {
  const objects = [
    configMap("a", { k: "grüße", é: '\u0000\\"' }, { labels: { x: "y" }, managedFields }),
    { ...configMap("b"), immutable: true, binaryData: null, list: [1, [2, { three: 3 }]] },
  ];
  return [await given({ objects }), await given({ objects, options: { bodies: "lazy" } })];
}

describe("lazy bodies", () => {
  it("look like plain objects under every way of looking", async () => {
    const [plain, lazy] = await givenBoth();
    for (const name of ["a", "b"]) {
      const expected = plain.lease.get({ ...key, name }) as KubernetesObject;
      const object = lazy.lease.get({ ...key, name }) as KubernetesObject;
      expect(object).toEqual(expected);
      expect(object).toStrictEqual(expected);
      expect(isDeepStrictEqual(object, expected)).toBe(true);
      expect(JSON.stringify(object)).toBe(JSON.stringify(expected));
      expect(Object.keys(object)).toEqual(Object.keys(expected));
      expect(Object.entries(object)).toEqual(Object.entries(expected));
      expect({ ...object }).toEqual({ ...expected });
      expect(structuredClone(object)).toEqual(structuredClone(expected));
      expect("data" in object).toBe("data" in expected);
      expect(Object.isFrozen(object)).toBe(true);
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      const { metadata, ...rest } = object;
      expect([metadata, rest]).toEqual([expected.metadata, { ...expected, metadata: undefined }]);
    }
  });

  it("differ from another object where that differs", async () => {
    const [, lazy] = await givenBoth();
    const object = lazy.lease.get(key);
    expect(object).not.toEqual(lazy.lease.get({ ...key, name: "b" }));
    expect(object).not.toEqual({ ...object, data: {} });
  });

  it("can be read through what inherits from them or stands before them", async () => {
    const [, lazy] = await givenBoth();
    const object = lazy.lease.get(key) as ConfigMap;
    expect((Object.create(object) as ConfigMap).data).toEqual(object.data);
    const proxy = new Proxy(object, {
      get: (target, field, receiver) => Reflect.get(target, field, receiver) as unknown,
    });
    expect(proxy.data).toEqual(object.data);
  });

  it("are one and the same object, and so are their fields, as long as they are held", async () => {
    const { lease } = await given({
      objects: Array.from({ length: 600 }, (_, index) => configMap(`o${index}`, { k: "v" })),
      options: { bodies: "lazy" },
    });
    const first = lease.get({ ...key, name: "o0" });
    const data = first?.data;
    for (const other of lease.values()) void other.data; // More than stay warm.
    expect(lease.get({ ...key, name: "o0" })).toBe(first);
    expect(first?.data).toBe(data);
  });

  it("tell the same events as parsed ones", async () => {
    const [plain, lazy] = await givenBoth();
    for (const { server, clock } of [plain, lazy]) {
      server.put(configMap("a", { k: "new" }));
      server.remove(configMap("b"));
      server.put(configMap("c"), { silent: true });
      server.faults.watch.push(failure(410));
      server.open.end();
      await clock.advance(1_000);
    }
    const eventsOf = (setting: Setting<ConfigMap>): unknown =>
      setting.told.flatMap((told) => ("event" in told ? [told.event] : []));
    expect(eventsOf(lazy)).toEqual(eventsOf(plain));
  });

  it("take far less room at rest, and read the same", async () => {
    const text = "the quick brown beaver ".repeat(100);
    const objects = Array.from({ length: 500 }, (_, index) =>
      configMap(`o${index}`, { text, number: `${index}` }),
    );
    const { lease, pool, clock } = await given({ objects, options: { bodies: "lazy" } });
    const before = lease.get({ ...key, name: "o7" });
    const freshBytes = pool.report()[0]?.bodyBytes ?? 0;
    expect(freshBytes).toBeGreaterThan(500 * 2_300);
    await clock.advance(5_000);
    const restBytes = pool.report()[0]?.bodyBytes ?? 0;
    expect(restBytes).toBeLessThan(500 * 100);
    expect(before?.data).toEqual({ text, number: "7" });
    const numbers = [...lease.values()].map(({ data }) => Number(data?.["number"]));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });

  it("stay readable for who holds them after they have left the cache", async () => {
    const objects = Array.from({ length: 40 }, (_, index) =>
      configMap(`o${index}`, { k: `${index}` }),
    );
    const setting = await given({ objects, options: { bodies: "lazy" } });
    const { server, clock, lease, told } = setting;
    const held = [...lease.values()];
    await clock.advance(3_000);
    for (let index = 0; index < 40; index++) {
      if (index % 2 === 0) server.remove(objects[index] as never);
      else server.put(configMap(`o${index}`, { k: "new" }));
    }
    await clock.advance(3_000);
    for (const { metadata, data } of held) expect(`o${data?.["k"]}`).toBe(metadata.name);
    const olds = told.flatMap((entry) =>
      "event" in entry && entry.event.type === "modified" ? [entry.event.old as ConfigMap] : [],
    );
    expect(olds.map(({ metadata, data }) => `o${data?.["k"]}` === metadata.name)).toEqual(
      Array(20).fill(true),
    );
    expect([...lease.values()].every(({ data }) => data?.["k"] === "new")).toBe(true);
  });

  it("give the room of changed and deleted objects back", async () => {
    const objects = Array.from({ length: 64 }, (_, index) =>
      configMap(`o${index}`, { random: pseudoRandom(index, 2_000) }),
    );
    const { server, clock, pool } = await given({ objects, options: { bodies: "lazy" } });
    await clock.advance(3_000);
    const full = pool.report()[0]?.bodyBytes ?? 0;
    for (const [index, body] of objects.entries()) if (index % 8 !== 0) server.remove(body);
    await clock.advance(5_000);
    expect(pool.report()[0]?.bodyBytes ?? 0).toBeLessThan(full / 4);
    for (let round = 0; round < 50; round++) {
      server.put(configMap("o0", { random: pseudoRandom(round, 2_000) }));
      await clock.advance(2_000);
    }
    expect(pool.report()[0]?.bodyBytes ?? 0).toBeLessThan(full / 4);
  });

  it("find a body that is not JSON when it is read, say so by name, and are repaired", async () => {
    const { server, clock, lease, logged, counts } = await given({ options: { bodies: "lazy" } });
    const good = server.put(configMap("a", { k: "v" }), { silent: true });
    const text = JSON.stringify(good).replace('"k":"v"', '"k" "v"');
    server.open.send(`{"type":"ADDED","object":${text}}\n`);
    await settle();
    const broken = lease.get(key);
    expect(broken?.metadata.name).toBe("a");
    expect(() => broken?.data).toThrow(MalformedObjectError);
    expect(counts.get("malformed")).toBe(1);
    expect(logged.at(-1)?.message).toContain("ConfigMap a");
    await clock.advance(2_000);
    expect(lease.get(key)?.data).toEqual({ k: "v" });
    expect(lease.status.state).toBe("synced");
  });

  it("keep metadata or paths only, where that is asked for", async () => {
    const object = { ...configMap("a", { k: "v", l: "w" }), spec: { x: 1, y: 2 } };
    for (const bodies of ["parsed", "lazy"] as const) {
      const projection = { keep: "paths", paths: ["data.k", "spec.y"] } as const;
      const paths = await given({ objects: [object], options: { bodies, projection } });
      expect(paths.lease.get(key)).toMatchObject({ data: { k: "v" }, spec: { y: 2 } });
      const keys = Object.keys(paths.lease.get(key) ?? {});
      expect(keys).toEqual(["apiVersion", "kind", "metadata", "data", "spec"]);
      const meta = { bodies, projection: { keep: "metadata" } } as const;
      const metadata = await given({ objects: [object], options: meta });
      expect(Object.keys(metadata.lease.get(key) ?? {})).toEqual([
        "apiVersion",
        "kind",
        "metadata",
      ]);
    }
  });

  it("leave no timer behind when they are released", async () => {
    const { lease, clock } = await given({
      objects: [configMap("a")],
      options: { bodies: "lazy" },
    });
    expect(clock.pending).toBeGreaterThan(0);
    lease.release();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});

describe("managedFields", () => {
  it.each([
    ["first", { managedFields, name: "a", namespace: "prod" }],
    ["in the middle", { name: "a", managedFields, namespace: "prod" }],
    ["last", { name: "a", namespace: "prod", labels: { a: "b" }, managedFields }],
  ])("are left out of the bytes wherever they stand: %s", async (_where, metadata) => {
    const server = new ScriptedServer();
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} } as never;
    const kept = await given({ server, objects: [body], options: { managedFields: true } });
    expect(kept.lease.get(key)?.metadata.managedFields).toEqual(managedFields);
    for (const bodies of ["parsed", "lazy"] as const) {
      const lease = kept.pool.acquire(configMaps, { bodies });
      await lease.whenSynced();
      const { managedFields: _left, ...rest } = kept.lease.get(key)?.metadata ?? {};
      expect(lease.get(key)?.metadata).toEqual(rest);
    }
  });
});

describe("kinds of list items", () => {
  it("are filled in, so that an object from a list equals the one from a watch", async () => {
    const server = new ScriptedServer();
    const { lease } = await given({ server, objects: [configMap("a")] });
    expect(lease.get(key)).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    server.barItems = false;
    const other = await given({ server });
    expect(other.lease.get(key)).toEqual(lease.get(key));
  });

  it("are those of the kind where the server answers with PartialObjectMetadata", async () => {
    const server = new ScriptedServer();
    server.barItems = false;
    const body = { ...configMap("a"), kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" };
    const { lease } = await given({
      server,
      objects: [body],
      options: { projection: { keep: "metadata" } },
    });
    expect(lease.get(key)).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    expect(server.seen.map(({ request }) => request.accept)).toEqual([
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
    ]);
  });
});

function pseudoRandom(seed: number, length: number): string {
  let state = seed + 1;
  let text = "";
  while (text.length < length) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += state.toString(36);
  }
  return text;
}
