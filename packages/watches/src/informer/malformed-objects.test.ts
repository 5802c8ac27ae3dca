// SPDX-License-Identifier: Apache-2.0
// Objects that are none, hostile keys, deep and large ones (tests of stage 1).
import { describe, expect, it } from "@jest/globals";
import { settle } from "../../test/informer/fake-clock.js";
import { FakeStream } from "../../test/informer/fake-stream.js";
import { configMap, given } from "../../test/informer/given.js";
import { line, ScriptedServer, type Body } from "../../test/informer/scripted-server.js";

const key = { namespace: "prod", name: "a" };
const metadata = { name: "a", namespace: "prod", uid: "u", resourceVersion: "150" };

function nested(levels: number): string {
  return '{"x":'.repeat(levels) + "1" + "}".repeat(levels);
}

/** A list of one page with these items as they are. */
function pageOf(...items: string[]): FakeStream {
  const stream = new FakeStream();
  const head = '{"kind":"List","metadata":{"resourceVersion":"200"},"items":[';
  stream.send(`${head}${items.join(",")}]}`);
  stream.end();
  return stream;
}

describe.each(["parsed", "lazy"] as const)(
  "informer with %s bodies on malformed objects",
  (bodies) => {
    const options = { bodies };

    it.each([
      ["no metadata", { kind: "ConfigMap" }],
      ["metadata that is no object", { metadata: "no" }],
      ["no name", { metadata: { ...metadata, name: undefined } }],
      ["no uid", { metadata: { ...metadata, uid: undefined } }],
      ["a uid that is a number", { metadata: { ...metadata, uid: 7 } }],
      ["no resourceVersion", { metadata: { ...metadata, resourceVersion: undefined } }],
      ["no namespace", { metadata: { ...metadata, namespace: undefined } }],
    ])("sets an object with %s aside; the watch and the others go on", async (_what, body) => {
      const { server, lease, events, logged, counts, pool } = await given({
        options,
        objects: [configMap("b")],
      });
      events();
      server.open.send(line("ADDED", body as Body));
      server.put(configMap("b", { k: "v" }));
      await settle();
      expect(events()).toEqual(["modified b@102"]);
      expect(counts.get("quarantined")).toBe(1);
      expect(logged.filter(({ level }) => level === "error")).toHaveLength(1);
      expect(logged.at(-1)?.fields).toMatchObject({ code: "EXP_MALFORMED_OBJECT" });
      expect(server.seen).toHaveLength(2);
      expect(lease.status.state).toBe("synced");
      expect(pool.report()[0]?.quarantined).toHaveLength(1);
    });

    it("sets an object of 5,000 levels aside, by name, and takes its next good version", async () => {
      const { server, lease, events, logged, pool } = await given({
        options,
        objects: [configMap("a", { k: "good" })],
      });
      events();
      const deep = `{"metadata":${JSON.stringify(metadata)},"data":${nested(5_000)}}`;
      server.open.send(`{"type":"MODIFIED","object":${deep}}\n`);
      await settle();
      expect(events()).toEqual([]);
      expect(lease.get(key)?.data).toEqual({ k: "good" });
      expect(logged.at(-1)?.message).toContain("ConfigMap prod/a@u");
      expect(logged.at(-1)?.message).toContain("5001 levels");
      expect(pool.report()[0]?.quarantined).toHaveLength(1);
      server.version = 160;
      server.put(configMap("a", { k: "better" }));
      await settle();
      expect(events()).toEqual(["modified a@161"]);
      expect(pool.report()[0]?.quarantined).toEqual([]);
    });

    it("takes an object of exactly as many levels as are allowed", async () => {
      const { server, lease } = await given({ options });
      const body = (name: string, levels: number): string => {
        const object = { ...metadata, name };
        return `{"type":"ADDED","object":{"metadata":${JSON.stringify(object)},"data":${nested(levels)}}}\n`;
      };
      server.open.send(body("fits", 511) + body("deeper", 512));
      await settle();
      expect([...lease.values()].map((object) => object.metadata.name)).toEqual(["fits"]);
    });

    it("loses none of a list for one broken item, and keeps the last good state of that", async () => {
      const server = new ScriptedServer();
      const { lease, clock, events } = await given({ server, options, objects: [configMap("a")] });
      events();
      const good = JSON.stringify(configMap("b", {}, { uid: "b", resourceVersion: "180" }));
      const unreadable = `{"metadata":${JSON.stringify(metadata)},"data":{"k" "v"}}`;
      const deep = `{"metadata":${JSON.stringify({ ...metadata, name: "deep" })},"data":${nested(600)}}`;
      server.faults.list.push(() =>
        Promise.resolve(pageOf(deep, good, unreadable, '{"kind":"x"}')),
      );
      server.open.send("nonsense\n");
      await clock.advance(1_000);
      const names = [...lease.values()].map((object) => object.metadata.name);
      expect(names).toContain("b");
      expect(names).not.toContain("deep");
      if (bodies === "parsed") {
        expect(events()).toEqual(["added b@180 relist synthetic"]);
        expect(lease.get(key)?.metadata.resourceVersion).toBe("101");
      }
    });

    it("lets a broken object be deleted", async () => {
      const { server, events, lease } = await given({
        options,
        objects: [configMap("a", {}, { uid: "u" })],
      });
      events();
      const deep = `{"metadata":${JSON.stringify(metadata)},"data":${nested(600)}}`;
      server.open.send(`{"type":"DELETED","object":${deep}}\n`);
      await settle();
      expect(events()).toEqual(["deleted a@101"]);
      expect(lease.size).toBe(0);
    });

    it("keeps hostile keys as keys and pollutes nothing", async () => {
      const hostile = JSON.parse(
        '{"__proto__":"a","constructor":"b","prototype":"c","toString":"d","then":"e","toJSON":"f"}',
      ) as Record<string, string>;
      const { server, lease } = await given({ options, objects: [configMap("a", hostile)] });
      const look = (): void => {
        const data = lease.get(key)?.data ?? {};
        expect(Object.keys(data)).toEqual(Object.keys(hostile));
        expect(Object.entries(data)).toEqual(Object.entries(hostile));
      };
      look();
      server.put(configMap("a", { ...hostile, more: "x" }), { silent: false });
      await settle();
      expect(Object.hasOwn(lease.get(key)?.data ?? {}, "__proto__")).toBe(true);
      expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
      const named = configMap("__proto__", {}, { namespace: "constructor" });
      server.put(named);
      await settle();
      expect(lease.get({ namespace: "constructor", name: "__proto__" })).toBeDefined();
      expect(lease.get({ namespace: "prod", name: "constructor" })).toBeUndefined();
      expect(lease.get({ namespace: "__proto__", name: "toString" })).toBeUndefined();
    });

    it("keeps a top-level field named __proto__ as a field", async () => {
      const { server, lease } = await given({ options });
      const text = `{"metadata":${JSON.stringify(metadata)},"__proto__":{"evil":1},"data":{}}`;
      server.open.send(`{"type":"ADDED","object":${text}}\n`);
      await settle();
      const object = lease.get(key) as unknown as Record<string, unknown>;
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      expect(object["evil"]).toBeUndefined();
      expect(Object.keys(object)).toContain("__proto__");
    });

    it("takes an object of 1.4 MB, also in pieces", async () => {
      const { server, lease } = await given({ options });
      const text = "x".repeat(1_400_000);
      const body = line("ADDED", configMap("a", { text }, { uid: "u", resourceVersion: "150" }));
      const bytes = Buffer.from(body);
      for (let at = 0; at < bytes.length; at += 16_384) {
        server.open.send(bytes.subarray(at, at + 16_384));
      }
      await settle();
      expect(lease.get(key)?.data?.["text"]).toBe(text);
    });

    it("hands out frozen objects", async () => {
      const { lease } = await given({ options, objects: [configMap("a", { k: "v" })] });
      const object = lease.get(key);
      expect(Object.isFrozen(object)).toBe(true);
      expect(Object.isFrozen(object?.metadata)).toBe(true);
      expect(Object.isFrozen(object?.data)).toBe(true);
      expect(() => ((object as { data: Record<string, string> }).data["k"] = "w")).toThrow(
        TypeError,
      );
    });
  },
);

describe("informer on a line that never ends", () => {
  it("gives it up at the bound, counts it as corrupt and lists again", async () => {
    const { server, clock } = await given({ pool: { maxObjectBytes: 100_000 } });
    for (let chunk = 0; chunk < 20; chunk++) server.open.send("x".repeat(10_000));
    await clock.advance(1_000);
    expect(server.lists).toHaveLength(2);
  });
});

describe("informer with shallow freezing", () => {
  it("freezes an object and its metadata only", async () => {
    const { lease } = await given({ pool: { freeze: "shallow" }, objects: [configMap("a")] });
    const object = lease.get(key);
    expect([object, object?.metadata, object?.data].map((value) => Object.isFrozen(value))).toEqual(
      [true, true, false],
    );
  });
});
